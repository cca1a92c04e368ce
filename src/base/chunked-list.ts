const CHUNK_BITS = 12;
const CHUNK = 1 << CHUNK_BITS;

/**
 * A list that is appended to, in pieces of a fixed length: the longest that an append takes does not grow with the
 * list, where an array is copied whole whenever it is full.
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

  /** The value at a place below the length. */
  get(at: number): T {
    return (this.#chunks[at >>> CHUNK_BITS] as T[])[at & (CHUNK - 1)] as T;
  }

  /** Puts all values into an array that is as long as the list, a chunk in each step. */
  *copyTo(target: (T | undefined)[]): Generator<void, void> {
    for (const [position, chunk] of this.#chunks.entries()) {
      const start = position << CHUNK_BITS;
      const end = Math.min(CHUNK, this.#length - start);
      for (let at = 0; at < end; at++) target[start + at] = chunk[at];
      yield;
    }
  }

  /** Sets the value at a place below the length. */
  set(at: number, value: T): void {
    (this.#chunks[at >>> CHUNK_BITS] as T[])[at & (CHUNK - 1)] = value;
  }
}

/** All chunks but the first are filled in the end: they are not grown step by step. */
function startChunk<T>(value: T): T[] {
  const chunk = new Array<T>(CHUNK);
  chunk[0] = value;
  return chunk;
}
