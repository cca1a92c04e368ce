import { KvError, isKvError } from '../kv-error.ts';
import { failureOf, isRefusal } from './failure.ts';
import { pause } from './connection.ts';
import { rangeRequest, rangeResponse, readMessage, watchRequest, watchResponse } from './messages.ts';
import type { DriverStep, DriverTarget } from '../driver.ts';
import type { EtcdConnection } from './connection.ts';

/**
 * The state at a revision, then every change from the next revision on: there is no gap. A broken stream goes on where it broke off, at
 * any server. Where that is not possible (the history is compacted, or the server has lost data) the state is told again.
 */
export async function* followEtcd(
  connection: EtcdConnection,
  target: DriverTarget,
  reconnectMs: number,
  signal: AbortSignal,
): AsyncGenerator<DriverStep, void> {
  let next: bigint | undefined;
  let failing = 0;
  while (!signal.aborted) {
    const began = Date.now();
    try {
      // Read on every connection: a server that is behind what was seen has lost data, and would never send anything.
      const answer = await connection.call('/etcdserverpb.KV/Range', rangeRequest(target, { countOnly: next !== undefined }), {
        kind: 'read',
        signal,
      });
      const { revision, pairs } = rangeResponse(answer);
      if (next !== undefined && revision + 1n < next) {
        next = undefined;
        continue;
      }
      if (next === undefined) {
        next = revision + 1n;
        yield { state: pairs.map(({ pair }) => pair) };
      }
      failing = 0;
      const stream = await connection.stream('/etcdserverpb.Watch/Watch', reconnectMs, signal);
      try {
        stream.send(watchRequest(target, next));
        for await (const message of stream.messages) {
          const { canceled, compactRevision, changes, reason } = watchResponse(readMessage(message));
          if (compactRevision > 0n) {
            next = undefined;
            break;
          }
          if (canceled) {
            if (/permission|auth/.test(reason)) throw new KvError('ERR_KV_NOT_PERMITTED', `etcd refuses the watch: ${reason}`);
            break;
          }
          const last = changes.at(-1);
          if (last === undefined) continue;
          next = nextRevision(message, next);
          yield { changes };
        }
      } catch (error) {
        stream.failed();
        throw error;
      } finally {
        stream.end();
      }
    } catch (error) {
      if (isAborted(signal)) return;
      if (isKvError(error) && error.code !== 'ERR_KV_NOT_REACHABLE') throw error;
      if (isRefusal(error)) throw failureOf(error, 'read');
      failing += Math.max(50, Date.now() - began);
      if (failing >= reconnectMs) throw isKvError(error) ? error : failureOf(error, 'read');
    }
    // A server that ends every stream at once is not asked in a tight loop.
    await pause(50, signal);
  }
}

/** A message holds whole revisions: everything up to the largest one in it has been told. */
function nextRevision(message: Buffer, next: bigint): bigint {
  const revisions = readMessage(message)
    .messages(11)
    .map((event) => event.message(2).integer(3));
  return revisions.reduce((largest, revision) => (revision + 1n > largest ? revision + 1n : largest), next);
}

/** It changes while something is awaited, which the compiler does not expect of a property. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
