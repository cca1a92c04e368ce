/**
 * What a {@link FaultyProposer} does with a proposal, instead of committing it at once:
 *
 * - `delay` writes and commits it after some ticks. `slow-answer` writes the entry at once, and calls `commit` after
 *   some ticks; `slow-settle` commits at once, and resolves after some ticks.
 * - `fail` rejects; nothing was written. `throw` does so synchronously.
 * - `no-commit` resolves without having called `commit`; nothing was written.
 * - `fail-after-commit` commits, then rejects.
 * - `commit-twice` calls `commit` a second time.
 * - `late-commit` rejects, and calls `commit` some ticks later; nothing was written.
 * - `lose-race` lets an entry of a competitor get in before, and rejects with `ERR_PROPOSAL_CONFLICT`.
 * - `conflict` rejects with `ERR_PROPOSAL_CONFLICT`, although nothing came in between.
 * - `overtaken` writes the entry, but the one that follows it in the log, a competitor's, arrives at the store before
 *   `commit` is called.
 * - `unknown-landed` writes the entry and loses the answer: it rejects with `ERR_OUTCOME_UNKNOWN`, and the entry
 *   arrives through the replica.
 * - `unknown-late` rejects with `ERR_OUTCOME_UNKNOWN`, and tries to write the entry some ticks later: it lands unless
 *   something else did.
 * - `unknown-lost` rejects with `ERR_OUTCOME_UNKNOWN`; nothing was written, and never will be.
 * - `hang` does not settle until the signal aborts, or the test calls `release`; then it does one of the above.
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

/**
 * How likely each fault is, from 0 to 1. What is left to 1 is the likelihood of a proposal that is committed at once.
 */
export type FaultRates = { readonly [F in Fault]?: number | undefined };

/** What became of a proposal, as the proposer told it. */
export type ProposalResult = 'in flight' | 'committed' | 'failed' | 'conflict' | 'unknown';

/** One proposal, in the trace of a {@link FaultyProposer}. */
export interface TracedProposal {
  /** Counted from 1. */
  readonly number: number;
  /** How many transactions it had. */
  readonly transactions: number;
  /** The version that it was made on. */
  readonly base: number;
  /** What was done to it; undefined when it was to be committed at once. */
  readonly fault: Fault | undefined;
  /** `conflict` without a fault: another member was faster. */
  readonly result: ProposalResult;
  /** The versions of its entries, when they were written. */
  readonly versions: readonly number[];
}

/** The fault whose share of [0, 1) holds `roll`. */
export function faultAt(rates: FaultRates, roll: number): Fault | undefined {
  let rest = roll;
  for (const fault of FAULTS) {
    rest -= rates[fault] ?? 0;
    if (rest < 0) return fault;
  }
  return undefined;
}
