import { StoreError } from '../errors/store-error.ts';
import type { Version } from '../wire/generated/common.ts';
import type { StoreAction, StoreActionInput } from '../wire/generated/raft.ts';
import type { Fault, ProposalResult, TracedProposal } from './faults.ts';
import type { LogMember } from './log-member.ts';

/** A proposal that a {@link FaultyProposer} works on. */
export interface ProposalRun {
  readonly member: LogMember;
  readonly transactions: readonly (readonly StoreAction[])[];
  /** Commits. Without versions, the store asks the proposer's `getVersion`. */
  readonly commit: (versions: readonly Version[] | undefined) => void;
  readonly signal: AbortSignal | undefined;
  /** Resolves when the test calls `release`. */
  readonly released: Promise<void>;
  readonly competitor: () => readonly StoreActionInput[];
  readonly trace: { -readonly [M in keyof TracedProposal]: TracedProposal[M] };
}

/** The faults of a proposal after it has hung. */
const afterHanging: readonly (Fault | undefined)[] = [
  'fail',
  'unknown-landed',
  'unknown-lost',
  'fail-after-commit',
  undefined,
];

/** Carries out a proposal with its fault. */
export async function runProposal(run: ProposalRun, fault: Fault | undefined): Promise<void> {
  const { member } = run;
  switch (fault) {
    case 'delay':
      await member.delay();
      commitOwn(run);
      return;
    case 'slow-answer': {
      const versions = append(run);
      await member.delay();
      finish(run, versions);
      return;
    }
    case 'slow-settle':
      commitOwn(run);
      await member.delay();
      return;
    case 'fail':
    case 'throw':
      throw failed(run);
    case 'no-commit':
      settle(run, 'failed');
      return;
    case 'fail-after-commit':
      commitOwn(run);
      throw new Error(`the faulty proposer fails after it committed proposal ${run.trace.number}`);
    case 'commit-twice':
      commitOwn(run);
      run.commit(undefined);
      return;
    case 'late-commit':
      void member.delay().then(() => {
        run.commit(undefined);
      });
      throw failed(run);
    case 'lose-race':
      member.log.append(run.competitor());
      throw conflict(run);
    case 'conflict':
      throw conflict(run);
    case 'overtaken':
      overtake(run);
      return;
    case 'unknown-landed':
      append(run);
      member.resume();
      throw unknown(run);
    case 'unknown-late':
      void member.delay().then(() => {
        const versions = member.appendOwn(run.trace.base, run.transactions);
        if (versions === undefined) return;
        run.trace.versions = versions.map(({ index }) => index);
        member.resume();
      });
      throw unknown(run);
    case 'unknown-lost':
      throw unknown(run);
    case 'hang':
      await Promise.race([run.released, aborted(run.signal)]);
      await runProposal(run, afterHanging[member.random.below(afterHanging.length)]);
      return;
    case undefined:
      commitOwn(run);
  }
}

function commitOwn(run: ProposalRun): void {
  finish(run, append(run));
}

/** Appends the entries. When another entry was appended before, hands that over and throws `ERR_PROPOSAL_CONFLICT`. */
function append(run: ProposalRun): readonly Version[] {
  const versions = run.member.appendOwn(run.trace.base, run.transactions);
  if (versions === undefined) throw conflict(run);
  run.trace.versions = versions.map(({ index }) => index);
  return versions;
}

function finish(run: ProposalRun, versions: readonly Version[]): void {
  const last = versions.at(-1);
  if (last !== undefined) run.member.committed(last);
  settle(run, 'committed');
  // A proposer may give the versions, or leave them to `getVersion`.
  run.commit(run.member.random.below(2) === 0 ? versions : undefined);
  run.member.resume();
}

function overtake(run: ProposalRun): void {
  const versions = append(run);
  run.member.overtake(run.member.log.append(run.competitor()));
  finish(run, versions);
}

function settle(run: ProposalRun, result: ProposalResult): void {
  run.trace.result = result;
}

function failed(run: ProposalRun): Error {
  settle(run, 'failed');
  return new Error(`the faulty proposer fails proposal ${run.trace.number}; nothing was written`);
}

function conflict(run: ProposalRun): StoreError<'ERR_PROPOSAL_CONFLICT'> {
  settle(run, 'conflict');
  run.member.catchUp();
  return new StoreError(
    'ERR_PROPOSAL_CONFLICT',
    `proposal ${run.trace.number} was made on version ${run.trace.base}, which is not the last`,
    {},
  );
}

function unknown(run: ProposalRun): StoreError<'ERR_OUTCOME_UNKNOWN'> {
  settle(run, 'unknown');
  return new StoreError(
    'ERR_OUTCOME_UNKNOWN',
    `the answer to proposal ${run.trace.number} was lost; its entry may land yet`,
    {},
  );
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) resolve();
    else
      signal?.addEventListener('abort', () => {
        resolve();
      });
  });
}
