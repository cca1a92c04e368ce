import type { SeededRandom } from '../../src/testing/random/seeded-random.ts';

/** The faults of calls of the key/value store, with the share of calls that get each. */
export interface CallFaults {
  /** Fails before it has an effect. */
  readonly refused: number;
  /** Has its effect after the caller was told that nobody knows. */
  readonly late: number;
  /** Has its effect, and the answer is lost. */
  readonly lost: number;
  /** Is answered very late. */
  readonly delayed: number;
  /** Sent twice by the client library, which keeps the answer of the second one. */
  readonly repeated: number;
}

/** The decisions of a seed about a run. A fault that is 0 does not occur: runs differ in the sets of their faults. */
export interface FaultPlan {
  readonly calls: CallFaults;
  /** The share of streams of changes that stall or are cut. */
  readonly streamFaults: number;
  /** How often something happens to a member, per virtual second. */
  readonly crashes: number;
  readonly pauses: number;
  readonly cuts: number;
  readonly closes: number;
  /** The share of updates that their caller gives up. */
  readonly givenUp: number;
  readonly latency: number;
  readonly snapshotEvery: number;
  readonly keepEntries: number;
  readonly parts: boolean;
  /** How often a client campaigns instead of a transaction. Leases are given to everybody who asks. */
  readonly campaigns: number;
}

export function planOf(random: SeededRandom): FaultPlan {
  const sometimes = (most: number): number => (random.next() < 0.5 ? 0 : random.next() * most);
  // Some runs have no faults at all: they have to end without any repeated call.
  const quiet = random.next() < 0.05;
  const rate = (most: number): number => (quiet ? 0 : sometimes(most));
  return {
    calls: { refused: rate(0.1), late: rate(0.15), lost: rate(0.15), delayed: rate(0.1), repeated: rate(0.1) },
    streamFaults: rate(0.3),
    crashes: quiet ? 0 : 0.2 + random.next(),
    pauses: rate(1),
    cuts: rate(1),
    closes: rate(0.5),
    givenUp: rate(0.15),
    latency: 1 + random.next() * 40,
    snapshotEvery: 1 + random.below(20),
    keepEntries: 1 + random.below(8),
    parts: random.next() < 0.2,
    campaigns: 0,
  };
}
