import { assert } from '../../base/assert.ts';
import { ChunkedList } from '../../base/chunked-list.ts';
import type { IndexDeclaration, Keys } from '../index/keys.ts';
import { distinctKeys } from '../index/keys.ts';
import type { History } from './history.ts';
import { KeyIndex } from './key-index.ts';
import { KeyMap } from '../index/key-map.ts';
import { checkRoom, MAX_ENTRIES } from '../index/limits.ts';
import { OrderedTree } from '../index/ordered-tree.ts';
import { ResultCache } from './result-cache.ts';
import type { CachedRows } from './result-cache.ts';
import { RowColumns } from './row-columns.ts';
import type { RowVersion, VersionedRows } from './row-version.ts';
import { Utf8Order } from '../../base/utf8-order.ts';
import type { UndoTarget, WriteLog } from './write-log.ts';

/** The version of a row number that no row has. Snapshots see nothing there: it was never written. */
export const NO_VERSION = -1;
/**
 * The version of rows that no transaction wrote: they were there before the first that all snapshots of their
 * generation see.
 */
const LOADED = 0;

/** Rows whose keys are added to an index at once. */
const INDEX_STEP = 64;
/** An index with no more keys than this has room for any row. */
const AMPLE_ENTRIES = MAX_ENTRIES / 2;

/**
 * The rows of a table, in columns, with the newest state on top: what the open transaction has written, else what is
 * committed.
 *
 * A row has a small number while it exists, or while an open snapshot sees it; the columns are addressed by it, and
 * numbers that become free are used again. A deleted row stays as a tombstone (its id known, its place in `head`
 * undefined) until its transaction is committed and no retained version is left.
 */
export class RowStorage implements UndoTarget, VersionedRows, CachedRows {
  readonly name: string;
  /** The table's place in the database. */
  readonly ordinal: number;
  readonly log: WriteLog;
  readonly history: History;
  readonly ids: KeyMap<number> = new KeyMap();
  readonly idTree: OrderedTree<number>;
  readonly indexes: readonly KeyIndex[];
  readonly results: ResultCache;
  /** By row number: the newest version of the row; undefined for a tombstone and a free number. */
  head: (object | undefined)[] = [];
  /** By row number: the id. */
  readonly idOf: ChunkedList<string | undefined> = new ChunkedList();
  /** By row number: the transaction that wrote what `head` has; by row number and index, see {@link KeyIndex}. */
  readonly columns: RowColumns;
  readonly chains: Map<number, RowVersion> = new Map();
  /** Row numbers to be used again. */
  readonly free: number[] = [];
  /** The number of rows in the newest and in the committed state. */
  size = 0;
  committedSize = 0;
  /** Grows with each write and each undone write. */
  changes = 0;
  /** The last transaction that wrote here: snapshots that are not older see the newest state. */
  lastWriter = 0;
  readonly #idOrder: Utf8Order = new Utf8Order();
  #committedWriter = 0;
  /** By row number: what is loaded, until it is the head. */
  #loading: ChunkedList<object> | undefined;
  /**
   * By index: the keys that a row is about to lose and to get. They are collected first, so that an index function that
   * throws leaves everything as it is.
   */
  readonly #oldKeys: Keys[];
  readonly #newKeys: Keys[];

