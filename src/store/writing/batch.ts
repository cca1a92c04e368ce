import type { SynchronousResult } from '../../base/synchronous.ts';
import { afterDueTurn, nextTurn, turnIsDueAfterCall } from '../../base/scheduling/turns.ts';
import { StoreError } from '../../errors/store-error.ts';
import { startTimer, stopTimer } from '../telling/diagnostics.ts';
import type { Tx } from '../transaction/tx.ts';
import { refuseRevokedResult } from '../transaction/callback-result.ts';
import { BatchTransaction } from './batch-transaction.ts';
import type { Decider } from './decider.ts';
import { FailedStep } from './failed-step.ts';
import type { StoreWriter } from './writer.ts';

/** The handle that a batch's callback works with. */
export interface Batch {
  /**
   * Runs one synchronous step of the batch. A step is atomic: one that throws changes nothing, and the batch can go on.
   * Resolves to the callback's value. The step is committed with the steps around it, at the latest when the batch
   * ends. Until then it may run again on newer state.
   *
   * Rejects with what the callback throws, `ERR_ASYNC_CALLBACK`, `ERR_NESTED_UPDATE`, `ERR_STORE_CLOSED`,
   * `ERR_TRANSACTION_TOO_LARGE` when the step alone is more than the proposer takes, `ERR_BATCH_FAILED` once a commit
   * of the batch failed, and `ERR_TX_CLOSED` after the batch has ended.
   */
  update<R extends SynchronousResult>(callback: (tx: Tx) => R): Promise<R>;
}

/**
 * One run of `batch`. The run takes the write lock with its first step and keeps it from step to step. As soon as
 * another writer waits, the run commits its steps and releases the lock. A full transaction is committed after the step
 * that filled it.
 */
export class BatchRun implements Batch {
  readonly #writer: StoreWriter;
  readonly #callSite: string | undefined;
  readonly #transaction: BatchTransaction;
  readonly #steps = new Set<Promise<unknown>>();
  /** Settles when the last waiting step has run; undefined when no step waits. */
  #queue: Promise<void> | undefined;
  #holding = false;
  #started = false;
  /** Settles with the wait for the write lock; undefined while the batch does not wait. */
  #acquiring: Promise<void> | undefined;
  /** A commit that is being proposed. */
  #committing: Promise<void> | undefined;
  #failure: StoreError<'ERR_BATCH_FAILED'> | undefined;
  #ended = false;
  /** The steps that failed at once, with their errors. */
  readonly #failedSteps: { readonly step: FailedStep<unknown>; readonly error: unknown }[] = [];

  constructor(writer: StoreWriter, decider: Decider, callSite: string | undefined) {
    this.#writer = writer;
    this.#callSite = callSite;
    this.#transaction = new BatchTransaction(writer, decider);
  }

