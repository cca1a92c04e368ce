import { createWriteStream, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { finished } from 'node:stream/promises';
import { Writable } from 'node:stream';
import { Option } from 'commander';
import { saveToFile } from '../../files/save-to-file.ts';
import { kinds } from '../../model/schema/kinds.ts';
import { all } from '../../model/find/finders.ts';
import { redactSnapshot } from '../../readable/redact.ts';
import type { Redaction } from '../../readable/redact.ts';
import { MemoryStore } from '../../store/memory-store.ts';
import { contentsText } from '../output/contents-text.ts';
import type { Source } from '../sources/source.ts';
import { CliError, ExitCode, usage } from '../terminal/failure.ts';
import { Progress } from '../terminal/progress.ts';
import { print } from '../terminal/terminal.ts';
import type { Screen, Terminal } from '../terminal/terminal.ts';
import { examples } from './command.ts';
import type { CliCommand } from './command.ts';
import { addSourceOptions, open, warn } from './shared-options.ts';
import type { SourceOptions } from './shared-options.ts';

type Form = 'snapshot' | 'swarmkit' | 'json' | 'yaml';
type ConvertOptions = SourceOptions & { readonly to?: Form; readonly output?: string };

/** `swarmstate convert`: contents in another form. */
export const command: CliCommand = {
  define(declared) {
    declared
      .argument('[SOURCE...]')
      .addOption(
        new Option('--to <form>', 'snapshot: with our seal; swarmkit: without').choices([
          'snapshot',
          'swarmkit',
          'json',
          'yaml',
        ]),
      )
      .option(
        '-o, --output <file>',
        'write this file, whose ending tells the form: .json, .yaml, .yml, else a snapshot',
      );
    addSourceOptions(declared);
    declared.addHelpText(
      'after',
      examples(
        ['a snapshot to look at with other tools', 'convert backup.snapshot --to json | jq .services'],
        ['and back', 'convert edited.json -o backup.snapshot'],
        ['a backup of a running swarm, without its secrets', 'convert -o swarm.snapshot'],
      ),
    );
  },

  async run({ terminal, words, options: given }) {
    const options = given as ConvertOptions;
    const { output } = options;
    const form = options.to ?? formOf(output);
    const redaction = redactionOf(terminal, options);
    if (output === undefined && terminal.stdout.isTTY === true && (form === 'snapshot' || form === 'swarmkit'))
      throw usage('a snapshot is no text for a terminal; give --output, or --to json');
    checkFolder(output);
    const source = await open(terminal, words, options, redaction);
    try {
      if (form === 'json' || form === 'yaml') await writeText(terminal, source, form, redaction, output);
      else await writeBytes(terminal, source, form === 'snapshot', redaction, output);
    } finally {
      await source.close();
    }
    if (redaction === true) warn(terminal, 'secrets, keys and join tokens are emptied in the output');
    return ExitCode.OK;
  },
};

/** A long read should not end with an output that cannot be written. */
function checkFolder(output: string | undefined): void {
  if (output === undefined || existsSync(dirname(output))) return;
  throw new CliError(ExitCode.SOURCE, `${output} cannot be written: there is no folder ${dirname(output)}`);
}

function formOf(output: string | undefined): Form {
  if (output === undefined) return 'json';
  return /\.json$/i.test(output) ? 'json' : /\.ya?ml$/i.test(output) ? 'yaml' : 'snapshot';
}

/**
 * Secrets go to a terminal, or into a file while somebody at a terminal asks for it. The file is for its owner alone.
 */
function redactionOf({ stdout, stdin, stderr }: Terminal, { showSecrets, output }: ConvertOptions): Redaction {
  if (showSecrets !== true) return true;
  const person = output === undefined ? stdout.isTTY === true : stdin.isTTY === true && stderr.isTTY === true;
  if (person) return false;
  throw usage('--show-secrets is for a person at a terminal: the output is another program, or nobody looks');
}

async function writeText(
  terminal: Terminal,
  { name, store }: Source,
  form: 'json' | 'yaml',
  redaction: Redaction,
  output: string | undefined,
): Promise<void> {
  const target: Screen = output === undefined ? terminal.stdout : createWriteStream(output, { mode: 0o600 });
  const progress = new Progress(terminal, `writing ${name}`, 'objects');
  const snapshot = store.snapshot();
  try {
    const total = kinds.reduce((sum, kind) => sum + snapshot.table(kind).count(all), 0);
    let done = 0;
    const texts = contentsText(snapshot, form, redaction, () => progress.step({ done: (done += 1), total }));
    for await (const text of texts) await print(terminal, target, text);
    if (output !== undefined) {
      target.end();
      await finished(target);
    }
  } finally {
    snapshot.close();
    progress.end();
  }
}

async function writeBytes(
  terminal: Terminal,
  source: Source,
  seal: boolean,
  redaction: Redaction,
  output: string | undefined,
): Promise<void> {
  // A store of its own: the contents of the source may have secrets that are emptied here.
  const copy = new MemoryStore();
  await copy.restore(redactSnapshot(source.store.save(), redaction));
  const progress = new Progress(terminal, `writing ${source.name}`, 'objects');
  const { signal, stdout } = terminal;
  const options = {
    seal,
    signal,
    onProgress: ({ objects, totalObjects }: { readonly objects: number; readonly totalObjects?: number }): void =>
      progress.step({ done: objects, total: totalObjects }),
  };
  try {
    if (output !== undefined) await saveToFile(copy, output, options);
    else
      await copy.saveTo(
        piece((bytes) => print(terminal, stdout, bytes)),
        options,
      );
  } finally {
    progress.end();
    await copy.close();
  }
}

/** A stream whose end leaves standard output open. */
function piece(write: (bytes: Uint8Array) => Promise<void>): Writable {
  return new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      write(chunk).then(() => done(), done);
    },
  });
}
