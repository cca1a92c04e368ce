import { uncountedMemory } from '../../base/uncounted-memory.ts';

const CHUNK_BITS = 10;
/** Rows in a piece. */
const CHUNK = 1 << CHUNK_BITS;
const FIRST_CAPACITY = 16;

/**
 * The numbers that a table keeps for each row: the transaction that wrote it, and one for each index. They are in
 * pieces of a fixed length, to which more are added as rows come. Nothing is copied, however many rows there are.
 *
 * The pieces are shared memory, though no thread shares it: V8 does not count that. Of any other typed arrays it does,
 * and when there are 64 MB more than after its last collection, it begins one, however far from its limit the heap is;
 * a million rows are reason enough. Marking some gigabytes takes seconds, and at worst an end of it that nobody can
 * foresee.
 */
export class RowColumns {
  readonly #indexes: number;
  readonly #versions: Float64Array[] = [];
  readonly #positions: Int32Array[] = [];
  #capacity = 0;

  /** For a table with so many indexes. */
  constructor(indexes: number) {
    this.#indexes = indexes;
  }

  /** Makes room for the row behind those that there is room for, or for one before. The numbers of new rows are 0. */
  reach(row: number): void {
    if (row < this.#capacity) return;
    if (row >= CHUNK) {
      this.#versions.push(new Float64Array(uncountedMemory(CHUNK * Float64Array.BYTES_PER_ELEMENT)));
      this.#positions.push(new Int32Array(uncountedMemory(CHUNK * this.#indexes * Int32Array.BYTES_PER_ELEMENT)));
      this.#capacity += CHUNK;
      return;
    }
    // The first piece becomes as long as the others step by step: most tables are small.
    this.#capacity = Math.max(FIRST_CAPACITY, row * 2);
    const versions = new Float64Array(this.#capacity);
    const positions = new Int32Array(this.#capacity * this.#indexes);
    if (row > 0) {
      versions.set(this.#versions[0] as Float64Array);
      positions.set(this.#positions[0] as Int32Array);
    }
    this.#versions[0] = versions;
    this.#positions[0] = positions;
  }

  version(row: number): number {
    return (this.#versions[row >>> CHUNK_BITS] as Float64Array)[row & (CHUNK - 1)] as number;
  }

  setVersion(row: number, version: number): void {
    (this.#versions[row >>> CHUNK_BITS] as Float64Array)[row & (CHUNK - 1)] = version;
  }

  /** The row's number for an index. */
  position(row: number, index: number): number {
    return (this.#positions[row >>> CHUNK_BITS] as Int32Array)[(row & (CHUNK - 1)) * this.#indexes + index] as number;
  }

  setPosition(row: number, index: number, position: number): void {
    (this.#positions[row >>> CHUNK_BITS] as Int32Array)[(row & (CHUNK - 1)) * this.#indexes + index] = position;
  }
}
