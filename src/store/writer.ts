import type { Database } from '../engine/database.ts';
import { StoreError } from '../errors/store-error.ts';
import type { Commit } from './events.ts';
import { isThenable } from './result-types.ts';
import type { StoreTables } from './store-table.ts';
import type { ChangeOrigin } from './table-rules.ts';
import { WriteTurn } from './turn.ts';
import { WriteTransaction } from './write-transaction.ts';
import type { Tx } from './write-transaction.ts';

/** What the writing half of a store needs of the rest. */
export interface WriterHost {
  /** Called ahead of every change, so that readers of the head are pinned. */
  readonly pinReaders: () => void;
  /** Called once for every transaction with changes, when its state is visible and before anybody else can write. */
  readonly publish: (commit: Commit) => void;
}

/**
 * The writing half of a store: the turn, the callbacks, commit and publication. Everything that changes the store goes through {@link exclusively}.
 */
export class StoreWriter {
  readonly turn: WriteTurn = new WriteTurn();
  readonly #database: Database;
  readonly #tables: StoreTables;
  readonly #host: WriterHost;
  #inCallback = false;

  constructor(database: Database, tables: StoreTables, host: WriterHost) {
    this.#database = database;
    this.#tables = tables;
    this.#host = host;
  }

  /**
   * Runs `work` with the turn held, at once when the turn is free, and releases it whatever happens. Rejects with `ERR_NESTED_UPDATE` inside a
   * write callback, `ERR_STORE_CLOSED`, `signal.reason`, and what `work` throws.
   */
  exclusively<R>(work: () => R, signal?: AbortSignal): Promise<R> {
    try {
      this.assertNotNested();
      signal?.throwIfAborted();
      if (this.turn.tryTake()) return Promise.resolve(this.#runAndRelease(work));
    } catch (error) {
      // The error is the caller's own, whatever it is: it goes on unchanged.
      return Promise.reject(error as Error);
    }
    return this.turn.wait(signal).then(() =>
      this.#runAndRelease(() => {
        // It may have been aborted after the turn was granted and before this ran.
        signal?.throwIfAborted();
        return work();
      }),
    );
  }

  /** One whole transaction; the turn is held. */
  transact<R>(callback: (tx: Tx) => R): R {
    const transaction = this.begin();
    let result: R;
    try {
      result = this.runCallback(transaction, callback);
    } catch (error) {
      transaction.rollback();
      throw error;
    }
    this.commit(transaction);
    return result;
  }

  begin(origin: ChangeOrigin = 'write'): WriteTransaction {
    return new WriteTransaction(this.#database, this.#tables, origin, this.#host.pinReaders);
  }

  /** Runs a callback in an open transaction. Throws what it throws, and `ERR_ASYNC_CALLBACK`; what to do with its changes is the caller's. */
  runCallback<R>(transaction: WriteTransaction, callback: (tx: Tx) => R): R {
    const scope = transaction.scope();
    this.#inCallback = true;
    try {
      const result = callback(scope.tx);
      if (isThenable(result)) {
        // It failed already; that its promise may fail too, once its Tx is closed, is no news.
        Promise.resolve(result).catch(() => undefined);
        throw new StoreError(
          'ERR_ASYNC_CALLBACK',
          'a write callback returned a promise; it has to be synchronous, nothing was written. Await before the transaction, or use batch',
          {},
        );
      }
      return result;
    } finally {
      this.#inCallback = false;
      scope.close();
    }
  }

  /** Makes the changes visible and publishes them, in one synchronous step. */
  commit(transaction: WriteTransaction): void {
    transaction.commit();
    const { events } = transaction.change;
    if (events.length > 0) this.#host.publish({ events });
  }

  assertNotNested(): void {
    if (!this.#inCallback) return;
    throw new StoreError(
      'ERR_NESTED_UPDATE',
      'a write was started inside a write callback and would wait for itself for ever; use the Tx of the callback, or write after it',
      {},
    );
  }

  #runAndRelease<R>(work: () => R): R {
    try {
      return work();
    } finally {
      this.turn.release();
    }
  }
}
