import { nextTurn, turnIsDueAfterCall } from '../../base/scheduling/turns.ts';
import type { Proposer } from '../../model/proposer.ts';
import type { ChangeList } from '../transaction/change-list.ts';
import type { WriteTransaction } from '../transaction/write-transaction.ts';
import type { Decider, Outcome } from '../writing/decider.ts';
import { SizeMeter, tooLarge } from '../writing/size-meter.ts';
import type { UpdateJob } from '../writing/update-job.ts';
import type { StoreWriter } from '../writing/writer.ts';
import { GroupSignal } from './group-signal.ts';
import { mayStillLand, propose } from './proposal.ts';

/** Promise jobs until a caller whose update has resolved writes again, through some layers of async functions. */
const GATHERING_JOBS = 16;

/** One update after its callback ran. Its caller is told when the fate of the state that it ran on is known. */
interface Member {
  readonly job: UpdateJob;
  readonly changes: ChangeList;
  readonly settle: Settle;
}

/** Settles the promises of callers. */
type Settle = () => void;

/** An open transaction in which the callbacks of some updates ran. */
interface Executed {
  readonly transaction: WriteTransaction;
  readonly members: readonly Member[];
  /** The number of updates that changed anything. */
  readonly changed: number;
}

/** The callbacks could not run. No transaction is open. */
interface Failed {
  readonly transaction: undefined;
  readonly members: readonly Member[];
  readonly outcome: Outcome;
}

/** The limits of the proposer, or the defaults where it throws. */
type ProposerLimits = Pick<Decider, 'maxAttempts' | 'maxTransactionBytes'>;

/** The updates that are proposed together; most often it is one. */
export class UpdateGroup {
  readonly #writer: StoreWriter;
  readonly #proposer: Proposer;
  readonly #limits: ProposerLimits;
  readonly #closing: AbortSignal;
  /** Called with the number of updates of each group of several that was committed. */
  readonly #grouped: (updates: number) => void;

  constructor(
    writer: StoreWriter,
    proposer: Proposer,
    limits: ProposerLimits,
    closing: AbortSignal,
    grouped: (updates: number) => void,
  ) {
    this.#writer = writer;
    this.#proposer = proposer;
    this.#limits = limits;
    this.#closing = closing;
    this.#grouped = grouped;
  }

  /**
   * Runs the update that has the write lock, and with it up to `most` others from the write queue. Never rejects; ends
   * with the lock released.
   */
  async lead(first: UpdateJob, most: number): Promise<void> {
    let settle: Settle;
    try {
      this.#writer.wedge.start('update', first.callSite);
      const jobs = [first, ...this.#writer.lock.takeJobs(most)];
      settle = await this.#run(jobs);
      if (jobs.length > 1) {
        settle();
        settle = () => undefined;
        await gathered();
      }
    } finally {
      // Before the caller of a single update goes on: where it writes again at once, it finds the lock free.
      this.#writer.finish();
    }
    if (turnIsDueAfterCall()) await nextTurn();
    settle();
  }

  /** Runs updates until the fate of each is known; gives the function that tells their callers. */
  async #run(waiting: readonly UpdateJob[]): Promise<Settle> {
    for (
      let attempt = 1, jobs = waiting.filter(stillWanted);
      jobs.length > 0;
      attempt += 1, jobs = jobs.filter(stillWanted)
    ) {
      const executed = this.#execute(jobs);
      const outcome = executed.transaction === undefined ? executed.outcome : await this.#decide(executed);
      // Changes of other members are applied before callbacks run again, and before callers go on.
      this.#writer.replicas.run();
      if (outcome.committed) return settleAll(executed.members);
      if (outcome.lostRace && attempt < this.#limits.maxAttempts) {
        const draining = this.#writer.replicas.drain();
        if (draining !== undefined) await draining;
        continue;
      }
      const { error } = outcome;
      // A transaction that may still land must not be offered again. Other groups are divided, so that each caller gets
      // a result of its own, unless the store closes.
      if (jobs.length > 1 && !mayStillLand(error) && !this.#closing.aborted) return this.#runEach(jobs);
      const rejected = jobs;
      return () => {
        for (const job of rejected) job.reject(error);
      };
    }
    return () => undefined;
  }

  async #runEach(jobs: readonly UpdateJob[]): Promise<Settle> {
    let settle: Settle = () => undefined;
    for (const job of jobs) {
      settle();
      settle = await this.#run([job]);
    }
    return settle;
  }

