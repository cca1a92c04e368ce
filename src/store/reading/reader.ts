import { isThenable } from '../../base/synchronous.ts';
import type { Database } from '../../engine/database.ts';
import type { Snapshot } from '../../engine/rows/snapshot.ts';
import type { Version } from '../../wire/generated/common.ts';
import { startTimer, stopTimer } from '../telling/diagnostics.ts';
import type { StoreTables } from '../transaction/store-tables.ts';
import type { ReadSnapshot, ReadTx } from '../transaction/tx.ts';
import { PinnedStates } from './pinned-states.ts';
import { readSnapshot } from './read-snapshot.ts';
import { readTransaction } from './read-transaction.ts';
import { StateView } from './state-view.ts';

/**
 * The reading half of a store: views and snapshots of the committed state. It never waits, and a writer never waits for
 * it.
 */
export class StoreReader {
  readonly states: PinnedStates;
  readonly #database: Database;
  readonly #tables: StoreTables;
  readonly #version: () => Version | undefined;
  /** The synchronous views that are running now, innermost last, and that still read the head. */
  readonly #running: StateView[] = [];
  /** Once somebody has read beside an open transaction: the committed state, kept until the transaction ends. */
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
      asynchronous = isThenable(result);
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

  /** Ahead of every change: the views that are running keep the state that they have been reading. */
  beforeChange(): void {
    if (this.#running.length > 0) for (const view of this.#running.splice(0)) view.pin();
  }

  /** No transaction is open any more. */
  transactionEnded(): void {
    this.#beside?.close();
    this.#beside = undefined;
  }

  #open(): StateView {
    const view = new StateView(this.states, 'view');
    if (this.#database.writing) {
      // The first reader beside a transaction pays for its changes once; the snapshot is kept for those that follow.
      this.#beside ??= this.#database.snapshot();
      view.pin();
    } else {
      this.#running.push(view);
    }
    return view;
  }

  /** Apart from `view`, whose common case makes no closures. */
  #keepUntilSettled(view: StateView, result: unknown): void {
    view.pin();
    view.closeWhenForgotten();
    const settle = (): void => {
      view.close();
    };
    // Through a promise of our own, because a `then` may throw.
    Promise.resolve(result).then(settle, settle);
  }

  /** The view reads the head no more, if it did: it is the last of those that run, because they are nested. */
  #forget(view: StateView): void {
    if (this.#running.at(-1) === view) this.#running.pop();
  }
}
