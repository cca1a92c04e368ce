import { promiseJob } from '../../base/async/promise-job.ts';
import type { Proposer } from '../../model/proposer.ts';
import { startTimer, stopTimer } from '../telling/diagnostics.ts';
import type { ChangeList } from '../transaction/change-list.ts';
import type { Tx } from '../transaction/tx.ts';
import type { WriteTransaction } from '../transaction/write-transaction.ts';
import { MAX_ATTEMPTS } from '../writing/decider.ts';
import type { Decider, Outcome } from '../writing/decider.ts';
import type { UpdateJob } from '../writing/update-job.ts';
import type { StoreWriter } from '../writing/writer.ts';
import { propose } from './proposal.ts';
import { UpdateGroup } from './update-group.ts';

/** The most updates in one proposal where the proposer does not say: their callbacks run without a pause. */
const DEFAULT_MAX_GROUP = 500;

/** The decider of a store with a proposer: a transaction happens when the proposer says so. */
export class ProposedDecider implements Decider {
  readonly ownsContents: boolean;
  groups = 0;
  groupedUpdates = 0;
  readonly #writer: StoreWriter;
  readonly #proposer: Proposer;
  readonly #closing: AbortSignal;

  /** `closing` aborts when the store begins to close. */
  constructor(writer: StoreWriter, proposer: Proposer, closing: AbortSignal) {
    this.#writer = writer;
    this.#proposer = proposer;
    this.#closing = closing;
    this.ownsContents = proposer.attach !== undefined;
  }

  /** A proposer that cannot say its limit has none. */
  get maxTransactionBytes(): number | undefined {
    try {
      return this.#proposer.maxTransactionBytes;
    } catch (error) {
      this.#writer.runner.lateError(error);
      return undefined;
    }
  }

  get maxAttempts(): number {
    try {
      return this.#proposer.maxAttempts ?? MAX_ATTEMPTS;
    } catch (error) {
      this.#writer.runner.lateError(error);
      return MAX_ATTEMPTS;
    }
  }

  update<R>(callback: (tx: Tx) => R, signal: AbortSignal | undefined, callSite: string | undefined): Promise<R> {
    const { runner, lock } = this.#writer;
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
      runner.assertNotNested();
      signal?.throwIfAborted();
      if (lock.tryAcquire()) {
        this.#lead(job);
        return;
      }
      lock.assertRoom();
      const grant = (): void => {
        // In a microtask of its own: the writer that releases the lock must not run the callback of another.
        promiseJob(() => {
          this.#lead(job);
        });
      };
      lock.enqueue({ job, signal, grant, refuse: reject });
    });
  }

  decide(transaction: WriteTransaction, changes: ChangeList): Promise<Outcome> {
    return propose(this.#writer.runner, this.#proposer, transaction, [changes], undefined);
  }

  #lead(job: UpdateJob): void {
    const group = new UpdateGroup(this.#writer, this.#proposer, this, this.#closing, (updates) => {
      this.groups += 1;
      this.groupedUpdates += updates;
    });
    void group.lead(job, this.#maxGroup - 1);
  }

  get #maxGroup(): number {
    try {
      return this.#proposer.proposeGroup === undefined ? 1 : (this.#proposer.maxGroup ?? DEFAULT_MAX_GROUP);
    } catch (error) {
      this.#writer.runner.lateError(error);
      return 1;
    }
  }
}
