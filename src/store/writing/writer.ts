import type { Emitter } from '../../base/emitter.ts';
import { afterDueTurn, nextTurn, rejectedAfterDueTurn, turnIsDueAfterCall } from '../../base/scheduling/turns.ts';
import type { LifecycleEvents, WedgedEvent } from '../telling/lifecycle.ts';
import { ReplicaQueue } from './replica-queue.ts';
import type { TransactionRunner } from './transaction-runner.ts';
import type { UpdateJob } from './update-job.ts';
import { WedgeWatch } from './wedge-watch.ts';
import { WriteLock } from './write-lock.ts';

/** The limits of a store's writing half. */
export interface WriterLimits {
  readonly wedgeTimeoutMs: number;
  readonly maxWaiting: number;
}

/**
 * The writing half of a store: the write lock, the runner of transactions, and the changes that a proposer brings from
 * other members. Every change takes the lock first and ends with {@link finish}.
 */
export class StoreWriter {
  readonly runner: TransactionRunner;
  readonly lock: WriteLock<UpdateJob>;
  readonly replicas: ReplicaQueue;
  readonly wedge: WedgeWatch;

  constructor(runner: TransactionRunner, lifecycle: Emitter<LifecycleEvents>, limits: WriterLimits) {
    this.runner = runner;
    this.lock = new WriteLock(limits.maxWaiting);
    this.replicas = new ReplicaQueue(this.lock, () => {
      this.finish();
    });
    this.wedge = new WedgeWatch(limits.wedgeTimeoutMs, (event: Omit<WedgedEvent, 'waiting'>) => {
      lifecycle.emit('wedged', { ...event, waiting: this.lock.waiting });
    });
  }

  /**
   * Runs synchronous `work` with the lock held: at once where the lock is free. Settles after a turn of the event loop
   * where one is due, so that a loop that awaits each write starves nothing. Rejects with `ERR_NESTED_UPDATE`,
   * `ERR_STORE_CLOSED`, `ERR_UNAVAILABLE`, `signal.reason`, and what `work` throws.
   */
  exclusively<R>(work: () => R, signal?: AbortSignal): Promise<R> {
    try {
      this.runner.assertNotNested();
      signal?.throwIfAborted();
      if (this.lock.tryAcquire()) return afterDueTurn(this.#runAndFinish(work));
      this.lock.assertRoom();
    } catch (error) {
      // The error is the caller's own, and goes on unchanged.
      return rejectedAfterDueTurn(error);
    }
    return this.lock.acquire(signal).then(() => {
      const value = this.#runAndFinish(() => {
        // The signal may have aborted after the lock was granted and before this ran.
        signal?.throwIfAborted();
        return work();
      });
      return turnIsDueAfterCall() ? nextTurn().then(() => value) : value;
    });
  }

  /**
   * Runs `work` with the lock held across its awaits, in a store without changes of a proposer. `work` leaves no
   * transaction open, and heeds the signal once it runs. Rejects with `ERR_STORE_CLOSED`, `ERR_UNAVAILABLE`,
   * `signal.reason`, and what `work` rejects with.
   */
  async holding<R>(holder: WedgedEvent['holder'], work: () => Promise<R>, signal?: AbortSignal): Promise<R> {
    signal?.throwIfAborted();
    if (!this.lock.tryAcquire()) {
      this.lock.assertRoom();
      await this.lock.acquire(signal);
    }
    this.wedge.start(holder, undefined);
    try {
      return await work();
    } finally {
      this.finish();
    }
  }

  /** Applies the proposer's changes that wait, then releases the lock. No transaction is open. */
  finish(): void {
    this.wedge.stop();
    this.replicas.run();
    const restoring = this.replicas.startReady();
    if (restoring === undefined) {
      this.lock.release();
      return;
    }
    this.wedge.start('restore', undefined);
    void restoring.then(() => {
      this.finish();
    });
  }

  #runAndFinish<R>(work: () => R): R {
    try {
      this.replicas.run();
      return work();
    } finally {
      this.finish();
    }
  }
}
