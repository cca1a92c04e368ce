import { assert } from '../../base/assert.ts';
import { ID_INDEX } from '../index/keys.ts';
import type { IndexNumber } from '../index/keys.ts';
import type { OrderedCursor } from '../index/ordered-cursor.ts';
import type { OrderedTree } from '../index/ordered-tree.ts';
import type { KeyIndex } from '../rows/key-index.ts';
import type { PostingList } from '../rows/posting.ts';
import { NO_ROWS } from '../rows/result-cache.ts';
import type { RowNumber } from '../rows/row-number.ts';
import type { RowStorage } from '../rows/row-storage.ts';
import type { TableReader } from './table-reader.ts';

/** Walks over ordered keys, which are the same for readers of the head and of snapshots. */
export abstract class OrderedReader<Row extends object> implements TableReader<Row> {
  readonly storage: RowStorage;

  constructor(storage: RowStorage) {
    this.storage = storage;
  }

  abstract get size(): number;
  abstract get(id: string): Row | undefined;
  abstract all(): readonly Row[];
  abstract find(indexNumber: IndexNumber, key: string): readonly Row[];
  abstract count(indexNumber: IndexNumber, key: string): number;

  /** The row in this state. */
  abstract rowAt(rowNumber: RowNumber): object | undefined;
  /** The rows that have the key in this state, in the order of their ids. The array is valid until the next write. */
  abstract rowNumbersOf(index: KeyIndex, key: string, list: PostingList): readonly RowNumber[];
  /** The length of the result of {@link rowNumbersOf}. */
  abstract countOf(index: KeyIndex, key: string, list: PostingList): number;
  /**
   * Called before each step of a walk. Asserts that this state can still be read; `changes` is the table's count of
   * changes from when the walk began.
   */
  abstract checkWalk(changes: number): void;

  prefix(indexNumber: IndexNumber, prefix: string): readonly Row[] {
    this.checkWalk(this.storage.changes);
    const result: object[] = [];
    if (indexNumber === ID_INDEX) {
      for (const cursor = this.storage.idTree.cursor(prefix); cursor.next();) {
        const row = this.rowAt(cursor.value);
        if (row !== undefined) result.push(row);
      }
    } else {
      const index = this.indexAt(indexNumber);
      const seen = index.multiValued ? new Set<RowNumber>() : undefined;
      for (const cursor = this.#tree(index).cursor(prefix); cursor.next();) {
        for (const rowNumber of this.rowNumbersOf(index, cursor.key, cursor.value)) {
          if (seen === undefined || seen.size < seen.add(rowNumber).size) result.push(this.rowAt(rowNumber) as object);
        }
      }
    }
    return result.length === 0 ? NO_ROWS : (Object.freeze(result) as readonly Row[]);
  }

  countPrefix(indexNumber: IndexNumber, prefix: string): number {
    this.checkWalk(this.storage.changes);
    if (indexNumber === ID_INDEX) {
      if (prefix === '') return this.size;
      let count = 0;
      for (const cursor = this.storage.idTree.cursor(prefix); cursor.next();)
        if (this.rowAt(cursor.value) !== undefined) count++;
      return count;
    }
    const index = this.indexAt(indexNumber);
    const cursor = this.#tree(index).cursor(prefix);
    if (index.multiValued) {
      const seen = new Set<RowNumber>();
      while (cursor.next())
        for (const rowNumber of this.rowNumbersOf(index, cursor.key, cursor.value)) seen.add(rowNumber);
      return seen.size;
    }
    let count = 0;
    while (cursor.next()) count += this.countOf(index, cursor.key, cursor.value);
    return count;
  }

  scan(indexNumber: IndexNumber, prefix: string): IterableIterator<Row> {
    const { changes, idTree } = this.storage;
    this.checkWalk(changes);
    if (indexNumber === ID_INDEX) return this.#walkIds(idTree.cursor(prefix), changes);
    const index = this.indexAt(indexNumber);
    return this.#walkKeys(index, this.#tree(index).cursor(prefix), changes);
  }

  prepareScan(indexNumber: IndexNumber): Iterable<void> {
    const tree: OrderedTree<RowNumber> | OrderedTree<PostingList> =
      indexNumber === ID_INDEX ? this.storage.idTree : this.#tree(this.indexAt(indexNumber));
    return tree.buildInSteps();
  }

  indexAt(indexNumber: IndexNumber): KeyIndex {
    const index = this.storage.indexes[indexNumber];
    assert(index !== undefined, () => `table '${this.storage.name}' has no index ${indexNumber}`);
    return index;
  }

  #tree(index: KeyIndex): OrderedTree<PostingList> {
    assert(
      index.tree !== undefined,
      () => `index '${index.declaration.name}' of table '${this.storage.name}' is not ordered`,
    );
    return index.tree;
  }

  *#walkIds(cursor: OrderedCursor<RowNumber>, changes: number): IterableIterator<Row> {
    for (;;) {
      this.checkWalk(changes);
      if (!cursor.next()) return;
      const row = this.rowAt(cursor.value);
      if (row !== undefined) yield row as Row;
    }
  }

  *#walkKeys(index: KeyIndex, cursor: OrderedCursor<PostingList>, changes: number): IterableIterator<Row> {
    const seen = index.multiValued ? new Set<RowNumber>() : undefined;
    for (;;) {
      this.checkWalk(changes);
      if (!cursor.next()) return;
      for (const rowNumber of this.rowNumbersOf(index, cursor.key, cursor.value)) {
        this.checkWalk(changes);
        if (seen === undefined || seen.size < seen.add(rowNumber).size) yield this.rowAt(rowNumber) as Row;
      }
    }
  }
}
