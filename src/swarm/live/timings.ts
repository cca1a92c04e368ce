import type { BackOff } from '../../base/retry-delay.ts';

/** The times of a follower, in milliseconds. */
export interface Timings {
  /** Between two calls that show whether a silent connection still works. */
  readonly probeMs: number;
  /** The pauses between attempts. Each pause is between half and all of the delay. */
  readonly backOff: BackOff;
  /** A connection that was live for this long counts as good: the next pause is the shortest. */
  readonly goodMs: number;
}

export const usualTimings: Timings = {
  probeMs: 10_000,
  backOff: { initialMs: 100, maxMs: 5000, factor: 2 },
  goodMs: 5000,
};
