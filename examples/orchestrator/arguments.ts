import { nearest } from './compose/problems.ts';

/** The options of a run. */
interface RunOptions {
  /** True for a run that goes on until it is stopped. */
  readonly keep?: true;
  /** The address of the store. */
  readonly store?: string;
  /** The number of processes that elect the one which runs the loops. */
  readonly members?: number;
}

/** The parsed command line. */
export type Request =
  | { readonly kind: 'help' }
  /** The Compose file to run. Default: the sample. */
  | (RunOptions & { readonly kind: 'compose'; readonly file: string | undefined })
  /** The snapshot to start from. */
  | (RunOptions & { readonly kind: 'restore'; readonly file: string });

/** A command line that the program does not understand. */
export class UsageError extends Error {
  constructor(message: string) {
    super(`${message}\nTry: npm start -- --help`);
    this.name = 'UsageError';
  }
}

export const help = `Usage: npm start [-- [OPTIONS] [COMPOSE-FILE]]
       npm start -- [OPTIONS] --restore SNAPSHOT

Runs a small cluster for about ten seconds, on nothing but a
MemoryStore: orchestrators, a scheduler, a restart supervisor, an
updater, a reaper and simulated nodes. Meanwhile a service is scaled, a
node dies and comes back, and services are rolled to new images, one of
them to an image that never comes up. The store is in the folder data:
kill the run at any moment, and start it again to go on.

  COMPOSE-FILE        the services to run; a sample of ours where none is
                      given. Variables come from the environment, else
                      from the file .env beside it; COMPOSE_PROFILES
                      chooses services with profiles.
  --restore SNAPSHOT  start from a snapshot in swarmkit's format: a
                      Snapshot, or a bare StoreSnapshot. The store has to
                      be empty
  --store ADDRESS     keep the store there instead of in lmdb:./data:
                      lmdb:PATH on this machine, etcd://host:2379/prefix
                      on several, memory: until the run ends. A run goes
                      on with what is there
  --members N         N processes on the store, one of which runs the
                      loops. Kill it, and another one goes on
  --keep              go on until stopped, instead of ending by itself
  --help, -h          this text

Keys, in a terminal: up and down choose a service, + and - scale it,
r rolls it, k kills a node, b brings it back, p pauses the time of the
cluster, q ends the run, and so does Ctrl-C.

Time runs faster in the cluster than on the wall. The last state of a
run is in data/cluster.snapshot, or in the folder of the store. Output that is no terminal gets plain
lines; NO_COLOR=1 turns colours off.
`;

const options = ['--restore', '--store', '--members', '--keep', '--help', '-h'];

/** Reads the arguments after the program's name. Throws {@link UsageError}. */
export function parseArguments(given: readonly string[]): Request {
  let restore: string | undefined;
  let rest: RunOptions = {};
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
    } else if (name === '--store') {
      const store = inline ?? given[++position];
      if (store === undefined || !/^[a-z]+:/.test(store))
        throw new UsageError('--store needs an address, for example --store lmdb:./data');
      rest = { ...rest, store };
    } else if (name === '--members') {
      const members = Number(inline ?? given[++position]);
      if (!Number.isInteger(members) || members < 1 || members > 9)
        throw new UsageError('--members needs a number of processes from 1 to 9, for example --members 3');
      rest = { ...rest, members };
    } else if (argument === '--keep') {
      rest = { ...rest, keep: true };
    } else if (argument.startsWith('-')) {
      const meant = nearest(name, options);
      throw new UsageError(`there is no option ${argument}${meant === undefined ? '' : `; did you mean ${meant}?`}`);
    } else {
      files.push(argument);
    }
  }
  if (files.length > 1)
    throw new UsageError(`one Compose file at a time, please, not ${files.length} (${files.join(', ')})`);
  if (rest.members !== undefined && rest.store === 'memory:')
    throw new UsageError('--members needs a store that processes share, and memory: belongs to one');
  if (restore === undefined) return { kind: 'compose', file: files[0], ...rest };
  if (files.length > 0)
    throw new UsageError(
      '--restore brings its services along, so there is no Compose file with it; leave one of them out',
    );
  return { kind: 'restore', file: restore, ...rest };
}

function splitOnce(text: string, separator: string): readonly [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
