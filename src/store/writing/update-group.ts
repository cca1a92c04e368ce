import { StoreError } from '../../errors/store-error.ts';
import type { ChangeList } from '../transaction/change-list.ts';
import { startTimer, stopTimer } from '../telling/diagnostics.ts';
import { lostRace, MAX_ATTEMPTS, mayStillLand, propose } from './proposal.ts';
import type { ProposalOutcome } from './proposal.ts';
import type { Proposer } from '../../model/proposer.ts';
import { SizeMeter } from './size-meter.ts';
import type { StoreWriter } from './writer.ts';
import type { Tx } from '../transaction/tx.ts';
import type { WriteTransaction } from '../transaction/write-transaction.ts';

/** An update that waits for its turn, or is in flight. */
export interface UpdateJob {
  readonly callback: (tx: Tx) => unknown;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly callSite: string | undefined;
}

/** What an update's callback did, until it is known whether the state that it ran on is committed. */
interface Member {
  readonly job: UpdateJob;
  readonly changes: ChangeList;
  readonly settle: Settle;
}

/** Tells callers what became of their updates. */
type Settle = () => void;

/** An open transaction with what the callbacks of some updates did. */
interface Executed {
  readonly transaction: WriteTransaction;
  readonly members: readonly Member[];
  /** How many of the updates changed anything. */
  readonly changed: number;
}

/** No transaction is open. */
interface Failed {
  readonly transaction: undefined;
  readonly members: readonly Member[];
  readonly committed: false;
  readonly error: unknown;
}

function settleAll(members: readonly Member[]): Settle {
  return () => {
    for (const { settle } of members) settle();
  };
}

/** How many updates are proposed together at most: they run without a pause. */
const MAX_GROUP = 500;

/** An update under a proposer. Resolves once the transaction is committed. */
export function proposeUpdate<R>(
  writer: StoreWriter,
  proposer: Proposer,
  closing: AbortSignal,
  callback: (tx: Tx) => R,
  signal: AbortSignal | undefined,
  callSite: string | undefined,
): Promise<R> {
  return new Promise<R>((resolve, reject) => {
    const started = startTimer('writeTx');
    const job: UpdateJob = {
      callback,
      signal,
      resolve: (value) => {
        stopTimer('writeTx', started);
        resolve(value as R);
      },
      reject: (error) => {
        stopTimer('writeTx', started);
        // The error is the callback's or the proposer's own, whatever it is.
        reject(error);
      },
      callSite,
    };
    const lead = (): void => {
      void new UpdateGroup(writer, proposer, closing).lead(job);
    };
    writer.assertNotNested();
    signal?.throwIfAborted();
    if (writer.turn.tryTake()) {
      lead();
      return;
    }
    writer.assertQueueOpen();
    // In a task of its own: whoever releases the turn shall not run somebody else's callback.
    writer.turn.wait({ job, signal, grant: () => queueMicrotask(lead), refuse: reject });
  });
}

/** The updates that are proposed together; most often it is one. */
class UpdateGroup {
  readonly #writer: StoreWriter;
  readonly #proposer: Proposer;
  readonly #closing: AbortSignal;

  constructor(writer: StoreWriter, proposer: Proposer, closing: AbortSignal) {
    this.#writer = writer;
    this.#proposer = proposer;
    this.#closing = closing;
  }

  /**
   * Runs the update whose turn it is, and with it those that wait behind it. Never rejects; ends with the turn
   * released.
   */
  async lead(first: UpdateJob): Promise<void> {
    let settle: Settle;
    try {
      this.#writer.wedge.start('update', first.callSite);
      this.#writer.replicas.run();
      const others = this.#proposer.proposeGroup === undefined ? [] : this.#writer.turn.takeJobs(MAX_GROUP - 1);
      settle = await this.#run([first, ...others]);
    } finally {
      // Before the callers go on: whoever writes again at once finds the turn free.
      this.#writer.finish();
    }
    settle();
  }

