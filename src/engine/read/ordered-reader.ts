import { assert } from '../../base/assert.ts';
import { ID_INDEX } from '../index/keys.ts';
import type { KeyIndex } from '../rows/key-index.ts';
import type { Posting } from '../rows/posting.ts';
import type { OrderedCursor } from '../index/ordered-cursor.ts';
import type { OrderedTree } from '../index/ordered-tree.ts';
import { NO_ROWS } from '../rows/result-cache.ts';
import type { RowStorage } from '../rows/row-storage.ts';
import type { TableReader } from './table-reader.ts';

/** What readers of all states have in common: the walks over ordered keys. */
export abstract class OrderedReader<Row extends object> implements TableReader<Row> {
  readonly rows: RowStorage;

  constructor(rows: RowStorage) {
    this.rows = rows;
  }

  abstract get size(): number;
  abstract get(id: string): Row | undefined;
  abstract all(): readonly Row[];
  abstract find(index: number, key: string): readonly Row[];
  abstract count(index: number, key: string): number;

  /** The row of that number in this state. */
  abstract rowAt(number: number): object | undefined;
  /** The numbers of the rows that have the key in this state, in the order of their ids. Good until the next write. */
  abstract numbersOf(index: KeyIndex, key: string, posting: Posting): readonly number[];
  /** How many those are. */
  abstract countOf(index: KeyIndex, key: string, posting: Posting): number;
  /**
   * Asserts, before each step of a walk, that this state can be read; `changes` is the table's change count when the
   * walk began.
   */
  abstract checkWalk(changes: number): void;

  prefix(index: number, prefix: string): readonly Row[] {
    this.checkWalk(this.rows.changes);
    const result: object[] = [];
    if (index === ID_INDEX) {
      for (const cursor = this.rows.idTree.cursor(prefix); cursor.next();) {
        const row = this.rowAt(cursor.value);
        if (row !== undefined) result.push(row);
      }
    } else {
      const keyIndex = this.indexAt(index);
      const seen = keyIndex.multiValued ? new Set<number>() : undefined;
      for (const cursor = this.#tree(keyIndex).cursor(prefix); cursor.next();) {
        for (const number of this.numbersOf(keyIndex, cursor.key, cursor.value)) {
          if (seen === undefined || seen.size < seen.add(number).size) result.push(this.rowAt(number) as object);
        }
      }
    }
    return result.length === 0 ? NO_ROWS : (Object.freeze(result) as readonly Row[]);
  }

  countPrefix(index: number, prefix: string): number {
    this.checkWalk(this.rows.changes);
    if (index === ID_INDEX) {
      if (prefix === '') return this.size;
      let count = 0;
      for (const cursor = this.rows.idTree.cursor(prefix); cursor.next();)
        if (this.rowAt(cursor.value) !== undefined) count++;
      return count;
    }
    const keyIndex = this.indexAt(index);
    const cursor = this.#tree(keyIndex).cursor(prefix);
    if (keyIndex.multiValued) {
      const seen = new Set<number>();
      while (cursor.next()) for (const number of this.numbersOf(keyIndex, cursor.key, cursor.value)) seen.add(number);
      return seen.size;
    }
    let count = 0;
    while (cursor.next()) count += this.countOf(keyIndex, cursor.key, cursor.value);
    return count;
  }

  scan(index: number, prefix: string): IterableIterator<Row> {
    const { changes, idTree } = this.rows;
    this.checkWalk(changes);
    if (index === ID_INDEX) return this.#walkIds(idTree.cursor(prefix), changes);
    const keyIndex = this.indexAt(index);
    return this.#walkKeys(keyIndex, this.#tree(keyIndex).cursor(prefix), changes);
  }

  prepareScan(index: number): Iterable<void> {
    const tree: OrderedTree<number> | OrderedTree<Posting> =
      index === ID_INDEX ? this.rows.idTree : this.#tree(this.indexAt(index));
    return tree.buildInSteps();
  }

  indexAt(index: number): KeyIndex {
    const keyIndex = this.rows.indexes[index];
    assert(keyIndex !== undefined, () => `table '${this.rows.name}' has no index ${index}`);
    return keyIndex;
  }

  #tree(index: KeyIndex): OrderedTree<Posting> {
    assert(
      index.tree !== undefined,
      () => `index '${index.declaration.name}' of table '${this.rows.name}' is not ordered`,
    );
    return index.tree;
  }

  *#walkIds(cursor: OrderedCursor<number>, changes: number): IterableIterator<Row> {
    for (;;) {
      this.checkWalk(changes);
      if (!cursor.next()) return;
      const row = this.rowAt(cursor.value);
      if (row !== undefined) yield row as Row;
    }
  }

  *#walkKeys(index: KeyIndex, cursor: OrderedCursor<Posting>, changes: number): IterableIterator<Row> {
    const seen = index.multiValued ? new Set<number>() : undefined;
    for (;;) {
      this.checkWalk(changes);
      if (!cursor.next()) return;
      for (const number of this.numbersOf(index, cursor.key, cursor.value)) {
        this.checkWalk(changes);
        if (seen === undefined || seen.size < seen.add(number).size) yield this.rowAt(number) as Row;
      }
    }
  }
}
