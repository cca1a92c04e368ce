import { builtinModule } from '../../base/host/builtin-module.ts';

/** A latency on a diagnostics channel. Without a subscriber a measurement costs one comparison. */
export interface LatencyMessage {
  readonly seconds: number;
}

interface Channel {
  readonly hasSubscribers: boolean;
  publish(message: LatencyMessage): void;
}

const diagnostics = builtinModule('node:diagnostics_channel');
const nobodyListens: Channel = { hasSubscribers: false, publish: () => undefined };

function channel(name: string): Channel {
  return diagnostics?.channel(`swarmstate:store:${name}`) ?? nobodyListens;
}

/**
 * The channels of the original's five latencies, by what they measure: `swarmstate:store:write-tx` (an update, the
 * proposal included), `read-tx` (a view), `lookup` (a `get`), `batch` (a whole batch), `lock` (how long a transaction
 * was open).
 */
const latencies: { readonly [N in LatencyName]: Channel } = {
  writeTx: channel('write-tx'),
  readTx: channel('read-tx'),
  lookup: channel('lookup'),
  batch: channel('batch'),
  lock: channel('lock'),
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
