/** A state of a table: the newest one, or that of a snapshot. Results are frozen and never change afterwards. */
export interface TableReader<Row> {
  /** The number of rows. O(1). */
  readonly size: number;
  /** O(1); on a snapshot O(versions of the row that are retained and newer). */
  get(id: string): Row | undefined;
  /**
   * All rows in the order of their ids. Possibly the same array as before when nothing changed. O(rows), the first time
   * O(rows log rows).
   */
  all(): readonly Row[];
  /**
   * The rows with exactly that key in index number `index`, in the order of their ids. Possibly the same array as
   * before. O(result), and O(k log result) when k rows came or went since the last find of this key.
   */
  find(index: number, key: string): readonly Row[];
  /** The length of what `find` gives. O(1) on the newest state, O(result) on a snapshot. */
  count(index: number, key: string): number;
  /**
   * The rows with a key that starts with the prefix, in the order of key and id, each row once (in its first place).
   * `index` is a position in the list of declared indexes, or `ID_INDEX` for the id itself. O(log keys + result), the
   * first time O(keys log keys).
   */
  prefix(index: number, prefix: string): readonly Row[];
  /**
   * The length of what `prefix` gives. O(log keys + result), or fewer where no row has two keys: O(log keys + keys of
   * the prefix).
   */
  countPrefix(index: number, prefix: string): number;
  /**
   * The rows of `prefix` one by one, without the array. On a snapshot the walk stays exact while writers commit between
   * its steps; on the newest state a write ends it with an assertion error.
   */
  scan(index: number, prefix: string): IterableIterator<Row>;
  /**
   * Gets what `scan` and `prefix` walk on ready, in steps of a few milliseconds between which writes may happen;
   * without it the first walk does that at once. O(keys log keys) the first time, then nothing.
   */
  prepareScan(index: number): Iterable<void>;
}