  /** Opens a transaction and runs the callbacks in it, each atomically. */
  #execute(jobs: readonly UpdateJob[]): Executed | Failed {
    const { runner, replicas } = this.#writer;
    const members: Member[] = [];
    let transaction: WriteTransaction | undefined;
    try {
      // A change of another member may have come since the last attempt ended.
      replicas.run();
      transaction = runner.begin();
      let changed = 0;
      for (const job of jobs) {
        const changes = runner.changeList('write', changed);
        members.push({ job, changes, settle: this.#executeOne(transaction, changes, job) });
        if (changes.events.length > 0) changed += 1;
      }
      return { transaction, members, changed };
    } catch (error) {
      // The proposer could not say its version.
      if (transaction !== undefined) runner.rollback(transaction);
      return { transaction: undefined, members, outcome: { committed: false, error, lostRace: false } };
    }
  }

  /** Offers the transaction. Not an async function: each layer of those costs a good part of an update. */
  #decide(executed: Executed): Promise<Outcome> | Outcome {
    const { transaction, members, changed } = executed;
    if (changed === 0) {
      this.#writer.runner.commit(transaction, [], undefined);
      return { committed: true };
    }
    if (members.length > 1) return this.#decideTogether(executed);
    return this.#propose(executed, members[0]?.job.signal);
  }

  async #decideTogether(executed: Executed): Promise<Outcome> {
    const { members } = executed;
    const group = new GroupSignal(
      members.map(({ job }) => job),
      this.#closing,
    );
    const outcome = await this.#propose(executed, group.signal);
    group.release();
    if (outcome.committed) this.#grouped(members.length);
    return outcome;
  }

  #propose({ transaction, members }: Executed, signal: AbortSignal | undefined): Promise<Outcome> {
    const lists = members.map(({ changes }) => changes);
    return propose(this.#writer.runner, this.#proposer, transaction, lists, signal);
  }

  /** Runs one callback, atomically, and gives the function that settles its promise once its state is committed. */
  #executeOne(transaction: WriteTransaction, changes: ChangeList, job: UpdateJob): Settle {
    try {
      const value = transaction.atomically(changes, () => {
        const result = this.#writer.runner.runCallback(transaction, changes, job.callback, job.callSite);
        refuseTooLarge(changes, this.#limits.maxTransactionBytes);
        return result;
      });
      return () => {
        job.resolve(value);
      };
    } catch (error) {
      return () => {
        job.reject(error);
      };
    }
  }
}

/**
 * Waits until the callers of a group that write again have joined the write queue. Without that, the next group would
 * hold those alone that queued meanwhile, and callers would write in two halves that take turns.
 */
async function gathered(): Promise<void> {
  if (turnIsDueAfterCall()) return nextTurn();
  for (let job = 0; job < GATHERING_JOBS; job += 1) await Promise.resolve();
}

function settleAll(members: readonly Member[]): Settle {
  return () => {
    for (const { settle } of members) settle();
  };
}

/** Throws `ERR_TRANSACTION_TOO_LARGE` where the changes of one callback are more than the proposer takes. */
function refuseTooLarge(changes: ChangeList, limit: number | undefined): void {
  if (limit === undefined || changes.events.length === 0) return;
  const meter = new SizeMeter(changes.events);
  if (meter.reaches(limit + 1)) throw tooLarge(meter.exact(), limit);
}

/** True unless the caller has given up. A caller that has is told here, and its update does not happen. */
function stillWanted(job: UpdateJob): boolean {
  if (job.signal?.aborted !== true) return true;
  job.reject(job.signal.reason);
  return false;
}
