import { onAbort } from '../../base/async/on-abort.ts';
import { crc32c } from '../../base/crc32c.ts';
import { isKvError } from '../../errors/kv-error.ts';
import { compacted } from '../backend/compacted.ts';
import { pause } from '../../base/async/pause.ts';
import { failureOf, isWithoutRevision } from './connection/failure.ts';
import { readPages } from './pages.ts';
import { ownPair } from './selections.ts';
import type { DriverChange, DriverChanges } from '../backend/driver.ts';
import type { FollowContext } from './follow.ts';
import type { KeyRange } from './keyspace.ts';
import type { StoredChange } from './answers.ts';
import type { WatchedChanges } from './watched-range.ts';

/** How long a server has to say which history it has compacted, in milliseconds. */
const compactionMs = 300;

/** Gives every change of a range after the revision `from`, or after the call. See `KvDriver.changes`. */
export async function* changesOf(
  context: FollowContext,
  prefix: string,
  from: bigint | undefined,
  signal: AbortSignal,
): AsyncGenerator<DriverChanges, void> {
  const { connection, watches, keyspace, reconnectMs } = context;
  const range = keyspace.rangeOf({ prefix });
  let after = from;
  let isBegun = false;
  let newest: StoredChange | undefined;
  let lostAt: number | undefined;
  while (!signal.aborted) {
    let attempt = performance.now();
    try {
      const call = { kind: 'read', keysOnly: true, first: 1, signal } as const;
      const { revision } = await readPages(connection, range, call, () => true);
      after ??= revision;
      if (after > revision || !(await isInHistory(context, newest, signal)))
        throw compacted('etcd', after, await oldestOf(context, range, signal));
      if (!isBegun) {
        isBegun = true;
        yield { revision: after, changes: [] };
      }
      // Asked from a past revision, a server leaves out the deletes of one that it has compacted to. So it is asked for
      // one more, which it has only where all after it are complete. A revision that is to come has no such danger.
      const asked = after === revision || after === 0n ? after + 1n : after;
      const watch = await watches.watch(range, after + 1n, reconnectMs, signal, asked);
      const forget = onAbort(signal, () => watch.close());
      if (isAborted(signal)) watch.close();
      try {
        for (;;) {
          const told = await watch.next();
          lostAt = undefined;
          if (told === 'closed') return;
          if (told === 'gone') throw compacted('etcd', after, watch.compacted);
          // The reader was slow. The server has the rest, and a new watch gives it.
          if (told === 'behind') break;
          after = told.latest;
          newest = told.changes.at(-1);
          yield { revision: after, changes: ownChanges(context, told) };
        }
      } finally {
        attempt = performance.now();
        forget();
        watch.close();
      }
      continue;
    } catch (error) {
      if (isAborted(signal)) return;
      const problem = isKvError(error) ? error : failureOf(error, 'read');
      lostAt ??= attempt;
      if (problem.code !== 'ERR_KV_NOT_REACHABLE' || performance.now() - lostAt >= reconnectMs) throw problem;
    }
    await pause(50, signal);
  }
}

/** True unless the servers have another history than the one that the newest change was told from. */
async function isInHistory(
  { connection }: FollowContext,
  newest: StoredChange | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  if (newest === undefined) return true;
  const { key, modRevision: revision, value } = newest.pair;
  try {
    const range = { key: Buffer.from(key), rangeEnd: undefined };
    const [pair] = (await readPages(connection, range, { kind: 'read', revision, signal })).pairs;
    if (pair === undefined || newest.isDelete) return pair === undefined && newest.isDelete;
    return pair.modRevision === revision && crc32c(pair.value) === crc32c(value);
  } catch (error) {
    // The servers have compacted the revision: the watch tells whether they have the changes after it.
    if (isWithoutRevision(error)) return true;
    throw error;
  }
}

/** The oldest revision after which the servers have all changes; 0 when they have compacted nothing. */
async function oldestOf(
  { watches, reconnectMs }: FollowContext,
  range: KeyRange,
  signal: AbortSignal,
): Promise<bigint> {
  const watch = await watches.watch(range, 1n, reconnectMs, signal);
  const late = pause(compactionMs, signal);
  try {
    await Promise.race([watch.next(), late]);
    return watch.compacted;
  } finally {
    watch.close();
  }
}

function ownChanges({ keyspace }: FollowContext, { changes }: WatchedChanges): readonly DriverChange[] {
  return changes.flatMap(({ pair, isDelete }) => {
    const own = ownPair(keyspace, pair);
    if (own === undefined) return [];
    return { key: own.key, pair: isDelete ? undefined : own, revision: own.lastIndex };
  });
}

/** A function, because the compiler does not expect the property to change during an `await`. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
