import type { Database } from '../../engine/database.ts';
import type { PreparedState } from '../../engine/prepared-state.ts';
import { StoreError } from '../../errors/store-error.ts';
import type { Kind, KindDrafts, KindInputs, Kinds } from '../../wire/kinds.ts';
import type { ChangeList } from './change-list.ts';
import { finderOf } from '../../model/finder.ts';
import type { By } from '../../model/finder.ts';
import { countRows, findRows } from '../../model/find/find-rows.ts';
import type { IterateOptions } from '../reading/paced-walk.ts';
import type { tableNames } from '../../model/kinds.ts';
import { TableSet, timedLookup } from '../reading/read-transaction.ts';
import type { ReadTable } from '../reading/read-transaction.ts';
import { runRecipe } from './recipe.ts';
import type { SynchronousResult } from '../../base/synchronous.ts';
import type { StoreTable } from './store-tables.ts';
import type { Version } from '../../wire/generated/common.ts';
import type { TableWriter } from './table-writer.ts';

/** A table, as a write transaction sees it: its reads see the transaction's own changes. */
export interface WriteTable<K extends Kind> extends ReadTable<K> {
  /**
   * Stores a new object and returns it as it is stored. The input is validated and copied, never changed; objects that
   * the store gave out are shared. Throws `ERR_INVALID_OBJECT`, `ERR_NO_KIND`, `ERR_NAME_CONFLICT`, `ERR_EXIST`,
   * checked in this order, and last of all `ERR_INVALID_OBJECT` for a volume without a driver. O(size of the input).
   */
  create(input: KindInputs[K]): Kinds[K];
  /**
   * Replaces an object as a whole and returns it as it is stored. Throws `ERR_INVALID_OBJECT`,
   * `ERR_EXTENSION_IMMUTABLE`, `ERR_NO_KIND`, `ERR_NAME_CONFLICT`, `ERR_NOT_EXIST`; with a proposer
   * `ERR_SEQUENCE_CONFLICT` when the given version is not the stored one. O(size of what differs from the stored
   * object).
   */
  update(input: KindInputs[K]): Kinds[K];
  /**
   * Edits the stored object with a recipe and returns it as it is stored. A recipe that changes nothing, by value,
   * writes and publishes nothing. What the recipe assigns is read back as it was given, and completed and copied in the
   * end: change it before it is assigned, `{ ...service.spec.task, … }`, because the store's own objects are frozen.
   * Throws `ERR_NOT_EXIST`, `ERR_INVALID_OBJECT`, `ERR_ASYNC_CALLBACK`, the errors of `update`, and what the recipe
   * throws.
   *
   * @example
   * ```ts
   * import { MemoryStore, TaskState, newId } from 'swarmstate';
   *
   * const store = new MemoryStore();
   * const task = await store.update((tx) => tx.tasks.create({ id: newId() }));
   * await store.update((tx) =>
   *   tx.tasks.modify(task.id, (draft) => {
   *     draft.desiredState = TaskState.SHUTDOWN;
   *   }),
   * );
   * ```
   */
  modify(id: string, recipe: (draft: KindDrafts[K]) => SynchronousResult): Kinds[K];
  /** Deletes an object. Throws `ERR_NOT_EXIST`, `ERR_EXTENSION_IN_USE`. */
  delete(id: string): void;
}

/** The ten tables of a write transaction. Used after its end, it throws `ERR_TX_CLOSED`. */
export type Tx = { readonly [K in Kind as (typeof tableNames)[K]]: WriteTable<K> } & {
  /** The version of the state that the transaction started from, where transactions are numbered. */
  readonly version: Version | undefined;
  /** A table by its kind, for generic code. */
  table<K extends Kind>(kind: K): WriteTable<K>;
};

/**
 * The engine's open transaction. It is the ground of one transaction of the store, or of several that follow each other
 * and are committed together, each with a change list of its own.
 */
export class WriteTransaction {
  readonly #database: Database;
  readonly #beforeChange: () => void;
  #replacement: PreparedState | undefined;

  /** `beforeChange` is called ahead of every change, so that readers of the head can be pinned. */
  constructor(database: Database, beforeChange: () => void) {
    this.#database = database;
    this.#beforeChange = beforeChange;
    database.begin();
  }

  willChange(): void {
    this.#beforeChange();
  }

  /** Runs `work`, which adds to `changes`; when it throws, nothing of it stays. */
  atomically<R>(changes: ChangeList, work: () => R): R {
    const undo = this.mark(changes);
    try {
      return work();
    } catch (error) {
      undo();
      throw error;
    }
  }

  /** Marks a place in the transaction, and gives the function that goes back to it. */
  mark(changes: ChangeList): () => void {
    const savepoint = this.#database.savepoint();
    const events = changes.events.length;
    return () => {
      this.#database.rollbackTo(savepoint);
      changes.events.length = events;
    };
  }

