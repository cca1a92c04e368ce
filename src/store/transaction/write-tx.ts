import { isRevoked } from '../../base/host/is-revoked.ts';
import { StoreError } from '../../errors/store-error.ts';
import { countRows, findRows } from '../../model/find/find-rows.ts';
import { unwrapBy } from '../../model/find/finder.ts';
import type { By } from '../../model/find/finder.ts';
import type { Version } from '../../wire/generated/common.ts';
import type { Kind, KindDrafts, KindInputs, Kinds } from '../../wire/generated/kinds.ts';
import type { ChangeList } from './change-list.ts';
import { editObject } from '../../model/edit.ts';
import type { StoreTable } from './store-tables.ts';
import { TableSet, timedLookup } from './table-set.ts';
import { TableWriter } from './table-writer.ts';
import type { IterateOptions, Tx, WriteTable } from './tx.ts';
import type { WriteTransaction } from './write-transaction.ts';

/** The part of a transaction that one callback sees. */
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
  /** The id of the object whose recipe runs, and the ids of those in whose recipes that recipe runs. */
  #edited: string | undefined;
  #editedOutside: readonly string[] | undefined;

  constructor(scope: TxScope, table: StoreTable<K>) {
    this.#scope = scope;
    this.#table = table;
    this.#writer = new TableWriter(table, scope.changes);
  }

  get(id: string): Kinds[K] | undefined {
    this.#scope.assertOpen();
    return timedLookup(this.#table.rows.head, id);
  }

  find(by: By<K>): readonly Kinds[K][] {
    this.#scope.assertOpen();
    return findRows(this.#table, this.#table.rows.head, unwrapBy(by, this.#table.kind));
  }

  count(by: By<K>): number {
    this.#scope.assertOpen();
    return countRows(this.#table, this.#table.rows.head, unwrapBy(by, this.#table.kind));
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
    // The array has the state at the call, also when the transaction changes objects during the walk.
    return this.#walk(this.find(by));
  }

  create(input: KindInputs[K]): Kinds[K] {
    this.#scope.assertOpen();
    const object = this.#table.codec.from(input);
    this.#requireId(object);
    if (this.#edited !== undefined) this.#refuseEdited(object.id);
    this.#scope.transaction.willChange();
    return this.#writer.create(object);
  }

  update(input: KindInputs[K]): Kinds[K] {
    this.#scope.assertOpen();
    const id: unknown = isRevoked(input) ? undefined : (input as { readonly id?: unknown } | undefined)?.id;
    const stored = typeof id === 'string' ? this.#table.rows.head.get(id) : undefined;
    const object = this.#table.codec.from(input, stored);
    this.#requireId(object);
    if (this.#edited !== undefined) this.#refuseEdited(object.id);
    this.#scope.transaction.willChange();
    return this.#writer.update(object, this.#table.rows.head.get(object.id), false);
  }

  modify(id: string, recipe: (draft: KindDrafts[K]) => KindInputs[K] | KindDrafts[K] | void): Kinds[K] {
    this.#scope.assertOpen();
    if (this.#edited !== undefined) this.#refuseEdited(id);
    this.#writer.checkUpdate(id);
    const stored = this.#table.rows.head.get(id);
    if (stored === undefined) throw this.#writer.missing(id);
    const object = this.#edit(id, stored, recipe);
    if (object === stored) return stored;
    this.#scope.transaction.willChange();
    return this.#writer.update(object, stored, true);
  }

  delete(id: string): void {
    this.#scope.assertOpen();
    if (this.#edited !== undefined) this.#refuseEdited(id);
    this.#scope.transaction.willChange();
    this.#writer.delete(id);
  }

  #edit(id: string, stored: Kinds[K], recipe: (draft: KindDrafts[K]) => unknown): Kinds[K] {
    const edited = this.#edited;
    const outside = this.#editedOutside;
    if (edited !== undefined) this.#editedOutside = [...(outside ?? []), edited];
    this.#edited = id;
    try {
      return editObject(this.#table, stored, recipe);
    } finally {
      this.#edited = edited;
      this.#editedOutside = outside;
    }
  }

  /** A write of an object from inside its own recipe would be lost: the recipe's result replaces the object. */
  #refuseEdited(id: string): void {
    if (id !== this.#edited && this.#editedOutside?.includes(id) !== true) return;
    throw new StoreError(
      'ERR_NESTED_UPDATE',
      `${this.#table.kind} ${id} is being edited: its own recipe cannot write it through the transaction; ` +
        'change the draft, or write after modify',
      {},
    );
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
