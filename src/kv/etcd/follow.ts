import { KvError, isKvError } from '../../errors/kv-error.ts';
import { pause } from '../backend/pause.ts';
import { failureOf } from './failure.ts';
import { rangeRequest, rangeResponse, readMessage, watchRequest, watchResponse } from './messages.ts';
import type { DriverStep, DriverTarget } from '../backend/driver.ts';
import type { EtcdConnection } from './connection.ts';

/**
 * The state at a revision, then every change from the next revision on: there is no gap. A broken stream goes on where
 * it broke off, at any server. Where that is not possible (the history is compacted, or the server has lost data) the
 * state is told again.
 */
export async function* followEtcd(
  connection: EtcdConnection,
  target: DriverTarget,
  reconnectMs: number,
  signal: AbortSignal,
): AsyncGenerator<DriverStep, void> {
  /** The revision that comes next; undefined when the state is to be told. */
  let next: bigint | undefined;
  /** When the last stream that worked was lost, while there is no other one. */
  let lostAt: number | undefined;
  while (!signal.aborted) {
    let attempt = performance.now();
    try {
      // Read on every connection: a server that is behind what was seen has lost data, and would never send anything.
      const request = rangeRequest(target, { countOnly: next !== undefined });
      const { revision, pairs } = rangeResponse(
        await connection.call('/etcdserverpb.KV/Range', request, { kind: 'read', signal }),
      );
      if (next !== undefined && revision + 1n < next) {
        next = undefined;
        continue;
      }
      if (next === undefined) {
        next = revision + 1n;
        yield { state: pairs.map(({ pair }) => pair) };
      }
      const stream = await connection.stream('/etcdserverpb.Watch/Watch', reconnectMs, signal);
      try {
        stream.send(watchRequest(target, next));
        for await (const message of stream.messages) {
          const { canceled, compactRevision, changes, latest, reason } = watchResponse(readMessage(message));
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
        if (next !== undefined) throw new KvError('ERR_KV_NOT_REACHABLE', 'etcd ended a watch without a reason');
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
    // A server that ends every stream at once is not asked in a tight loop.
    await pause(50, signal);
  }
}

/** A server that cancels a watch for a reason of its own, or no reason at all, may take it the next time. */
function refusedWatch(reason: string): KvError {
  const permitted = !/permission|auth/.test(reason);
  return new KvError(
    permitted ? 'ERR_KV_NOT_REACHABLE' : 'ERR_KV_NOT_PERMITTED',
    `etcd refuses the watch: ${reason || 'no reason is given'}`,
  );
}

/** It changes while something is awaited, which the compiler does not expect of a property. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