  /** Runs updates until it is known what becomes of each, and gives what tells their callers. */
  async #run(waiting: readonly UpdateJob[]): Promise<Settle> {
    for (
      let attempt = 1, jobs = waiting.filter(stillWanted);
      jobs.length > 0;
      attempt += 1, jobs = jobs.filter(stillWanted)
    ) {
      const executed = this.#execute(jobs);
      const outcome = executed.transaction === undefined ? executed : await this.#propose(executed);
      // What came from elsewhere meanwhile runs before anything is run again, and before anybody is told.
      if (executed.transaction !== undefined) this.#writer.replicas.run();
      if (outcome.committed) return settleAll(executed.members);
      const { error } = outcome;
      if (lostRace(error) && attempt < MAX_ATTEMPTS) continue;
      // What may still land must not be offered again. What cannot is, unless the store closes: each by itself, so that
      // each caller gets its own result.
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

  /** Opens a transaction and runs the callbacks in it, each atomically; where it cannot be, none is open any more. */
  #execute(jobs: readonly UpdateJob[]): Executed | Failed {
    const writer = this.#writer;
    const members: Member[] = [];
    let transaction: WriteTransaction | undefined;
    try {
      // Something may have come since the last attempt ended: it runs before this one.
      writer.replicas.run();
      transaction = writer.begin();
      let changed = 0;
      for (const job of jobs) {
        const changes = writer.changeList('write', changed);
        members.push({ job, changes, settle: this.#executeOne(transaction, changes, job) });
        if (changes.events.length > 0) changed += 1;
      }
      return { transaction, members, changed };
    } catch (error) {
      // The proposer could not say its version.
      if (transaction !== undefined) writer.rollback(transaction);
      return { transaction: undefined, members, committed: false, error };
    }
  }

  /**
   * Offers what was executed. Not an async function, but for groups: each layer of those costs a good part of an
   * update.
   */
  #propose(executed: Executed): Promise<ProposalOutcome> | ProposalOutcome {
    const { transaction, members, changed } = executed;
    if (changed === 0) {
      this.#writer.commit(transaction, [], undefined);
      return { committed: true };
    }
    if (members.length > 1) return this.#proposeTogether(executed);
    return this.#offer(executed, members[0]?.job.signal);
  }

  async #proposeTogether(executed: Executed): Promise<ProposalOutcome> {
    const { members } = executed;
    const group = new GroupSignal(
      members.map(({ job }) => job),
      this.#closing,
    );
    const outcome = await this.#offer(executed, group.signal);
    group.release();
    if (outcome.committed) {
      this.#writer.groups += 1;
      this.#writer.groupedUpdates += members.length;
    }
    return outcome;
  }

  #offer({ transaction, members }: Executed, signal: AbortSignal | undefined): Promise<ProposalOutcome> {
    const lists = members.map(({ changes }) => changes);
    return propose(this.#writer, this.#proposer, transaction, lists, signal);
  }

  /** Runs one callback, atomically, and gives what settles its promise once the state that it ran on is committed. */
  #executeOne(transaction: WriteTransaction, changes: ChangeList, job: UpdateJob): Settle {
    try {
      const value = transaction.atomically(changes, () => {
        const result = this.#writer.runCallback(transaction, changes, job.callback, job.callSite);
        refuseTooLarge(changes, this.#proposer);
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

/** Throws `ERR_TRANSACTION_TOO_LARGE` when one callback's changes are more than the proposer takes. */
function refuseTooLarge(changes: ChangeList, proposer: Proposer): void {
  const limit = proposer.maxTransactionBytes;
  if (limit === undefined || changes.events.length === 0) return;
  const meter = new SizeMeter(changes.events);
  if (!meter.reaches(limit + 1)) return;
  throw tooLarge(meter.exact(), limit);
}

/** The error of a callback whose changes cannot be proposed. */
export function tooLarge(bytes: number, limit: number): StoreError<'ERR_TRANSACTION_TOO_LARGE'> {
  return new StoreError(
    'ERR_TRANSACTION_TOO_LARGE',
    `one callback changed ${bytes} bytes, and the proposer takes ${limit} at once; change less in each callback, for example with batch`,
    { bytes, limit },
  );
}

/** True unless its caller has given up; then the caller is told, and nothing of it happens. */
function stillWanted(job: UpdateJob): boolean {
  if (job.signal?.aborted !== true) return true;
  job.reject(job.signal.reason);
  return false;
}

/** Aborts when every caller of a group has given up, or the store closes. */
class GroupSignal {
  readonly #jobs: readonly UpdateJob[];
  readonly #closing: AbortSignal;
  readonly #controller = new AbortController();

  constructor(jobs: readonly UpdateJob[], closing: AbortSignal) {
    this.#jobs = jobs;
    this.#closing = closing;
    for (const job of jobs) job.signal?.addEventListener('abort', this.#look);
    closing.addEventListener('abort', this.#look);
    this.#look();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  release(): void {
    for (const job of this.#jobs) job.signal?.removeEventListener('abort', this.#look);
    this.#closing.removeEventListener('abort', this.#look);
  }

  readonly #look = (): void => {
    if (this.#closing.aborted) this.#controller.abort(this.#closing.reason);
    else if (this.#jobs.every((job) => job.signal?.aborted === true))
      this.#controller.abort(this.#jobs[0]?.signal?.reason);
  };
}