  async run<R>(callback: (batch: Batch) => Promise<R>): Promise<R> {
    const started = startTimer('batch');
    try {
      let result: R;
      try {
        const promised = callback({ update: (step) => this.update(step) });
        refuseRevokedResult(promised);
        result = await promised;
      } catch (error) {
        await this.#end(() => {
          this.#abandon();
        });
        throw this.#failure ?? error;
      }
      await this.#end(() => {
        const failed = this.#failedSteps.find(({ step }) => !step.observed);
        if (failed !== undefined) {
          this.#abandon();
          throw failed.error;
        }
        return this.#holding ? this.#commit() : undefined;
      });
      if (this.#failure !== undefined) throw this.#failure;
      return result;
    } finally {
      stopTimer('batch', started);
    }
  }

  update<R extends SynchronousResult>(callback: (tx: Tx) => R): Promise<R> {
    try {
      if (this.#ended)
        throw new StoreError(
          'ERR_TX_CLOSED',
          'this batch has ended; call batch.update inside its callback only, and await it',
          {},
        );
      if (this.#failure !== undefined) throw this.#failure;
      this.#writer.runner.assertNotNested();
      if (this.#queue === undefined && this.#hasLock()) {
        return this.#runNow(callback) ?? this.#later(callback);
      }
    } catch (error) {
      // The error is the caller's own and goes on unchanged.
      return Promise.reject(error);
    }
    return this.#later(callback);
  }

  /** Runs a step; undefined where it does not fit behind the steps before it. */
  #runNow<R>(callback: (tx: Tx) => R): Promise<R> | undefined {
    try {
      const outcome = this.#step(callback);
      return 'value' in outcome ? this.#afterCommit(outcome.value) : undefined;
    } catch (error) {
      const step = FailedStep.with<R>(error, turnIsDueAfterCall() ? nextTurn() : undefined);
      this.#failedSteps.push({ step, error });
      return step;
    }
  }

  #later<R>(callback: (tx: Tx) => R): Promise<R> {
    const step = this.#stepLater(callback);
    this.#steps.add(step);
    const forget = (): void => void this.#steps.delete(step);
    step.then(forget, forget);
    return step;
  }

  /** Runs a step when the batch has the write lock and all earlier steps have run. */
  #stepLater<R>(callback: (tx: Tx) => R): Promise<R> {
    const running = this.#runWhenFree(callback, this.#queue);
    const ran = running.then(ignore, ignore);
    this.#queue = ran;
    void ran.then(() => {
      if (this.#queue === ran) this.#queue = undefined;
    });
    return running.then(({ committed }) => committed);
  }

  async #runWhenFree<R>(
    callback: (tx: Tx) => R,
    earlier: Promise<void> | undefined,
  ): Promise<{ readonly committed: Promise<R> }> {
    if (earlier !== undefined) await earlier;
    for (;;) {
      while (!this.#hasLock()) await (this.#committing ?? this.#waitForLock());
      const outcome = this.#step(callback);
      if ('value' in outcome) return { committed: this.#afterCommit(outcome.value) };
      // The step did not fit behind the earlier steps, which are being committed now.
    }
  }

  /**
   * A step that filled the transaction settles with the commit, so that a caller that awaits its steps goes no faster
   * than the proposer. Steps settle after a turn of the event loop where one is due.
   */
  #afterCommit<R>(value: R): Promise<R> {
    if (this.#committing === undefined) return afterDueTurn(value);
    const ended = this.#committing.then(() => afterDueTurn(value));
    // The batch itself rejects too: the rejection of a step that nobody awaits is no unhandled one.
    ended.catch(() => undefined);
    return ended;
  }

  /** True when a step can run now. */
  #hasLock(): boolean {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#committing !== undefined) return false;
    if (!this.#holding && this.#acquiring === undefined && this.#writer.lock.tryAcquire()) this.#hold();
    return this.#holding;
  }

  /** Steps that were started side by side share one wait, and run in their order. */
  #waitForLock(): Promise<void> {
    if (!this.#started) this.#writer.lock.assertRoom();
    this.#acquiring ??= this.#writer.lock.acquire(undefined).then(
      () => {
        this.#acquiring = undefined;
        this.#hold();
        this.#writer.replicas.run();
      },
      (error: unknown) => {
        this.#acquiring = undefined;
        throw error;
      },
    );
    return this.#acquiring;
  }

  #hold(): void {
    this.#holding = true;
    this.#started = true;
    this.#writer.wedge.start('batch', this.#callSite);
  }

  #step<R>(callback: (tx: Tx) => R): { readonly value: R } | { readonly full: true } {
    this.#writer.lock.offer(undefined);
    let full = false;
    try {
      const outcome = this.#transaction.step(callback);
      if ('rerunFailed' in outcome) {
        this.#fail(outcome.rerunFailed);
        throw this.#failure ?? outcome.rerunFailed;
      }
      full = 'full' in outcome;
      return outcome;
    } finally {
      if (this.#failure !== undefined) this.#abandon();
      else if (full || this.#transaction.full || this.#writer.lock.waiting > 0) this.#commitInBackground();
      else this.#idle();
    }
  }

  /** Between two steps: another writer can have the lock, and changes of the proposer are applied. */
  #idle(): void {
    if (this.#writer.replicas.length > 0) {
      this.#transaction.interrupt();
      this.#writer.replicas.run();
    }
    this.#writer.lock.offer({
      giveUp: () => {
        this.#commitInBackground();
      },
      interrupt: () => {
        this.#transaction.interrupt();
      },
    });
  }

  /**
   * Ends the batch with its last transaction. `last` runs in the same synchronous step in which no commit is pending:
   * otherwise another writer could take the lock in between.
   */
  async #end(last: () => void | Promise<void>): Promise<void> {
    // Steps that were started but not awaited belong to the batch.
    while (this.#steps.size > 0 || this.#committing !== undefined)
      await Promise.allSettled([...this.#steps, this.#committing]);
    this.#ended = true;
    await last();
  }

  /** Starts a commit. Its failure rejects the batch itself and all later steps. */
  #commitInBackground(): void {
    const committing = this.#commit();
    if (committing === undefined) return;
    this.#committing = committing;
    committing.then(
      () => (this.#committing = undefined),
      () => (this.#committing = undefined),
    );
  }

  /** Commits the open transaction and releases the lock. Undefined: both have happened already. */
  #commit(): Promise<void> | undefined {
    this.#writer.lock.offer(undefined);
    const committing = this.#transaction.commit();
    if (committing === undefined) {
      this.#release();
      return undefined;
    }
    return committing.then(
      () => {
        this.#release();
      },
      (error: unknown) => {
        this.#fail(error);
        this.#release();
        throw this.#failure ?? error;
      },
    );
  }

  #abandon(): void {
    if (!this.#holding) return;
    this.#transaction.rollback();
    this.#release();
  }

  #release(): void {
    this.#holding = false;
    this.#writer.finish();
  }

  #fail(cause: unknown): void {
    const { committed } = this.#transaction;
    this.#failure ??= new StoreError(
      'ERR_BATCH_FAILED',
      `a commit of the batch failed, which ends it; ${committed} changes of it are committed and stay, ` +
        'the others are not. See the cause',
      { committed },
      { cause },
    );
  }
}

function ignore(): void {
  // The outcome of a step is told to its own caller.
}