  /** Has the commit put a prepared state in the place of all contents. Nothing else may be written. */
  replaceBy(prepared: PreparedState): void {
    this.#beforeChange();
    this.#replacement = prepared;
  }

  commit(): void {
    if (this.#replacement === undefined) this.#database.commit();
    else this.#database.adopt(this.#replacement);
  }

  rollback(): void {
    this.#database.rollback();
  }
}

/** What one callback sees of a transaction. */
export class TxScope {
  readonly transaction: WriteTransaction;
  readonly changes: ChangeList;
  readonly tx: Tx;
  #closed = false;

  constructor(transaction: WriteTransaction, changes: ChangeList, version: Version | undefined) {
    this.transaction = transaction;
    this.changes = changes;
    this.tx = new TableEditors(this, version) as unknown as Tx;
  }

  assertOpen(): void {
    if (this.#closed) {
      throw new StoreError('ERR_TX_CLOSED', 'this transaction has ended; use the Tx inside its callback only', {});
    }
  }

  close(): void {
    this.#closed = true;
  }
}

class TableEditors extends TableSet<TableEditor<Kind>> {
  readonly #scope: TxScope;

  constructor(scope: TxScope, version: Version | undefined) {
    super(version);
    this.#scope = scope;
  }

  override make(kind: Kind): TableEditor<Kind> {
    return new TableEditor(this.#scope, this.#scope.changes.table(kind));
  }
}

class TableEditor<K extends Kind> implements WriteTable<K> {
  readonly #scope: TxScope;
  readonly #table: StoreTable<K>;
  readonly #writer: TableWriter<K>;

  constructor(scope: TxScope, table: StoreTable<K>) {
    this.#scope = scope;
    this.#table = table;
    this.#writer = scope.changes.writer(table.kind);
  }

  get(id: string): Kinds[K] | undefined {
    this.#scope.assertOpen();
    return timedLookup(this.#table.rows.head, id);
  }

  find(by: By<K>): readonly Kinds[K][] {
    this.#scope.assertOpen();
    return findRows(this.#table, this.#table.rows.head, finderOf(by, this.#table.kind));
  }

  count(by: By<K>): number {
    this.#scope.assertOpen();
    return countRows(this.#table, this.#table.rows.head, finderOf(by, this.#table.kind));
  }

  iterate(by: By<K>): IterableIterator<Kinds[K], undefined>;
  iterate(by: By<K>, options: IterateOptions): AsyncIterableIterator<Kinds[K], undefined>;
  iterate(
    by: By<K>,
    options?: IterateOptions,
  ): IterableIterator<Kinds[K], undefined> | AsyncIterableIterator<Kinds[K], undefined> {
    if (options !== undefined) {
      throw new StoreError(
        'ERR_ASYNC_CALLBACK',
        'a write transaction is synchronous: iterate without options, or in a view',
        {},
      );
    }
    // The array is the state at the call, whatever the transaction changes while it is walked.
    return this.#walk(this.find(by));
  }

  create(input: KindInputs[K]): Kinds[K] {
    this.#scope.assertOpen();
    const object = this.#table.codec.from(input);
    this.#requireId(object);
    this.#scope.transaction.willChange();
    return this.#writer.create(object);
  }

  update(input: KindInputs[K]): Kinds[K] {
    this.#scope.assertOpen();
    const id: unknown = (input as { readonly id?: unknown } | undefined)?.id;
    const stored = typeof id === 'string' ? this.#table.rows.head.get(id) : undefined;
    const object = this.#table.codec.from(input, stored);
    this.#requireId(object);
    this.#scope.transaction.willChange();
    return this.#writer.update(object, this.#table.rows.head.get(object.id), false);
  }

  modify(id: string, recipe: (draft: KindDrafts[K]) => SynchronousResult): Kinds[K] {
    this.#scope.assertOpen();
    this.#writer.checkUpdate(id);
    const stored = this.#table.rows.head.get(id);
    if (stored === undefined) throw this.#writer.missing(id);
    const object = runRecipe(this.#table, stored, recipe);
    if (object === stored) return stored;
    this.#scope.transaction.willChange();
    // Looked up again: a recipe may have used the transaction.
    return this.#writer.update(object, this.#table.rows.head.get(id), true);
  }

  delete(id: string): void {
    this.#scope.assertOpen();
    this.#scope.transaction.willChange();
    this.#writer.delete(id);
  }

  *#walk(objects: readonly Kinds[K][]): IterableIterator<Kinds[K], undefined> {
    for (const object of objects) {
      this.#scope.assertOpen();
      yield object;
    }
  }

  #requireId(object: Kinds[K]): void {
    if (object.id !== '') return;
    throw new StoreError('ERR_INVALID_OBJECT', `the ${this.#table.kind} has no id; give it one, for example newId()`, {
      messageType: this.#table.codec.typeName,
      path: ['id'],
    });
  }
}
