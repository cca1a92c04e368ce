import { onAbort } from '../../base/async/on-abort.ts';
import { isKvError } from '../../errors/kv-error.ts';
import { pause } from '../../base/async/pause.ts';
import { failureOf } from './connection/failure.ts';
import { FollowedState } from './followed.ts';
import { readPages } from './pages.ts';
import { ownPair } from './selections.ts';
import type { DriverStep, DriverTarget } from '../backend/driver.ts';
import type { KvPair } from '../api/calls.ts';
import type { EtcdConnection } from './connection/connection.ts';
import type { EtcdWatches } from './watches.ts';
import type { Keyspace } from './keyspace.ts';
import type { WatchedChanges } from './watched-range.ts';

/** The parts of a driver that its watches use. */
export interface FollowContext {
  readonly connection: EtcdConnection;
  readonly watches: EtcdWatches;
  readonly keyspace: Keyspace;
  readonly reconnectMs: number;
}

/**
 * Gives the state at a revision, then every change from the next revision on, without a gap. A broken stream is
 * continued at any server, from the revision where it broke, when that server had the known state then. If the history
 * is compacted or the servers have lost data, the state is given again.
 */
export async function* followEtcd(
  { connection, watches, keyspace, reconnectMs }: FollowContext,
  target: DriverTarget,
  signal: AbortSignal,
): AsyncGenerator<DriverStep, void> {
  const range = keyspace.rangeOf(target);
  const known = new FollowedState();
  /** The next revision to read; undefined when the state is to be read. */
  let next: bigint | undefined;
  /** True when the servers may have lost data since the state was known. */
  let isInDoubt = false;
  /** The time at which the last working stream was lost; undefined while a stream works. */
  let lostAt: number | undefined;
  while (!signal.aborted) {
    let attempt = performance.now();
    try {
      if (next !== undefined && isInDoubt && !(await known.isThatOf(connection, keyspace, range, next - 1n, signal)))
        next = undefined;
      if (next === undefined) {
        const { revision, pairs } = await readPages(connection, range, { kind: 'read', signal });
        next = revision + 1n;
        const step = { state: pairs.flatMap((pair) => ownPair(keyspace, pair) ?? []) };
        known.take(step);
        yield step;
      }
      isInDoubt = true;
      const watch = await watches.watch(range, next, reconnectMs, signal);
      const forget = onAbort(signal, () => watch.close());
      if (isAborted(signal)) watch.close();
      try {
        for (;;) {
          const told = await watch.next();
          lostAt = undefined;
          if (told === 'closed') return;
          if (told === 'gone') next = undefined;
          // The server has all changes from `next` on; the reader takes them from a new watch.
          if (told === 'behind') isInDoubt = false;
          if (typeof told === 'string') break;
          next = told.latest + 1n;
          const step = ownChanges(keyspace, told);
          if (step.changes.length === 0) continue;
          known.take(step);
          yield step;
        }
      } finally {
        attempt = performance.now();
        forget();
        watch.close();
      }
      if (!isInDoubt) continue;
    } catch (error) {
      if (isAborted(signal)) return;
      const problem = isKvError(error) ? error : failureOf(error, 'read');
      lostAt ??= attempt;
      if (problem.code !== 'ERR_KV_NOT_REACHABLE' || performance.now() - lostAt >= reconnectMs) throw problem;
    }
    // Without the pause, a server that ends each stream at once would be asked in a tight loop.
    await pause(50, signal);
  }
}

function ownChanges(
  keyspace: Keyspace,
  { changes }: WatchedChanges,
): { readonly changes: readonly { readonly key: string; readonly pair: KvPair | undefined }[] } {
  return {
    changes: changes.flatMap(({ pair, isDelete }) => {
      const own = ownPair(keyspace, pair);
      return own === undefined ? [] : { key: own.key, pair: isDelete ? undefined : own };
    }),
  };
}

/** A function, because the compiler does not expect the property to change during an `await`. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
