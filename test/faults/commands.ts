import fc from 'fast-check';
import { FAULTS } from 'swarmstate/testing';
import type { Fault, FaultRates, FaultyProposerOptions } from 'swarmstate/testing';
import type { Deed } from './operations.ts';

/** A step of a batch, and what its caller does. */
export interface BatchStep {
  readonly deed: Deed;
  /** Ticks that the batch waits for something else after it. */
  readonly pause: number;
  /** The next step is started without waiting for this one. */
  readonly unawaited: boolean;
}

/** One thing that happens in a random program; `member` is taken modulo the number of members. */
export type Command =
  | {
      readonly do: 'updates';
      readonly member: number;
      readonly deeds: readonly Deed[];
      readonly abortAfter: number | undefined;
    }
  | { readonly do: 'batch'; readonly member: number; readonly steps: readonly BatchStep[]; readonly fails: boolean }
  | {
      readonly do: 'view' | 'hold' | 'release' | 'foreign' | 'trim' | 'reset' | 'close' | 'unhang';
      readonly member: number;
    }
  | { readonly do: 'watchFrom'; readonly member: number; readonly back: number }
  | { readonly do: 'tick'; readonly count: number }
  | { readonly do: 'microtasks'; readonly count: number };

const which = fc.nat({ max: 2 });

const deeds: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ do: 'touch' as const }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom('create' as const, 'delete' as const, 'modify' as const), which }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('update as read' as const), which }) },
  { weight: 1, arbitrary: fc.constant({ do: 'fail' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('fill' as const),
      bytes: fc.oneof(fc.constantFrom(300, 1500), fc.integer({ min: 3000, max: 4200 })),
    }),
  },
);

const steps: fc.Arbitrary<BatchStep> = fc.record({
  deed: deeds,
  pause: fc.constantFrom(0, 0, 1, 3),
  unawaited: fc.constantFrom(false, false, true),
});

const member = fc.nat({ max: 1 });

const commands: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('updates' as const),
      member,
      deeds: fc.array(deeds, { minLength: 1, maxLength: 3 }),
      abortAfter: fc.constantFrom(undefined, undefined, undefined, 0, 1, 3),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('batch' as const),
      member,
      steps: fc.array(steps, { minLength: 1, maxLength: 6 }),
      fails: fc.constantFrom(false, false, false, true),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'view' as const,
        'hold' as const,
        'release' as const,
        'foreign' as const,
        'foreign' as const,
        'reset' as const,
        'unhang' as const,
      ),
      member,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('close' as const, 'trim' as const), member }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('watchFrom' as const), member, back: fc.nat({ max: 12 }) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('tick' as const), count: fc.integer({ min: 1, max: 6 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('microtasks' as const), count: fc.integer({ min: 1, max: 5 }) }),
  },
);

/** Each run has a subset of the faults, so that different runs have different kinds of trouble; some have none. */
const rates: fc.Arbitrary<FaultRates> = fc
  .record({ kinds: fc.subarray([...FAULTS], { minLength: 1 }), total: fc.constantFrom(0, 0.5, 0.8, 0.95) })
  .map(({ kinds, total }) => {
    const weights = kinds.map(weightOf);
    const sum = weights.reduce((a, b) => a + b, 0);
    return Object.fromEntries(kinds.map((fault, n) => [fault, (total * (weights[n] ?? 0)) / sum]));
  });

function weightOf(fault: Fault): number {
  // Who hangs is out of the program until the end; what takes time meets the most other things.
  return fault === 'hang' ? 0.3 : fault === 'delay' || fault === 'slow-answer' || fault === 'slow-settle' ? 3 : 1;
}

const proposers: fc.Arbitrary<FaultyProposerOptions> = fc.record({
  seed: fc.nat(),
  faults: rates,
  groups: fc.constantFrom(true, true, false),
  maxTransactionBytes: fc.constantFrom(undefined, 4000),
  iteration: fc.constantFrom('sync' as const, 'async' as const),
  maxDelay: fc.integer({ min: 1, max: 4 }),
});

/** A random program, and the proposers of its one or two members. */
export interface Program {
  readonly proposers: readonly FaultyProposerOptions[];
  readonly commands: readonly Command[];
}

export const programs: fc.Arbitrary<Program> = fc.record({
  proposers: fc.array(proposers, { minLength: 1, maxLength: 2 }),
  commands: fc.array(commands, { minLength: 5, maxLength: 40 }),
});
