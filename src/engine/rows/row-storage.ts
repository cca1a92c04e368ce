import { assert } from '../../base/assert.ts';
import { ChunkedList } from '../../base/chunked-list.ts';
import type { IndexDeclaration, IndexNumber, Keys } from '../index/keys.ts';
import { distinctKeys } from '../index/keys.ts';
import type { History } from './history.ts';
import { KeyIndex } from './key-index.ts';
import { KeyMap } from '../index/key-map.ts';
import { checkRoom, MAX_ENTRIES } from '../index/limits.ts';
import { OrderedTree } from '../index/ordered-tree.ts';
import { ResultCache } from './result-cache.ts';
import type { CachedTable } from './result-cache.ts';
import { RowColumns } from './row-columns.ts';
import type { RowNumber } from './row-number.ts';
import type { RowVersion, VersionedRows } from './row-version.ts';
import { Utf8Order } from '../../base/text/utf8-order.ts';
import type { UndoTarget, WriteLog } from './write-log.ts';

/** The version of a row number that was never written, or is free. No snapshot sees anything there. */
export const NO_VERSION = -1;
/** The version of rows that were loaded without a transaction. Every snapshot of their generation sees them. */
const LOADED = 0;

/** The number of rows whose keys are added to an index in one step. */
const INDEX_STEP = 64;
/** An index with at most that many keys has room for the keys of any row. */
const AMPLE_ENTRIES = MAX_ENTRIES / 2;

/**
 * The contents of one table: columns that are addressed by row number, and the indexes. The head is the newest state:
 * that of the open transaction, else the committed one.
 *
 * A deleted row stays as a tombstone: its id keeps the row number, and `headRows` is undefined there. The tombstone
 * goes when its transaction is committed and no version of the row is retained. Then its row number is free.
 */
export class RowStorage implements UndoTarget, VersionedRows, CachedTable {
  readonly name: string;
  /** The table's position in the database. */
  readonly tableNumber: number;
  readonly log: WriteLog;
  readonly history: History;
  readonly ids: KeyMap<RowNumber> = new KeyMap();
  readonly idTree: OrderedTree<RowNumber>;
  /** By index number. */
  readonly indexes: readonly KeyIndex[];
  readonly results: ResultCache;
  /** By row number: the row in the head; undefined for a tombstone and for a free row number. */
  headRows: (object | undefined)[] = [];
  /** By row number: the id. */
  readonly idOf: ChunkedList<string | undefined> = new ChunkedList();
  /** By row number: the transaction that wrote the row in the head. Also the positions of the {@link KeyIndex}es. */
  readonly columns: RowColumns;
  readonly chains: Map<RowNumber, RowVersion> = new Map();
  /** Row numbers to be used again. */
  readonly free: RowNumber[] = [];
  /** The number of rows in the head. */
  size = 0;
  committedSize = 0;
  /** Grows with each write and each undone write. */
  changes = 0;
  /**
   * The last transaction that wrote to this table. For a snapshot of that version or a later one, the head is exact.
   */
  lastWriter = 0;
  readonly #idOrder: Utf8Order = new Utf8Order();
  #committedWriter = 0;
  /** By row number: the loaded rows, until they become `headRows`. */
  #loading: ChunkedList<object> | undefined;
  /**
   * By index number: the keys that a row is about to lose and to get. They are built before anything is written, so an
   * index function that throws changes nothing.
   */
  readonly #oldKeys: Keys[];
  readonly #newKeys: Keys[];

