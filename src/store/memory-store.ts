import { Database } from '../engine/database.ts';
import { StoreError } from '../errors/store-error.ts';

import { InternalRaftRequest } from '../wire/generated/raft.ts';
import type { StoreActionInput } from '../wire/generated/raft.ts';
import { StoreSnapshot } from '../wire/generated/snapshot.ts';
import type { StoreSnapshotInput } from '../wire/generated/snapshot.ts';
import type { Kind, KindInputs } from '../wire/kinds.ts';
import type { WatchOptions } from '../watch/selector.ts';
import type { Watcher } from '../watch/watcher.ts';
import { WatchHub } from '../watch/watch-hub.ts';
import { BatchRun } from './batch.ts';
import type { Batch } from './batch.ts';
import { Change } from './change.ts';
import type { StoreEvent } from './events.ts';
import { describe } from './find-by.ts';
import { all } from './finders.ts';
import { isKindName, kinds, tableNames } from './kinds.ts';
import { Lifecycle } from './lifecycle.ts';
import type { LifecycleEvents } from './lifecycle.ts';
import { readSnapshot } from './read-snapshot.ts';
import type { ReadSnapshot } from './read-snapshot.ts';
import { readTransaction, StateView } from './read-transaction.ts';
import type { ReadTx } from './read-transaction.ts';
import { replayActions, replayEvents } from './replay.ts';
import { isThenable } from './result-types.ts';
import type { SynchronousResult } from './result-types.ts';
import { restoreRows, restoreState, saveState } from './snapshots.ts';
import { addTables } from './store-table.ts';
import type { StoreTables } from './store-table.ts';
import { StoreWriter } from './writer.ts';
import type { Tx } from './write-transaction.ts';

/** Options of a call that waits for the turn to write. */
export interface WriteOptions {
  /** Gives up waiting for the turn: the call rejects with `signal.reason`, and nothing happened. */
  readonly signal?: AbortSignal | undefined;
}

/** What a store says about its size and load. */
export interface StoreStats {
  /** Rows by table. */
  readonly rows: { readonly [K in Kind as (typeof tableNames)[K]]: number };
  /** Snapshots that are open, those of asynchronous views included. */
  readonly snapshots: number;
  /** Watchers that have not ended. */
  readonly watchers: number;
  /** Writers that wait for the turn. */
  readonly waiting: number;
}

/**
 * The cluster-state store: ten indexed tables, transactions, snapshots, and a stream of everything that changes.
 *
 * Reads are synchronous and never wait. Writes take turns, first come first served; the state that a write made, and its events, become visible in one
 * step. Everything that the store hands out is deeply frozen and shared.
 *
 * @example
 * ```ts
 * import { MemoryStore, all, newId } from 'swarmstate';
 *
 * const store = new MemoryStore();
 * const node = await store.update((tx) => tx.nodes.create({ id: newId(), description: { hostname: 'host-1' } }));
 * console.log(node.id, store.view((tx) => tx.nodes.count(all)));
 * ```
 */
export class MemoryStore {
  readonly #database = new Database();
  readonly #tables: StoreTables = addTables(this.#database);
  readonly #writer: StoreWriter;
  readonly #hub: WatchHub = new WatchHub(this.#tables);
  readonly #lifecycle = new Lifecycle();
  /** The synchronous views that are running now, innermost last, and that still read the head. */
  readonly #runningViews: StateView[] = [];
  #closing: Promise<void> | undefined;

