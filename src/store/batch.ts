import { StoreError } from '../errors/store-error.ts';
import { MAX_CHANGES_PER_TRANSACTION } from './constants.ts';
import type { SynchronousResult } from './result-types.ts';
import type { StoreWriter } from './writer.ts';
import type { Tx, WriteTransaction } from './write-transaction.ts';

/** The handle that a batch's callback works with. */
export interface Batch {
  /**
   * One synchronous step of the batch: atomic, so that a step that throws leaves nothing of itself and the batch can go on. Resolves to the callback's
   * value; the step is committed with the steps around it, at the latest when the batch ends. Rejects with what the callback throws,
   * `ERR_ASYNC_CALLBACK`, `ERR_NESTED_UPDATE`, `ERR_STORE_CLOSED`, and `ERR_TX_CLOSED` after the batch has ended.
   */
  update<R extends SynchronousResult>(callback: (tx: Tx) => R): Promise<R>;
}

/**
 * One run of `batch`. It takes the turn with its first step and keeps it from step to step, as long as nobody else wants to write: between two steps it
 * commits what it has and gives way. A full transaction is committed after the step that filled it.
 */
export class BatchRun implements Batch {
  readonly #writer: StoreWriter;
  #transaction: WriteTransaction | undefined;
  #turn: Promise<void> | undefined;
  readonly #steps = new Set<Promise<unknown>>();
  #ended = false;

  constructor(writer: StoreWriter) {
    this.#writer = writer;
  }

  async run<R>(callback: (batch: Batch) => Promise<R>): Promise<R> {
    let result: R;
    try {
      result = await callback({ update: (step) => this.update(step) });
    } catch (error) {
      await this.#end();
      this.#abandon();
      throw error;
    }
    await this.#end();
    this.#commit();
    return result;
  }

  update<R extends SynchronousResult>(callback: (tx: Tx) => R): Promise<R> {
    try {
      if (this.#ended)
        throw new StoreError('ERR_TX_CLOSED', 'this batch has ended; call batch.update inside its callback only, and await it', {});
      this.#writer.assertNotNested();
      if (this.#hasTurn()) return Promise.resolve(this.#step(callback));
    } catch (error) {
      // The error is the caller's own, whatever it is: it goes on unchanged.
      return Promise.reject(error as Error);
    }
    const step = this.#waitForTurn().then(() => this.#step(callback));
    this.#steps.add(step);
    const forget = (): void => void this.#steps.delete(step);
    step.then(forget, forget);
    return step;
  }

  /** True when the turn is the batch's now. */
  #hasTurn(): boolean {
    if (this.#transaction !== undefined) return true;
    if (this.#turn !== undefined || !this.#writer.turn.tryTake()) return false;
    this.#transaction = this.#writer.begin();
    return true;
  }

  /** Steps that were started side by side run in their order, in one turn where they can. */
  async #waitForTurn(): Promise<void> {
    while (!this.#hasTurn()) {
      this.#turn ??= this.#writer.turn.wait(undefined).then(
        () => {
          this.#turn = undefined;
          this.#transaction = this.#writer.begin();
        },
        (error: unknown) => {
          this.#turn = undefined;
          throw error;
        },
      );
      await this.#turn;
    }
  }

  #step<R>(callback: (tx: Tx) => R): R {
    const transaction = this.#transaction;
    if (transaction === undefined) throw new Error('a batch step runs without the turn');
    this.#writer.turn.offer(undefined);
    try {
      return transaction.atomically(() => this.#writer.runCallback(transaction, callback));
    } finally {
      if (transaction.change.events.length >= MAX_CHANGES_PER_TRANSACTION || this.#writer.turn.waiting > 0) this.#commit();
      else this.#writer.turn.offer(() => this.#commit());
    }
  }

  async #end(): Promise<void> {
    // Steps that were started but not awaited belong to the batch.
    while (this.#steps.size > 0) await Promise.allSettled(this.#steps);
    this.#ended = true;
  }

  #commit(): void {
    const transaction = this.#transaction;
    if (transaction === undefined) return;
    this.#transaction = undefined;
    try {
      this.#writer.commit(transaction);
    } finally {
      this.#writer.turn.release();
    }
  }

  #abandon(): void {
    const transaction = this.#transaction;
    if (transaction === undefined) return;
    this.#transaction = undefined;
    try {
      transaction.rollback();
    } finally {
      this.#writer.turn.release();
    }
  }
}
