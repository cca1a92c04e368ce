import { usualTimings as ofFollowers } from '../../readable/source-follower.ts';
import type { FollowerTimings } from '../../readable/source-follower.ts';

/** The times of a follower of a swarm, in milliseconds. */
export interface Timings extends FollowerTimings {
  /** Between two calls that show whether a silent connection still works. */
  readonly probeMs: number;
}

export const usualTimings: Timings = { ...ofFollowers, probeMs: 10_000 };
