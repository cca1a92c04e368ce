import { channel } from 'node:diagnostics_channel';
import type { Channel } from 'node:diagnostics_channel';

/** A latency on a diagnostics channel. Without a subscriber a measurement costs one comparison. */
export interface LatencyMessage {
  readonly seconds: number;
}

const prefix = 'swarmstate:store:';

/**
 * The channels of the original's five latencies, by what they measure: `swarmstate:store:write-tx` (an update, the
 * proposal included), `read-tx` (a view), `lookup` (a `get`), `batch` (a whole batch), `lock` (how long a transaction
 * was open).
 */
const latencies: { readonly [N in LatencyName]: Channel } = {
  writeTx: channel(`${prefix}write-tx`),
  readTx: channel(`${prefix}read-tx`),
  lookup: channel(`${prefix}lookup`),
  batch: channel(`${prefix}batch`),
  lock: channel(`${prefix}lock`),
};

/** One of {@link latencies}. */
export type LatencyName = 'writeTx' | 'readTx' | 'lookup' | 'batch' | 'lock';

/** Starts a measurement: a time, or 0 without a subscriber. */
export function startTimer(name: LatencyName): number {
  return latencies[name].hasSubscribers ? performance.now() : 0;
}

/** Ends a measurement that {@link startTimer} began. */
export function stopTimer(name: LatencyName, start: number): void {
  if (start !== 0) latencies[name].publish({ seconds: (performance.now() - start) / 1000 } satisfies LatencyMessage);
}
