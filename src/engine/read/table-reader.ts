import type { IndexNumber } from '../index/keys.ts';

/** Reads one state of a table: the head, or the state of a snapshot. Results are frozen and never change. */
export interface TableReader<Row> {
  /** The number of rows. O(1). */
  readonly size: number;
  /** O(1). On a snapshot O(retained versions of the row that are newer than the snapshot). */
  get(id: string): Row | undefined;
  /**
   * All rows in the order of their ids. May return the same array as before when nothing changed. O(rows), the first
   * time O(rows log rows).
   */
  all(): readonly Row[];
  /**
   * The rows that have exactly that key, in the order of their ids. May return the same array as before. O(result), and
   * O(k log result) when k rows were added to the key or left it since the last find.
   */
  find(indexNumber: IndexNumber, key: string): readonly Row[];
  /** The length of the result of `find`. O(1) on the head, O(result) on a snapshot. */
  count(indexNumber: IndexNumber, key: string): number;
  /**
   * The rows with a key that starts with the prefix, in the order of key and id. A row with several such keys is there
   * once, under the first of them. With `ID_INDEX` the key is the id. O(log keys + result), the first time
   * O(keys log keys).
   */
  prefix(indexNumber: IndexNumber, prefix: string): readonly Row[];
  /**
   * The length of the result of `prefix`. O(log keys + keys with the prefix) on the head while no row has two keys,
   * otherwise O(log keys + result).
   */
  countPrefix(indexNumber: IndexNumber, prefix: string): number;
  /**
   * Iterates over the rows of `prefix` without building the array. On a snapshot the walk stays exact while writers
   * commit between its steps. On the head, the first step after a write throws an assertion error.
   */
  scan(indexNumber: IndexNumber, prefix: string): IterableIterator<Row>;
  /**
   * Builds the tree that `scan` and `prefix` walk on, in steps of a few milliseconds; writes may happen between the
   * steps. Without it, the first walk builds the tree at once. O(keys log keys) the first time, then O(1).
   */
  prepareScan(indexNumber: IndexNumber): Iterable<void>;
}
