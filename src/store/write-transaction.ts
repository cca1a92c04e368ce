import type { Database } from '../engine/database.ts';
import { StoreError } from '../errors/store-error.ts';
import type { Kind, KindDrafts, KindInputs, Kinds } from '../wire/kinds.ts';
import { Change } from './change.ts';
import { finderOf } from './find-by.ts';
import type { By } from './find-by.ts';
import { countRows, findRows } from './find.ts';
import type { tableNames } from './kinds.ts';
import { TableSet } from './read-transaction.ts';
import type { ReadTable } from './read-transaction.ts';
import { runRecipe } from './recipe.ts';
import type { SynchronousResult } from './result-types.ts';
import type { StoreTable, StoreTables } from './store-table.ts';
import type { ChangeOrigin } from './table-rules.ts';
import type { TableWriter } from './table-writer.ts';

/** A table, as a write transaction sees it: its reads see the transaction's own changes. */
export interface WriteTable<K extends Kind> extends ReadTable<K> {
  /**
   * Stores a new object and returns it as it is stored. The input is validated and copied, never changed; objects that the store gave out are
   * shared. Throws `ERR_INVALID_OBJECT`, `ERR_NO_KIND`, `ERR_NAME_CONFLICT`, `ERR_EXIST`, checked in this order. O(size of the input).
   */
  create(input: KindInputs[K]): Kinds[K];
  /**
   * Replaces an object as a whole and returns it as it is stored. Throws `ERR_INVALID_OBJECT`, `ERR_EXTENSION_IMMUTABLE`, `ERR_NO_KIND`,
   * `ERR_NAME_CONFLICT`, `ERR_NOT_EXIST`. O(size of what differs from the stored object).
   */
  update(input: KindInputs[K]): Kinds[K];
  /**
   * Edits the stored object with a recipe and returns it as it is stored. A recipe that changes nothing, by value, writes and publishes nothing.
   * Throws `ERR_NOT_EXIST`, `ERR_INVALID_OBJECT`, `ERR_ASYNC_CALLBACK`, the errors of `update`, and what the recipe throws.
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
  /** A table by its kind, for generic code. */
  table<K extends Kind>(kind: K): WriteTable<K>;
};

/** An open write transaction: the change list, and the `Tx` that callbacks get. */
export class WriteTransaction {
  readonly change: Change;
  readonly #database: Database;
  readonly #tables: StoreTables;
  readonly #beforeChange: () => void;
  #closed = false;

  /** `beforeChange` is called ahead of every change, so that readers of the head can be pinned. */
  constructor(database: Database, tables: StoreTables, origin: ChangeOrigin, beforeChange: () => void) {
    this.#database = database;
    this.#tables = tables;
    this.#beforeChange = beforeChange;
    this.change = new Change(tables, origin);
    database.begin();
  }

  /** A `Tx` for one callback; it ends with {@link TxScope.close}. */
  scope(): TxScope {
    return new TxScope(this, this.#tables);
  }

  willChange(): void {
    this.#beforeChange();
  }

  /** Runs `work`; when it throws, nothing of it stays. */
  atomically<R>(work: () => R): R {
    const savepoint = this.#database.savepoint();
    const events = this.change.events.length;
    try {
      return work();
    } catch (error) {
      this.#database.rollbackTo(savepoint);
      this.change.events.length = events;
      throw error;
    }
  }

  commit(): void {
    this.#close();
    this.#database.commit();
  }

  rollback(): void {
    this.#close();
    this.#database.rollback();
  }

  #close(): void {
    if (this.#closed) throw new Error('the transaction has ended already');
    this.#closed = true;
  }
}

/** The part of a transaction that one callback sees. */
export class TxScope {
  readonly transaction: WriteTransaction;
  readonly tx: Tx;
  #closed = false;

  constructor(transaction: WriteTransaction, tables: StoreTables) {
    this.transaction = transaction;
    this.tx = new TableSet((kind) => new TableEditor(this, tables[kind] as StoreTable)) as unknown as Tx;
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

class TableEditor<K extends Kind> implements WriteTable<K> {
  readonly #scope: TxScope;
  readonly #table: StoreTable<K>;
  readonly #writer: TableWriter<K>;

  constructor(scope: TxScope, table: StoreTable<K>) {
    this.#scope = scope;
    this.#table = table;
    this.#writer = scope.transaction.change.writer(table.kind);
  }

  get(id: string): Kinds[K] | undefined {
    this.#scope.assertOpen();
    return this.#table.rows.head.get(id);
  }

  find(by: By<K>): readonly Kinds[K][] {
    this.#scope.assertOpen();
    return findRows(this.#table, this.#table.rows.head, finderOf(by, this.#table.kind));
  }

  count(by: By<K>): number {
    this.#scope.assertOpen();
    return countRows(this.#table, this.#table.rows.head, finderOf(by, this.#table.kind));
  }

  iterate(by: By<K>): IterableIterator<Kinds[K]> {
    // The array is the state at the call, whatever the transaction changes while it is walked.
    return this.#walk(this.find(by));
  }

  create(input: KindInputs[K]): Kinds[K] {
    this.#scope.assertOpen();
    const object = this.#table.codec.from(input);
    this.#requireId(object);
    this.#scope.transaction.willChange();
    this.#writer.create(object);
    return object;
  }

  update(input: KindInputs[K]): Kinds[K] {
    this.#scope.assertOpen();
    const id: unknown = (input as { readonly id?: unknown } | undefined)?.id;
    const stored = typeof id === 'string' ? this.#table.rows.head.get(id) : undefined;
    const object = this.#table.codec.from(input, stored);
    this.#requireId(object);
    this.#scope.transaction.willChange();
    this.#writer.update(object, this.#table.rows.head.get(object.id));
    return object;
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
    this.#writer.update(object, this.#table.rows.head.get(id));
    return object;
  }

  delete(id: string): void {
    this.#scope.assertOpen();
    this.#scope.transaction.willChange();
    this.#writer.delete(id);
  }

  *#walk(objects: readonly Kinds[K][]): IterableIterator<Kinds[K]> {
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
