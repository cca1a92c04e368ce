import { uncountedMemory } from '../../base/uncounted-memory.ts';
import type { IndexNumber } from '../index/keys.ts';
import type { RowNumber } from './row-number.ts';

const CHUNK_BITS = 10;
/** Rows per chunk. */
const CHUNK = 1 << CHUNK_BITS;
const FIRST_CAPACITY = 16;

/**
 * A table's columns of numbers: for each row the transaction that wrote it, and for each row and index a position. The
 * columns grow by chunks of one length, so no growth copies the numbers of more than one chunk.
 *
 * The chunks are memory that V8 does not count: docs/performance/v8.md#memory-outside-of-the-heap.
 */
export class RowColumns {
  readonly #indexes: number;
  readonly #versions: Float64Array[] = [];
  readonly #positions: Int32Array[] = [];
  #capacity = 0;

  /** For a table with that many indexes. */
  constructor(indexes: number) {
    this.#indexes = indexes;
  }

  /**
   * Ensures that there is room for the row. Grows by at most one chunk; `rowNumber` must not exceed the capacity. The
   * numbers of new rows are 0.
   */
  reach(rowNumber: RowNumber): void {
    if (rowNumber < this.#capacity) return;
    if (rowNumber >= CHUNK) {
      this.#versions.push(new Float64Array(uncountedMemory(CHUNK * Float64Array.BYTES_PER_ELEMENT)));
      this.#positions.push(new Int32Array(uncountedMemory(CHUNK * this.#indexes * Int32Array.BYTES_PER_ELEMENT)));
      this.#capacity += CHUNK;
      return;
    }
    // The first chunk doubles until it is as long as the others, because most tables are small.
    this.#capacity = Math.max(FIRST_CAPACITY, rowNumber * 2);
    const versions = new Float64Array(this.#capacity);
    const positions = new Int32Array(this.#capacity * this.#indexes);
    if (rowNumber > 0) {
      versions.set(this.#versions[0] as Float64Array);
      positions.set(this.#positions[0] as Int32Array);
    }
    this.#versions[0] = versions;
    this.#positions[0] = positions;
  }

  /** The number of the transaction that wrote the row. */
  version(rowNumber: RowNumber): number {
    return (this.#versions[rowNumber >>> CHUNK_BITS] as Float64Array)[rowNumber & (CHUNK - 1)] as number;
  }

  setVersion(rowNumber: RowNumber, version: number): void {
    (this.#versions[rowNumber >>> CHUNK_BITS] as Float64Array)[rowNumber & (CHUNK - 1)] = version;
  }

  /** The number that the index has stored for the row. */
  position(rowNumber: RowNumber, indexNumber: IndexNumber): number {
    const positions = this.#positions[rowNumber >>> CHUNK_BITS] as Int32Array;
    return positions[(rowNumber & (CHUNK - 1)) * this.#indexes + indexNumber] as number;
  }

  setPosition(rowNumber: RowNumber, indexNumber: IndexNumber, position: number): void {
    const positions = this.#positions[rowNumber >>> CHUNK_BITS] as Int32Array;
    positions[(rowNumber & (CHUNK - 1)) * this.#indexes + indexNumber] = position;
  }
}
