import { SwarmFolderError } from '../../errors/swarm-folder-error.ts';
import type { RaftMember } from '../../wire/generated/membership.ts';
import { makeReadableStore } from '../../readable/readable-store.ts';
import type { ReadableStore } from '../../readable/readable-store.ts';
import { redactSnapshot } from '../../readable/redact.ts';
import type { Redaction } from '../../readable/redact.ts';
import { decide } from './consensus/decide.ts';
import { FolderLog } from './folder-log.ts';
import type { LogEntry } from './folder-log.ts';
import { readUnlockKey } from './keys/key-file.ts';
import { readMemberFolder } from './member-folder.ts';
import type { MemberFolder } from './member-folder.ts';
import { readWhileItChanges } from './read-again.ts';

/** Options of {@link readSwarmFolder}. */
export interface SwarmFolderOptions {
  /** The unlock key of a swarm with autolock: `SWMKEY-1-…`. Not needed, and not looked at, where nothing is locked. */
  readonly unlockKey?: string | undefined;
  /**
   * The entries that the contents have. `'certain'`, where not given: those that were committed. `'all'`: also the
   * entries at the end of the log whose outcome one manager cannot know.
   */
  readonly tail?: 'certain' | 'all' | undefined;
  /** The fields that are emptied before an object enters the store: see {@link Redaction}. `true` where not given. */
  readonly redact?: Redaction | undefined;
  /** Gives up: the call rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/** Indexes of the log of a folder. */
export interface FolderIndexes {
  /** The index of the snapshot; 0 without one. `watchFrom` replays the entries behind it. */
  readonly snapshot: number;
  /** The last entry that is known to be committed. */
  readonly certain: number;
  /** The last entry that the contents of the store have. */
  readonly applied: number;
  /** The last entry of the log. */
  readonly last: number;
}

/** The state of a swarm, as a manager's folder has it. */
export interface SwarmFolder {
  /** The contents. `watchFrom({ index: folder.indexes.snapshot })` replays the past of the swarm. */
  readonly store: ReadableStore;
  /** The managers. */
  readonly members: readonly RaftMember[];
  /** The raft ids of former managers; beyond 2^53 they are bigints, as in `RaftMember`. */
  readonly removed: readonly number[];
  /** The entries behind the snapshot, those that are not certain too. Each iteration reads the files. */
  readonly log: AsyncIterable<LogEntry>;
  readonly indexes: FolderIndexes;
  /** Findings that do not make the contents wrong, each with its file. */
  readonly warnings: readonly string[];
}

/**
 * Reads the state folder of a Docker Swarm manager, `/var/lib/docker/swarm`: a copy, or that of a daemon that runs or
 * is dead. Nothing is written, locked or repaired. A folder that changes meanwhile is read again. Given several folders
 * of one swarm, the most recent log counts, and the folders decide together which entries were committed.
 *
 * Two passes over the log, the first without decrypting. Memory is that of the contents. An encrypted folder needs the
 * package `@noble/ciphers`; one of a swarm in FIPS mode does not.
 *
 * Rejects with a {@link SwarmFolderError} rather than give contents that may be wrong: every code is explained in
 * `docs/swarm.md`. Rejects also with the reason of the signal.
 *
 * @example
 * ```ts
 * import { TaskState, byTaskState } from 'swarmstate';
 * import { readSwarmFolder } from 'swarmstate/swarm';
 *
 * const folder = await readSwarmFolder('/var/lib/docker/swarm');
 * const failed = folder.store.view((tx) => tx.tasks.find(byTaskState(TaskState.FAILED)));
 * console.log(failed.length, folder.members.map(({ addr }) => addr), folder.warnings);
 * for await (const { index, certain, actions } of folder.log) console.log(index, certain, actions.length);
 * ```
 */
export async function readSwarmFolder(
  path: string | readonly string[],
  options: SwarmFolderOptions = {},
): Promise<SwarmFolder> {
  const paths = checkArguments(path, options);
  const { unlockKey, tail = 'certain', redact = true, signal } = options;
  const key = unlockKey === undefined ? undefined : readUnlockKey(unlockKey);
  signal?.throwIfAborted();
  return readWhileItChanges(paths, signal, async () => {
    const folders: MemberFolder[] = [];
    for (const each of paths) {
      folders.push(await readMemberFolder(each, key));
      signal?.throwIfAborted();
    }
    checkOneSwarm(folders);
    const decision = decide(
      folders.map(({ log }) => log),
      (position) => (folders[position] as MemberFolder).membership(),
    );
    const folder = folders[decision.best] as MemberFolder;
    const { after, last } = folder.log;
    const { certain } = decision;
    const warnings = [...folders.flatMap((each) => each.warnings), ...decision.warnings];
    if (certain < last) {
      warnings.push(
        `${folder.path}: the entries from index ${certain + 1} to ${last} may never have been committed, ` +
          'and the contents ' +
          `${tail === 'all' ? 'have them' : 'do not have them'}: with the folder of another manager it can be decided`,
      );
    }
    const log = new FolderLog(folder, certain, redact);
    const store = await fill(folder, log, tail === 'all' ? last : certain, redact, warnings, signal);
    const membership = folder.membership();
    for (const { index, changes } of folder.log.changes) {
      if (index <= log.applied) for (const change of changes) membership.apply(change);
    }
    return {
      torn: folders.some(({ scan }) => scan.torn),
      value: {
        store,
        members: membership.members,
        removed: membership.removed,
        log: { [Symbol.asyncIterator]: () => log.entries(after, last) },
        indexes: { snapshot: after, certain, applied: log.applied, last },
        warnings,
      },
    };
  });
}

/** Makes the store, and gives it the contents of the snapshot and of the entries up to `to`. */
async function fill(
  folder: MemberFolder,
  log: FolderLog,
  to: number,
  redact: Redaction,
  warnings: string[],
  signal: AbortSignal | undefined,
): Promise<ReadableStore> {
  const { store, replica } = makeReadableStore(log);
  const from = log.applied;
  if (folder.contents !== undefined) {
    await replica.restore(redactSnapshot(folder.contents, redact), { index: from });
  }
  let lastChange = from;
  for await (const { index, actions } of log.entries(from, to)) {
    signal?.throwIfAborted();
    log.applied = index;
    if (actions.length === 0) continue;
    lastChange = index;
    try {
      await replica.apply(actions, { index });
    } catch (error) {
      // Managers, too, go on behind an entry that they cannot apply.
      warnings.push(`${folder.path}: entry ${index} could not be applied: ${String(error)}`);
    }
  }
  // The version of the store is that of the log, also where the last entries change nothing.
  if (log.applied > lastChange) await replica.apply([], { index: log.applied });
  return store;
}

/** Members of one swarm know each other by numbers that are drawn at random. */
function checkOneSwarm(folders: readonly MemberFolder[]): void {
  const [first, ...others] = folders;
  if (first === undefined) return;
  for (const other of others) {
    if (knows(first, other.log.raftId) || knows(other, first.log.raftId)) continue;
    throw new SwarmFolderError('ERR_FOLDER_MISMATCH', `${first.path} and ${other.path} are not of one swarm`, {
      file: other.path,
    });
  }
}

function knows(folder: MemberFolder, raftId: bigint): boolean {
  return (
    folder.log.raftId === raftId ||
    folder.membership().knows(raftId) ||
    folder.log.changes.some(({ changes }) => changes.some((change) => change.raftId === raftId))
  );
}

const optionNames: readonly string[] = ['unlockKey', 'tail', 'redact', 'signal'];

function checkArguments(path: string | readonly string[], options: SwarmFolderOptions): readonly string[] {
  const paths: readonly unknown[] = typeof path === 'string' ? [path] : path;
  if (!Array.isArray(paths) || paths.length === 0 || paths.some((each) => typeof each !== 'string' || each === '')) {
    throw invalid('path', 'readSwarmFolder takes the path of a folder, or a list of paths');
  }
  for (const name of Object.keys(options)) {
    if (!optionNames.includes(name)) {
      throw invalid(name, `readSwarmFolder has no option ${name}; it has ${optionNames.join(', ')}`);
    }
  }
  const { unlockKey, tail, redact } = options;
  if (unlockKey !== undefined && typeof unlockKey !== 'string') throw invalid('unlockKey', 'unlockKey is a text');
  if (tail !== undefined && !['certain', 'all'].includes(tail)) throw invalid('tail', "tail is 'certain' or 'all'");
  if (redact !== undefined && redact !== 'strict' && typeof redact !== 'boolean') {
    throw invalid('redact', "redact is true, false or 'strict'");
  }
  return [...new Set(paths as readonly string[])];
}

function invalid(argument: string, message: string): SwarmFolderError<'ERR_FOLDER_INVALID_ARGUMENT'> {
  return new SwarmFolderError('ERR_FOLDER_INVALID_ARGUMENT', message, { argument });
}