  constructor() {
    this.#writer = new StoreWriter(this.#database, this.#tables, {
      pinReaders: () => {
        if (this.#runningViews.length > 0) for (const view of this.#runningViews.splice(0)) view.pin();
      },
      publish: (commit) => this.#hub.publish(commit),
    });
  }

  /**
   * Runs `callback` on the last committed state and returns its value, synchronously. Where the callback is asynchronous, its state stays the
   * same until its promise settles, while writers commit. O(1).
   */
  view<R>(callback: (tx: ReadTx) => R): R {
    const view = this.#openView('view');
    let result: R;
    try {
      result = callback(readTransaction(view, this.#tables));
    } catch (error) {
      this.#endView(view);
      throw error;
    }
    if (!isThenable(result)) {
      this.#endView(view);
      return result;
    }
    view.pin();
    view.closeWhenForgotten();
    this.#forgetView(view);
    const settle = (): void => view.close();
    result.then(settle, settle);
    return result;
  }

  /** The last committed state, kept until it is closed. O(1). See {@link ReadSnapshot}. */
  snapshot(): ReadSnapshot {
    const view = new StateView(this.#database, 'snapshot');
    view.pin();
    view.closeWhenForgotten();
    return readSnapshot(readTransaction(view, this.#tables), view);
  }

  /**
   * One read/write transaction: all of it happens, or nothing. The callback is synchronous and should keep side effects out: it may run again on newer
   * state. Resolves to the callback's value, once it is committed; with no writer before it, the commit has happened when `update` returns.
   *
   * Rejects with what the callback throws, `ERR_ASYNC_CALLBACK`, `ERR_NESTED_UPDATE`, `ERR_STORE_CLOSED`, or the reason of the signal.
   *
   * @example
   * ```ts
   * import { MemoryStore, byServiceId } from 'swarmstate';
   *
   * const store = new MemoryStore();
   * const removed = await store.update((tx) => {
   *   const tasks = tx.tasks.find(byServiceId('web'));
   *   for (const task of tasks) tx.tasks.delete(task.id);
   *   return tasks.length;
   * });
   * console.log(removed);
   * ```
   */
  update<R extends SynchronousResult>(callback: (tx: Tx) => R, options: WriteOptions = {}): Promise<R> {
    return this.#writer.exclusively(() => this.#writer.transact(callback), options.signal);
  }

  /**
   * Much work in steps: `callback` is asynchronous and calls `await batch.update(step)` as often as it likes. Each step is atomic; the steps are committed
   * in transactions of about 200 changes, and earlier when another writer waits. When the callback rejects, the open transaction is
   * rolled back; what was committed before stays. Resolves to the callback's value.
   */
  batch<R>(callback: (batch: Batch) => Promise<R>): Promise<R> {
    try {
      this.#writer.assertNotNested();
      this.#writer.turn.assertOpen();
    } catch (error) {
      return Promise.reject(error as Error);
    }
    return new BatchRun(this.#writer).run(callback);
  }

  /** Live events from here on. See {@link Watcher}. On a closed store, the watcher has ended. */
  watch(options: WatchOptions = {}): Watcher {
    return this.#hub.watch(options);
  }

  /**
   * Runs `callback` on the last committed state and starts a watcher, in one step: the watcher gets every event after the state that the callback
   * saw, and no other. Never waits for a writer. Throws what the callback throws; then there is no watcher.
   */
  viewAndWatch<R extends SynchronousResult>(
    callback: (tx: ReadTx) => R,
    options: WatchOptions = {},
  ): { readonly value: R; readonly watcher: Watcher } {
    // The watcher comes first, so that it also gets what the callback itself commits.
    const watcher = this.#hub.watch(options);
    try {
      const value = this.view(callback);
      if (isThenable(value)) {
        throw new StoreError('ERR_ASYNC_CALLBACK', 'the callback of viewAndWatch returned a promise; it has to be synchronous', {});
      }
      return { value, watcher };
    } catch (error) {
      watcher.close();
      throw error;
    }
  }

  /**
   * The contents, in swarmkit's form: the store's own frozen objects, in id order. Of the transaction's state where one is given, else of the last
   * committed one. `StoreSnapshot.encode` makes bytes of it.
   */
  save(tx?: ReadTx): StoreSnapshot {
    return tx === undefined ? this.view((own) => saveState(own)) : saveState(tx);
  }

  /**
   * Replaces the contents, in one transaction. Objects that stay equal give no event. Nothing is checked but the form: a snapshot that swarmkit wrote is
   * taken as it is. Rejects with `ERR_INVALID_OBJECT`, `ERR_NESTED_UPDATE`, `ERR_STORE_CLOSED`; then the contents are as before.
   */
  restore(snapshot: StoreSnapshotInput): Promise<void> {
    return this.#replay('copy', (change) => restoreState(change, StoreSnapshot.from(snapshot)));
  }

  /** As {@link restore}, for one table. */
  restoreTable<K extends Kind>(kind: K, objects: readonly KindInputs[K][]): Promise<void> {
    return this.#replay('copy', (change) => {
      if (!isKindName(kind)) {
        throw new StoreError('ERR_UNKNOWN_ACTION', `there is no table of kind ${describe(kind)}; the kinds are ${kinds.join(', ')}`, {
          index: 0,
        });
      }
      const snapshot = StoreSnapshot.from({ [tableNames[kind]]: objects });
      restoreRows(change.table(kind), change, snapshot[tableNames[kind]] as readonly never[]);
    });
  }

  /**
   * Replays a log entry, all or nothing, as a follower of a swarmkit leader does. Rejects with `ERR_UNKNOWN_ACTION`, `ERR_INVALID_OBJECT`, `ERR_EXIST`,
   * `ERR_NOT_EXIST`, `ERR_NO_KIND`, `ERR_EXTENSION_IMMUTABLE`, `ERR_EXTENSION_IN_USE`, `ERR_NESTED_UPDATE`, `ERR_STORE_CLOSED`.
   */
  applyStoreActions(actions: readonly StoreActionInput[]): Promise<void> {
    return this.#replay('log', (change) => replayActions(change, InternalRaftRequest.from({ action: actions }).action));
  }

  /**
   * Replays one commit of another store, all or nothing: a follower that applies every commit has the same contents. Rejects with
   * `ERR_UNKNOWN_ACTION`, `ERR_INVALID_OBJECT`, `ERR_EXIST`, `ERR_NOT_EXIST`, `ERR_NESTED_UPDATE`, `ERR_STORE_CLOSED`.
   *
   * @example
   * ```ts
   * import { MemoryStore } from 'swarmstate';
   *
   * const source = new MemoryStore();
   * const copy = new MemoryStore();
   * const { value, watcher } = source.viewAndWatch((tx) => source.save(tx));
   * await copy.restore(value);
   * void (async () => {
   *   for await (const commit of watcher.commits()) await copy.apply(commit);
   * })();
   * ```
   */
  apply(commit: { readonly events: readonly StoreEvent[] }): Promise<void> {
    return this.#replay('copy', (change) => replayEvents(change, commit.events));
  }

  /** Figures about size and load. O(tables). */
  stats(): StoreStats {
    const rows = Object.fromEntries(kinds.map((kind) => [tableNames[kind], this.view((tx) => tx.table(kind).count(all))]));
    return {
      rows: rows as StoreStats['rows'],
      snapshots: this.#database.openSnapshots,
      watchers: this.#hub.size,
      waiting: this.#writer.turn.waiting,
    };
  }

  /** Registers a handler of lifecycle events; returns the function that removes it. A handler that throws does not keep others from being told. */
  on<E extends keyof LifecycleEvents>(event: E, handler: (payload: LifecycleEvents[E]) => void): () => void {
    return this.#lifecycle.on(event, handler);
  }

  /**
   * Ends writing: the writer whose turn it is finishes, those who wait and come later are rejected with `ERR_STORE_CLOSED`; then every watcher ends, after what it
   * has not read yet. Views go on working. Closing again waits for the same.
   */
  close(): Promise<void> {
    this.#closing ??= this.#writer.turn.close().then(() => {
      this.#hub.close();
      this.#lifecycle.emit('closed', undefined);
    });
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #replay(origin: 'log' | 'copy', work: (change: Change) => void): Promise<void> {
    return this.#writer.exclusively(() => {
      const transaction = this.#writer.begin(origin);
      try {
        transaction.willChange();
        work(transaction.change);
      } catch (error) {
        transaction.rollback();
        throw error;
      }
      this.#writer.commit(transaction);
    });
  }

  #openView(what: string): StateView {
    const view = new StateView(this.#database, what);
    if (this.#database.writing) view.pin();
    else this.#runningViews.push(view);
    return view;
  }

  #endView(view: StateView): void {
    this.#forgetView(view);
    view.close();
  }

  #forgetView(view: StateView): void {
    const position = this.#runningViews.lastIndexOf(view);
    if (position >= 0) this.#runningViews.splice(position, 1);
  }
}