  constructor(
    name: string,
    tableNumber: number,
    declarations: readonly IndexDeclaration<object>[],
    log: WriteLog,
    history: History,
  ) {
    this.name = name;
    this.tableNumber = tableNumber;
    this.log = log;
    this.history = history;
    this.idTree = new OrderedTree(this.ids, this.#idOrder);
    this.columns = new RowColumns(declarations.length);
    this.indexes = declarations.map(
      (declaration, position) => new KeyIndex(declaration, this.columns, position as IndexNumber),
    );
    this.results = new ResultCache(this);
    this.#oldKeys = declarations.map(() => undefined);
    this.#newKeys = declarations.map(() => undefined);
  }

  /** Makes an empty storage for the same table, whose rows are then loaded. */
  emptyCopy(log: WriteLog, history: History): RowStorage {
    const declarations = this.indexes.map(({ declaration }) => declaration);
    const copy = new RowStorage(this.name, this.tableNumber, declarations, log, history);
    copy.#loading = new ChunkedList();
    return copy;
  }

  /**
   * Adds or replaces a row of a storage that is being prepared, and returns its row number. Nobody reads that storage
   * yet, so the write is neither logged nor retained. Its keys are added by {@link finishLoading}.
   */
  load(id: string, row: object): RowNumber {
    const known = this.ids.get(id);
    const rowNumber = known ?? this.#allocate(id);
    if (this.#loading === undefined) {
      this.#collectKeys(this.headRows[rowNumber], row);
      this.#reindex(rowNumber, this.headRows[rowNumber]);
      this.headRows[rowNumber] = row;
    } else if (known === undefined) this.#loading.push(row);
    else this.#loading.set(rowNumber, row);
    this.columns.setVersion(rowNumber, LOADED);
    if (known === undefined) this.committedSize = ++this.size;
    this.changes++;
    return rowNumber;
  }

  /** A row of a storage that is being prepared. `position` counts the loaded ids in the order in which they came. */
  loaded(position: number): object {
    return this.#loading === undefined ? (this.headRows[position] as object) : this.#loading.get(position);
  }

  /**
   * Makes the loaded rows the head and fills the indexes, one after the other. Each step takes a fraction of a
   * millisecond.
   */
  *finishLoading(): Generator<void, void> {
    const rows = this.#loading;
    assert(rows !== undefined, 'rows are loaded once');
    const headRows = (this.headRows = new Array<object | undefined>(rows.length));
    yield;
    yield* rows.copyTo(headRows);
    for (const index of this.indexes) {
      const { name, keys } = index.declaration;
      for (let position = 0; position < rows.length; position++) {
        const added = keys(rows.get(position));
        if (index.postings.size > AMPLE_ENTRIES)
          checkRoom(index.postings.size, distinctKeys(added).length, `index '${name}' of table '${this.name}'`);
        index.change(position as RowNumber, undefined, added, undefined, undefined);
        if (position % INDEX_STEP === INDEX_STEP - 1) yield;
      }
    }
    this.#loading = undefined;
  }

  /** Adds a row. `tombstone` is the row number of a deleted row with the same id, if there is one. */
  insert(id: string, tombstone: RowNumber | undefined, row: object): void {
    this.#collectKeys(undefined, row);
    const rowNumber = tombstone ?? this.#allocate(id);
    this.#write(rowNumber, undefined, row);
    this.size++;
    this.#reindex(rowNumber, undefined);
  }

  replace(rowNumber: RowNumber, before: object, row: object): void {
    this.#collectKeys(before, row);
    this.#write(rowNumber, before, row);
    this.#reindex(rowNumber, before);
  }

  remove(rowNumber: RowNumber, before: object): void {
    this.#collectKeys(before, undefined);
    this.#write(rowNumber, before, undefined);
    this.size--;
    this.#reindex(rowNumber, before);
  }

  undo(rowNumber: RowNumber, row: object | undefined, version: number): void {
    const undone = this.headRows[rowNumber];
    this.#collectKeys(undone, row);
    this.headRows[rowNumber] = row;
    this.changes++;
    this.size += (row === undefined ? 0 : 1) - (undone === undefined ? 0 : 1);
    this.#reindex(rowNumber, undone);
    this.columns.setVersion(rowNumber, version);
    if (version === this.log.transaction) return;
    const retained = this.chains.get(rowNumber);
    if (retained?.version === version) this.history.release(retained);
    this.#freeIfGone(rowNumber);
  }

  settle(rowNumber: RowNumber): void {
    this.committedSize = this.size;
    this.#committedWriter = this.lastWriter;
    this.#freeIfGone(rowNumber);
  }

  /** Called after a rollback, when all writes of the transaction are undone. */
  rolledBack(): void {
    this.lastWriter = this.#committedWriter;
  }

  retainPast(rowNumber: RowNumber, row: object | undefined, version: number): void {
    const newest = this.chains.get(rowNumber);
    if (version === NO_VERSION || newest?.version === version || (row === undefined && newest === undefined)) return;
    const retained = this.history.retain(this, rowNumber, row, version, this.log.transaction);
    if (row === undefined) return;
    for (const index of this.indexes) index.coverMissing(retained, row, this.headRows[rowNumber]);
  }

  chainEmptied(rowNumber: RowNumber): void {
    // A rollback may bring back a row that the open transaction deleted.
    if (this.columns.version(rowNumber) !== this.log.transaction) this.#freeIfGone(rowNumber);
  }

  /** Compares rows by their ids. */
  readonly compareByIds = (a: RowNumber, b: RowNumber): number =>
    this.#idOrder.compare(this.idOf.get(a) as string, this.idOf.get(b) as string);

  #allocate(id: string): RowNumber {
    checkRoom(this.ids.size, 1, `table '${this.name}'`);
    const rowNumber = this.free.pop() ?? this.#append();
    this.idOf.set(rowNumber, id);
    this.columns.setVersion(rowNumber, NO_VERSION);
    this.ids.set(id, rowNumber);
    this.#idOrder.admit(id);
    this.idTree.set(id, rowNumber);
    return rowNumber;
  }

