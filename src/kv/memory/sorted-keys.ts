import { compareUtf8 } from '../../base/text/utf8-order.ts';

/** Chunks longer than this are halved. */
const maxChunk = 512;

/**
 * Keys in the order of their UTF-8 bytes, in chunks of limited length. Adding and deleting cost O(log keys) comparisons
 * and a move within one chunk.
 */
export class SortedKeys {
  /** No chunk is empty. */
  readonly #chunks: string[][] = [];

  add(key: string): void {
    const at = Math.min(this.#chunkOf(key), this.#chunks.length - 1);
    const chunk = this.#chunks[at];
    if (chunk === undefined) {
      this.#chunks.push([key]);
      return;
    }
    const place = placeOf(chunk, key);
    if (chunk[place] === key) return;
    chunk.splice(place, 0, key);
    // Keys mostly come in their order: then the full chunk stays as it is.
    if (chunk.length > maxChunk) {
      const isAppended = at === this.#chunks.length - 1 && place === chunk.length - 1;
      this.#chunks.splice(at + 1, 0, chunk.splice(isAppended ? maxChunk : maxChunk >>> 1));
    }
  }

  delete(key: string): void {
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at];
    if (chunk === undefined) return;
    const place = placeOf(chunk, key);
    if (chunk[place] !== key) return;
    if (chunk.length === 1) this.#chunks.splice(at, 1);
    else chunk.splice(place, 1);
  }

  /** The keys in front of `end`, the last one first; all keys without it. The keys must not change meanwhile. */
  *before(end: string | undefined): Generator<string, void> {
    let at = end === undefined ? this.#chunks.length : this.#chunkOf(end);
    const last = end === undefined ? undefined : this.#chunks[at];
    for (let place = last === undefined ? 0 : placeOf(last, end as string); last !== undefined && place > 0; place--) {
      yield last[place - 1] as string;
    }
    while (at-- > 0) {
      const chunk = this.#chunks[at] as string[];
      for (let place = chunk.length; place > 0; place--) yield chunk[place - 1] as string;
    }
  }

  /** The keys from `start` on, in order. The keys must not change meanwhile. */
  *from(start: string): Generator<string, void> {
    for (let at = this.#chunkOf(start), first = true; at < this.#chunks.length; at++, first = false) {
      const chunk = this.#chunks[at] as string[];
      for (let place = first ? placeOf(chunk, start) : 0; place < chunk.length; place++) yield chunk[place] as string;
    }
  }

  /** The position of the first chunk whose last key is not before `key`. */
  #chunkOf(key: string): number {
    let [low, high] = [0, this.#chunks.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareUtf8((this.#chunks[middle] as string[]).at(-1) as string, key) >= 0) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** The position of the first key that is not before `key`. */
function placeOf(chunk: readonly string[], key: string): number {
  let [low, high] = [0, chunk.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareUtf8(chunk[middle] as string, key) >= 0) high = middle;
    else low = middle + 1;
  }
  return low;
}
