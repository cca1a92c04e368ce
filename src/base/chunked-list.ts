const CHUNK_BITS = 12;
const CHUNK = 1 << CHUNK_BITS;

/**
 * A list for appending, made of chunks of one length. The longest time of an append does not grow with the list; an
 * array would be copied whole: docs/performance/v8.md#arrays-that-grow.
 */
export class ChunkedList<T> {
  readonly #chunks: T[][] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: T): void {
    const at = this.#length++;
    if ((at & (CHUNK - 1)) === 0) this.#chunks.push(at === 0 ? [value] : startChunk(value));
    else (this.#chunks[at >>> CHUNK_BITS] as T[])[at & (CHUNK - 1)] = value;
  }

  /** The value at a position. The position must be below the length. */
  get(at: number): T {
    return (this.#chunks[at >>> CHUNK_BITS] as T[])[at & (CHUNK - 1)] as T;
  }

  /** Copies all values into an array of the list's length, one chunk per step. */
  *copyTo(target: (T | undefined)[]): Generator<void, void> {
    for (const [chunkNumber, chunk] of this.#chunks.entries()) {
      const start = chunkNumber << CHUNK_BITS;
      const end = Math.min(CHUNK, this.#length - start);
      for (let at = 0; at < end; at++) target[start + at] = chunk[at];
      yield;
    }
  }

  /** Replaces the value at a position. The position must be below the length. */
  set(at: number, value: T): void {
    (this.#chunks[at >>> CHUNK_BITS] as T[])[at & (CHUNK - 1)] = value;
  }
}

/** Allocates the whole chunk at once. The first chunk grows instead, because most lists are short. */
function startChunk<T>(value: T): T[] {
  const chunk = new Array<T>(CHUNK);
  chunk[0] = value;
  return chunk;
}