  #append(): RowNumber {
    const rowNumber = this.idOf.length as RowNumber;
    this.idOf.push(undefined);
    this.columns.reach(rowNumber);
    if (this.#loading !== undefined) return rowNumber;
    this.headRows.push(undefined);
    return rowNumber;
  }

  #write(rowNumber: RowNumber, before: object | undefined, row: object | undefined): void {
    const { log, history } = this;
    const version = this.columns.version(rowNumber);
    const newest = history.newest;
    log.push(this, rowNumber, before, version);
    if (
      newest !== undefined &&
      version <= newest.version &&
      version !== NO_VERSION &&
      (before !== undefined || this.chains.has(rowNumber))
    )
      history.retain(this, rowNumber, before, version, log.transaction);
    this.headRows[rowNumber] = row;
    this.columns.setVersion(rowNumber, log.transaction);
    this.lastWriter = log.transaction;
    this.changes++;
  }

  #collectKeys(before: object | undefined, after: object | undefined): void {
    const indexes = this.indexes;
    for (let i = 0; i < indexes.length; i++) {
      const index = indexes[i] as KeyIndex;
      const { keys, unchanged } = index.declaration;
      if (before !== undefined && after !== undefined && unchanged(before, after)) {
        this.#oldKeys[i] = this.#newKeys[i] = undefined;
        continue;
      }
      this.#oldKeys[i] = before === undefined ? undefined : keys(before);
      this.#newKeys[i] = after === undefined ? undefined : keys(after);
      if (index.postings.size > AMPLE_ENTRIES) this.#checkRoom(index, this.#newKeys[i]);
    }
  }

  #checkRoom(index: KeyIndex, keys: Keys): void {
    const added = distinctKeys(keys).filter((key) => !index.postings.has(key)).length;
    checkRoom(index.postings.size, added, `index '${index.declaration.name}' of table '${this.name}'`);
  }

  #reindex(rowNumber: RowNumber, before: object | undefined): void {
    const newest = this.chains.size === 0 ? undefined : this.chains.get(rowNumber);
    const indexes = this.indexes;
    for (let i = 0; i < indexes.length; i++)
      (indexes[i] as KeyIndex).change(rowNumber, this.#oldKeys[i], this.#newKeys[i], newest, before);
  }

  /** Frees the row number of a deleted row, if no snapshot sees the row. */
  #freeIfGone(rowNumber: RowNumber): void {
    if (this.headRows[rowNumber] !== undefined || this.chains.has(rowNumber)) return;
    const id = this.idOf.get(rowNumber);
    if (id === undefined) return;
    this.ids.delete(id);
    this.idTree.delete(id, rowNumber);
    this.idOf.set(rowNumber, undefined);
    this.columns.setVersion(rowNumber, NO_VERSION);
    this.free.push(rowNumber);
  }
}