  constructor(
    name: string,
    ordinal: number,
    declarations: readonly IndexDeclaration<object>[],
    log: WriteLog,
    history: History,
  ) {
    this.name = name;
    this.ordinal = ordinal;
    this.log = log;
    this.history = history;
    this.idTree = new OrderedTree(this.ids, this.#idOrder);
    this.columns = new RowColumns(declarations.length);
    this.indexes = declarations.map((declaration, position) => new KeyIndex(declaration, this.columns, position));
    this.results = new ResultCache(this);
    this.#oldKeys = declarations.map(() => undefined);
    this.#newKeys = declarations.map(() => undefined);
  }

  /** An empty table of the same name, place and indexes, to be loaded. */
  emptyCopy(log: WriteLog, history: History): RowStorage {
    const declarations = this.indexes.map(({ declaration }) => declaration);
    const copy = new RowStorage(this.name, this.ordinal, declarations, log, history);
    copy.#loading = new ChunkedList();
    return copy;
  }

  /**
   * Puts a row into a table that is being prepared, which nobody reads yet: there is nothing to undo and nothing to
   * retain. Gives its number. Its keys come with {@link finishLoading}.
   */
  load(id: string, row: object): number {
    const known = this.ids.get(id);
    const number = known ?? this.#allocate(id);
    if (this.#loading === undefined) {
      this.#collectKeys(this.head[number], row);
      this.#reindex(number, this.head[number]);
      this.head[number] = row;
    } else if (known === undefined) this.#loading.push(row);
    else this.#loading.set(number, row);
    this.columns.setVersion(number, LOADED);
    if (known === undefined) this.committedSize = ++this.size;
    this.changes++;
    return number;
  }

  /** A row of a table that is being prepared. */
  loaded(number: number): object {
    return this.#loading === undefined ? (this.head[number] as object) : this.#loading.get(number);
  }

  /**
   * Makes what was loaded the head, and fills the indexes with its keys, one index after the other and in steps of a
   * fraction of a millisecond.
   */
  *finishLoading(): Generator<void, void> {
    const rows = this.#loading;
    assert(rows !== undefined, 'rows are loaded once');
    const head = (this.head = new Array<object | undefined>(rows.length));
    yield;
    yield* rows.copyTo(head);
    for (const index of this.indexes) {
      const { name, keys } = index.declaration;
      for (let number = 0; number < rows.length; number++) {
        const added = keys(rows.get(number));
        if (index.postings.size > AMPLE_ENTRIES)
          checkRoom(index.postings.size, distinctKeys(added).length, `index '${name}' of table '${this.name}'`);
        index.change(number, undefined, added, undefined, undefined);
        if (number % INDEX_STEP === INDEX_STEP - 1) yield;
      }
    }
    this.#loading = undefined;
  }

  /** Writes a row under an id that is free; `tombstone` is the number that the id still has, if any. */
  insert(id: string, tombstone: number | undefined, row: object): void {
    this.#collectKeys(undefined, row);
    const number = tombstone ?? this.#allocate(id);
    this.#write(number, undefined, row);
    this.size++;
    this.#reindex(number, undefined);
  }

  replace(number: number, before: object, row: object): void {
    this.#collectKeys(before, row);
    this.#write(number, before, row);
    this.#reindex(number, before);
  }

  remove(number: number, before: object): void {
    this.#collectKeys(before, undefined);
    this.#write(number, before, undefined);
    this.size--;
    this.#reindex(number, before);
  }

  undo(number: number, row: object | undefined, version: number): void {
    const undone = this.head[number];
    this.#collectKeys(undone, row);
    this.head[number] = row;
    this.changes++;
    this.size += (row === undefined ? 0 : 1) - (undone === undefined ? 0 : 1);
    this.#reindex(number, undone);
    this.columns.setVersion(number, version);
    if (version === this.log.transaction) return;
    const retained = this.chains.get(number);
    if (retained?.version === version) this.history.release(retained);
    this.#freeIfGone(number);
  }

  settle(number: number): void {
    this.committedSize = this.size;
    this.#committedWriter = this.lastWriter;
    this.#freeIfGone(number);
  }

  /** Is told that all writes of the transaction have been undone and that it is closed. */
  rolledBack(): void {
    this.lastWriter = this.#committedWriter;
  }

  retainPast(number: number, row: object | undefined, version: number): void {
    const newest = this.chains.get(number);
    if (version === NO_VERSION || newest?.version === version || (row === undefined && newest === undefined)) return;
    const retained = this.history.retain(this, number, row, version, this.log.transaction);
    if (row === undefined) return;
    for (const index of this.indexes) index.coverMissing(retained, row, this.head[number]);
  }

  chainEmptied(number: number): void {
    // What the open transaction deleted may still come back by a rollback.
    if (this.columns.version(number) !== this.log.transaction) this.#freeIfGone(number);
  }

  /** Compares row numbers by their ids. */
  readonly compareNumbers = (a: number, b: number): number =>
    this.#idOrder.compare(this.idOf.get(a) as string, this.idOf.get(b) as string);

  #allocate(id: string): number {
    checkRoom(this.ids.size, 1, `table '${this.name}'`);
    const number = this.free.pop() ?? this.#append();
    this.idOf.set(number, id);
    this.columns.setVersion(number, NO_VERSION);
    this.ids.set(id, number);
    this.#idOrder.admit(id);
    this.idTree.set(id, number);
    return number;
  }

  #append(): number {
    const number = this.idOf.length;
    this.idOf.push(undefined);
    this.columns.reach(number);
    if (this.#loading !== undefined) return number;
    this.head.push(undefined);
    return number;
  }

  #write(number: number, before: object | undefined, row: object | undefined): void {
    const { log, history } = this;
    const version = this.columns.version(number);
    const newest = history.newest;
    log.push(this, number, before, version);
    if (
      newest !== undefined &&
      version <= newest.version &&
      version !== NO_VERSION &&
      (before !== undefined || this.chains.has(number))
    )
      history.retain(this, number, before, version, log.transaction);
    this.head[number] = row;
    this.columns.setVersion(number, log.transaction);
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

  #reindex(number: number, before: object | undefined): void {
    const newest = this.chains.size === 0 ? undefined : this.chains.get(number);
    const indexes = this.indexes;
    for (let i = 0; i < indexes.length; i++)
      (indexes[i] as KeyIndex).change(number, this.#oldKeys[i], this.#newKeys[i], newest, before);
  }

  /** Makes the number of a deleted row free, if no snapshot sees the row any more. */
  #freeIfGone(number: number): void {
    if (this.head[number] !== undefined || this.chains.has(number)) return;
    const id = this.idOf.get(number);
    if (id === undefined) return;
    this.ids.delete(id);
    this.idTree.delete(id, number);
    this.idOf.set(number, undefined);
    this.columns.setVersion(number, NO_VERSION);
    this.free.push(number);
  }
}
