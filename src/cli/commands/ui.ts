import { serveInspector } from '../../inspect/serve/serve-inspector.ts';
import { usage } from '../terminal/failure.ts';
import { examples } from './command.ts';
import type { CliCommand } from './command.ts';
import { addSourceOptions, numberOf } from './shared-options.ts';
import type { SourceOptions } from './shared-options.ts';
import { serveSource } from './serving.ts';

type UiOptions = SourceOptions & { readonly port?: string };

/** `swarmstate ui`: a page about a source, for one browser of this machine. */
export const command: CliCommand = {
  define(declared) {
    declared.argument('[SOURCE...]').option('--port <port>', 'the port to listen at; 0 is a free one', '0');
    addSourceOptions(declared);
    declared.addHelpText(
      'after',
      `${examples(
        ['the swarm of this machine', 'ui'],
        ['the past of a dead manager', 'ui /backup/swarm'],
        ['a manager elsewhere: through ssh', 'ui --port 8080   # there; here: ssh -L 8080:127.0.0.1:8080 manager'],
      )}\nThe link works once. Only this machine can reach the page, which changes nothing and shows no secrets.`,
    );
  },

  async run({ terminal, words, options: given }) {
    const options = given as UiOptions;
    if (options.showSecrets === true) throw usage('the page shows no secrets: --show-secrets is for a terminal');
    const port = numberOf('--port', options.port) ?? 0;
    return serveSource(terminal, words, options, async ({ name, store }) => {
      const server = await serveInspector(store, { port, title: name });
      const notice =
        terminal.stderr.isTTY === true ? 'open the link in a browser of this machine; Ctrl-C ends' : undefined;
      return { address: server.url, notice, close: () => server.close() };
    });
  },
};
