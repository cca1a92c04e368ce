import type { Database } from '../../engine/database.ts';
import type { Snapshot } from '../../engine/rows/snapshot.ts';
import type { Version } from '../../wire/generated/common.ts';
import { startTimer, stopTimer } from '../telling/diagnostics.ts';
import { isPromised } from '../transaction/callback-result.ts';
import type { StoreTables } from '../transaction/store-tables.ts';
import type { ReadSnapshot, ReadTx } from '../transaction/tx.ts';
import { PinnedStates } from './pinned-states.ts';
import { readSnapshot } from './read-snapshot.ts';
import { readTransaction } from './read-transaction.ts';
import { StateView } from './state-view.ts';

/**
 * The reading half of a store: views and snapshots of the committed state. Readers never wait, and no writer waits for
 * a reader.
 */
export class StoreReader {
  readonly states: PinnedStates;
  readonly #database: Database;
  readonly #tables: StoreTables;
  readonly #version: () => Version | undefined;
  /** The running synchronous views that still read the head, innermost last. */
  readonly #running: StateView[] = [];
  /** Set when a view was opened beside an open transaction: the committed state, kept until the transaction ends. */
  #beside: Snapshot | undefined;

  constructor(database: Database, tables: StoreTables, version: () => Version | undefined) {
    this.#database = database;
    this.#tables = tables;
    this.#version = version;
    this.states = new PinnedStates(database);
  }

  /** See `MemoryStore.view`. */
  view<R>(callback: (tx: ReadTx) => R): R {
    const started = startTimer('readTx');
    const view = this.#open();
    let asynchronous = false;
    try {
      const result = callback(readTransaction(view, this.#tables, this.#version()));
      asynchronous = isPromised(result);
      if (asynchronous) this.#keepUntilSettled(view, result);
      return result;
    } finally {
      this.#forget(view);
      if (!asynchronous) view.close();
      stopTimer('readTx', started);
    }
  }

  /** See `MemoryStore.snapshot`. */
  snapshot(): ReadSnapshot {
    const view = new StateView(this.states, 'snapshot');
    view.pin();
    view.closeWhenForgotten();
    return readSnapshot(readTransaction(view, this.#tables, this.#version()), view);
  }

  /** Called ahead of every change: running views keep the state that they have been reading. */
  beforeChange(): void {
    if (this.#running.length > 0) for (const view of this.#running.splice(0)) view.pin();
  }

  /** Called when no transaction is open any more. */
  transactionEnded(): void {
    this.#beside?.close();
    this.#beside = undefined;
  }

  #open(): StateView {
    const view = new StateView(this.states, 'view');
    if (this.#database.writing) {
      // The first view beside a transaction pays for its changes once; later views share the snapshot.
      this.#beside ??= this.#database.snapshot();
      view.pin();
    } else {
      this.#running.push(view);
    }
    return view;
  }

  /** A method of its own, so that the common case of `view` makes no closures. */
  #keepUntilSettled(view: StateView, result: unknown): void {
    view.pin();
    view.closeWhenForgotten();
    const settle = (): void => {
      view.close();
    };
    // `Promise.resolve` guards against a `then` that throws.
    Promise.resolve(result).then(settle, settle);
  }

  /** Removes the view from the running views. Views are nested, so it is the last one, or has been pinned already. */
  #forget(view: StateView): void {
    if (this.#running.at(-1) === view) this.#running.pop();
  }
}
