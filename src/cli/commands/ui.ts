import { serveInspector } from '../../inspect/serve/serve-inspector.ts';
import { ExitCode, usage } from '../terminal/failure.ts';
import { print } from '../terminal/terminal.ts';
import { examples } from './command.ts';
import type { CliCommand } from './command.ts';
import { addSourceOptions, numberOf, open, warn } from './shared-options.ts';
import type { SourceOptions } from './shared-options.ts';
import { aborted } from './wait.ts';

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
    const source = await open(terminal, words, options);
    const silent = source.onNotice?.((text) => warn(terminal, text));
    try {
      const server = await serveInspector(source.store, { port, title: source.name });
      try {
        await print(terminal, terminal.stdout, `${server.url}\n`);
        await aborted(terminal);
      } finally {
        await server.close();
      }
    } finally {
      silent?.();
      await source.close();
    }
    return ExitCode.OK;
  },
};
