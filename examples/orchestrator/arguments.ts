import { nearest } from './compose/problems.ts';

/** The parsed command line. */
export type Request =
  | { readonly kind: 'help' }
  /** The Compose file to run. Default: the sample. */
  | { readonly kind: 'compose'; readonly file: string | undefined }
  /** The snapshot to go on from. */
  | { readonly kind: 'restore'; readonly file: string };

/** A command line that the program does not understand. */
export class UsageError extends Error {
  constructor(message: string) {
    super(`${message}\nTry: npm start -- --help`);
    this.name = 'UsageError';
  }
}

export const help = `Usage: npm start [-- COMPOSE-FILE]
       npm start -- --restore SNAPSHOT

Runs a small cluster for about ten seconds, on nothing but a MemoryStore: orchestrators, a scheduler, a restart supervisor,
an updater, a reaper and simulated nodes. Meanwhile a service is scaled, a node dies and comes back, and services are rolled to new images,
one of them to an image that never comes up.

  COMPOSE-FILE        the services to run; a sample of ours where none is given
  --restore SNAPSHOT  start from a snapshot in swarmkit's format: a Snapshot, or a bare StoreSnapshot
  --help, -h          this text

Time runs faster in the cluster than on the wall. The run ends by itself; Ctrl-C ends it sooner, in order. Either way the last state is
in data/cluster.snapshot. In a terminal, the next run offers to go on from there.
Output that is no terminal gets plain lines; NO_COLOR=1 turns colours off.
`;

const options = ['--restore', '--help', '-h'];

/** Reads the arguments after the program's name. Throws {@link UsageError}. */
export function parseArguments(given: readonly string[]): Request {
  let restore: string | undefined;
  const files: string[] = [];
  for (let position = 0; position < given.length; position++) {
    const argument = given[position] ?? '';
    const [name, inline] = argument.startsWith('--') ? splitOnce(argument, '=') : [argument];
    if (argument === '--help' || argument === '-h') return { kind: 'help' };
    if (name === '--restore') {
      if (restore !== undefined) throw new UsageError('--restore is given twice; a run starts from one snapshot');
      restore = inline ?? given[++position];
      if (restore === undefined || restore === '' || (inline === undefined && restore.startsWith('-'))) {
        throw new UsageError('--restore needs the path of a snapshot, for example --restore data/cluster.snapshot');
      }
    } else if (argument.startsWith('-')) {
      const meant = nearest(name, options);
      throw new UsageError(`there is no option ${argument}${meant === undefined ? '' : `; did you mean ${meant}?`}`);
    } else {
      files.push(argument);
    }
  }
  if (files.length > 1)
    throw new UsageError(`one Compose file at a time, please, not ${files.length} (${files.join(', ')})`);
  if (restore === undefined) return { kind: 'compose', file: files[0] };
  if (files.length > 0)
    throw new UsageError(
      '--restore brings its services along, so there is no Compose file with it; leave one of them out',
    );
  return { kind: 'restore', file: restore };
}

function splitOnce(text: string, separator: string): readonly [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
