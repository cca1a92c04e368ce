/**
 * The faults of a {@link FaultyProposer}, each in place of a commit at once:
 *
 * - `delay` writes and commits it after some ticks. `slow-answer` writes the entry at once, and calls `commit` after
 *   some ticks; `slow-settle` commits at once, and resolves after some ticks.
 * - `fail` rejects; nothing was written. `throw` does so synchronously.
 * - `no-commit` resolves without having called `commit`; nothing was written.
 * - `fail-after-commit` commits, then rejects.
 * - `commit-twice` calls `commit` a second time.
 * - `late-commit` rejects, and calls `commit` some ticks later; nothing was written.
 * - `lose-race` writes a competitor's entry first, and rejects with `ERR_PROPOSAL_CONFLICT`.
 * - `conflict` rejects with `ERR_PROPOSAL_CONFLICT`, although no other entry was written.
 * - `overtaken` writes the entry and a competitor's entry after it. The competitor's entry arrives at the store before
 *   `commit` is called.
 * - `unknown-landed` writes the entry and loses the answer: it rejects with `ERR_OUTCOME_UNKNOWN`, and the entry
 *   arrives through the replica.
 * - `unknown-late` rejects with `ERR_OUTCOME_UNKNOWN`, and tries to write the entry some ticks later: the entry lands
 *   unless another entry was written meanwhile.
 * - `unknown-lost` rejects with `ERR_OUTCOME_UNKNOWN`; nothing was written, and never will be.
 * - `hang` does not settle until the signal aborts or the test calls `release`. Then another fault, or none,
 *   is chosen at random.
 */
export type Fault =
  | 'delay'
  | 'slow-answer'
  | 'slow-settle'
  | 'fail'
  | 'throw'
  | 'no-commit'
  | 'fail-after-commit'
  | 'commit-twice'
  | 'late-commit'
  | 'lose-race'
  | 'conflict'
  | 'overtaken'
  | 'unknown-landed'
  | 'unknown-late'
  | 'unknown-lost'
  | 'hang';

/** Every {@link Fault}. */
export const FAULTS: readonly Fault[] = Object.freeze([
  'delay',
  'slow-answer',
  'slow-settle',
  'fail',
  'throw',
  'no-commit',
  'fail-after-commit',
  'commit-twice',
  'late-commit',
  'lose-race',
  'conflict',
  'overtaken',
  'unknown-landed',
  'unknown-late',
  'unknown-lost',
  'hang',
] as const);

/** The probability of each fault, from 0 to 1. A proposal without a fault is committed at once. */
export type FaultRates = { readonly [F in Fault]?: number | undefined };

/** The result of a proposal, as the proposer reported it. */
export type ProposalResult = 'in flight' | 'committed' | 'failed' | 'conflict' | 'unknown';

/** One proposal, in the trace of a {@link FaultyProposer}. */
export interface TracedProposal {
  /** Counted from 1. */
  readonly number: number;
  /** The number of transactions in the proposal. */
  readonly transactions: number;
  /** The version that the proposal was made on. */
  readonly base: number;
  /** The fault that was chosen for the proposal; undefined for none. */
  readonly fault: Fault | undefined;
  /** `conflict` without a fault: another member was faster. */
  readonly result: ProposalResult;
  /** The versions of the entries that were written for the proposal. */
  readonly versions: readonly number[];
}

/** The fault for a random number from [0, 1): the rates divide this range among the faults. */
export function faultAt(rates: FaultRates, roll: number): Fault | undefined {
  let rest = roll;
  for (const fault of FAULTS) {
    rest -= rates[fault] ?? 0;
    if (rest < 0) return fault;
  }
  return undefined;
}
