import { KvError, isKvError } from '../../errors/kv-error.ts';
import { pause } from '../backend/pause.ts';
import { failureOf } from './failure.ts';
import { decodeWatchResponse, KVService, WatchService } from './generated/rpc.ts';
import { rangeRequest, storedPairs, watchRequest, watchedChanges } from './messages.ts';
import type { DriverStep, DriverTarget } from '../backend/driver.ts';
import type { EtcdConnection } from './connection.ts';

/**
 * Gives the state at a revision, then every change from the next revision on, without a gap. A broken stream is
 * continued at any server, from the revision where it broke. If the history is compacted or the server has lost data,
 * the state is given again.
 */
export async function* followEtcd(
  connection: EtcdConnection,
  target: DriverTarget,
  reconnectMs: number,
  signal: AbortSignal,
): AsyncGenerator<DriverStep, void> {
  /** The next revision to read; undefined when the state is to be read. */
  let next: bigint | undefined;
  /** The time at which the last working stream was lost; undefined while a stream works. */
  let lostAt: number | undefined;
  while (!signal.aborted) {
    let attempt = performance.now();
    try {
      // Each connection begins with a read: a server with an older revision has lost data and would never send a
      // change.
      const request = rangeRequest(target, { countOnly: next !== undefined });
      const { revision, pairs } = storedPairs(
        await connection.call(KVService.range, request, { kind: 'read', signal }),
      );
      if (next !== undefined && revision + 1n < next) {
        next = undefined;
        continue;
      }
      if (next === undefined) {
        next = revision + 1n;
        yield { state: pairs.map(({ pair }) => pair) };
      }
      const stream = await connection.stream(WatchService.watch, reconnectMs, signal);
      try {
        stream.send(watchRequest(target, next));
        for await (const message of stream.messages) {
          const { canceled, compactRevision, changes, latest, reason } = watchedChanges(decodeWatchResponse(message));
          if (compactRevision > 0n) {
            next = undefined;
            break;
          }
          if (canceled) throw refusedWatch(reason);
          lostAt = undefined;
          if (changes.length === 0) continue;
          next = latest + 1n;
          yield { changes };
        }
        if (next !== undefined)
          throw new KvError('ERR_KV_NOT_REACHABLE', 'etcd ended a watch without a reason', { backend: 'etcd' });
      } catch (error) {
        stream.failed();
        throw error;
      } finally {
        attempt = performance.now();
        stream.end();
      }
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

/** The error of a canceled watch. Apart from missing rights the cause may pass, so the watch is tried again. */
function refusedWatch(reason: string): KvError {
  const permitted = !/permission|auth/.test(reason);
  return new KvError(
    permitted ? 'ERR_KV_NOT_REACHABLE' : 'ERR_KV_NOT_PERMITTED',
    `etcd refuses the watch: ${reason || 'no reason is given'}`,
    { backend: 'etcd' },
  );
}

/** A function, because the compiler does not expect the property to change during an `await`. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
