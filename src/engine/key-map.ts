import { partOf, PARTS, samplingFor } from './key-sampling.ts';
import type { Sampling } from './key-sampling.ts';

/** The most keys that are in one `Map`. One more, and they are divided: that takes some ten milliseconds, as doubling the `Map` would. */
const MOST_UNDIVIDED = 2 ** 17;

/** What is read of a {@link KeyMap}. A `Map` has it too. */
export interface ReadonlyKeyMap<V> {
  readonly size: number;
  get(key: string): V | undefined;
  has(key: string): boolean;
  keys(): Iterable<string>;
}

/**
 * A map of strings in which no single key costs a long pause. V8 rehashes a `Map` in one piece when it doubles: with half a million keys that is a tenth of a second.
 *
 * Up to {@link MOST_UNDIVIDED} keys are in one `Map`. The first key beyond makes them be divided, once, over {@link PARTS} of them; from then on
 * each doubles on its own, at different times, and has that much fewer keys to move. The keys stay divided for good, however few are left: V8 makes a `Map` that
 * empties smaller, so that costs a few kilobytes.
 *
 * A key's length and a few of its code units say which part it is in, see {@link samplingFor}. Keys that have all of these in common are in one part: that is as large, and as
 * slow to double, as a single `Map` would be, and no slower to read.
 *
 * All is O(1) as with a `Map`; divided keys cost a bit more, because finding a key's part is work before the part's memory can be asked for.
 * That does not grow with the key's length. There is no order, once the keys are divided.
 */
export class KeyMap<V> implements ReadonlyKeyMap<V>, Iterable<[string, V]> {
  /** The keys, until they are divided; it is left as it is then, for those who walk over it. */
  #undivided: Map<string, V> | undefined = new Map();
  #parts: readonly Map<string, V>[] = [];
  #sampling: Sampling | undefined;
  /** The number of keys in the parts. */
  #divided = 0;
  readonly #mostUndivided: number;

  constructor(mostUndivided: number = MOST_UNDIVIDED) {
    this.#mostUndivided = mostUndivided;
  }

  get size(): number {
    const undivided = this.#undivided;
    return undivided === undefined ? this.#divided : undivided.size;
  }

  get(key: string): V | undefined {
    const undivided = this.#undivided;
    return undivided === undefined ? this.#partOf(key).get(key) : undivided.get(key);
  }

  has(key: string): boolean {
    const undivided = this.#undivided;
    return undivided === undefined ? this.#partOf(key).has(key) : undivided.has(key);
  }

  set(key: string, value: V): void {
    const undivided = this.#undivided;
    if (undivided !== undefined) {
      if (undivided.size < this.#mostUndivided || undivided.has(key)) {
        undivided.set(key, value);
        return;
      }
      this.#divide(undivided);
    }
    const part = this.#partOf(key);
    const before = part.size;
    part.set(key, value);
    this.#divided += part.size - before;
  }

  /** Whether the key was there. */
  delete(key: string): boolean {
    const undivided = this.#undivided;
    if (undivided !== undefined) return undivided.delete(key);
    const deleted = this.#partOf(key).delete(key);
    if (deleted) this.#divided--;
    return deleted;
  }

  /**
   * The keys, one after the other. Writes may happen in between, and may divide the keys: each one that is there all along is met exactly once, none is met after it was deleted,
   * and those that come meanwhile may be met or not. One that is deleted and set again may be met again.
   */
  *keys(): Generator<string, void> {
    const undivided = this.#undivided;
    if (undivided === undefined) {
      for (const part of this.#parts) yield* part.keys();
      return;
    }
    // Once they are divided, this `Map` has all that were there then, and does not change.
    for (const key of undivided.keys()) if (this.#undivided !== undefined || this.#partOf(key).has(key)) yield key;
  }

  /** The keys with what they have, under the same terms as {@link keys}. */
  *[Symbol.iterator](): Generator<[string, V], void> {
    for (const key of this.keys()) yield [key, (this.#undivided ?? this.#partOf(key)).get(key) as V];
  }

  /** How many keys each `Map` has: a new key makes one of them rehash at most, or is the one that divides the only one. */
  partSizes(): readonly number[] {
    return this.#undivided === undefined ? this.#parts.map((part) => part.size) : [this.#undivided.size];
  }

  /** Once they are divided. */
  #partOf(key: string): Map<string, V> {
    return this.#parts[partOf(key, this.#sampling as Sampling)] as Map<string, V>;
  }

  #divide(undivided: Map<string, V>): void {
    this.#parts = Array.from({ length: PARTS }, () => new Map<string, V>());
    this.#sampling = samplingFor(undivided);
    for (const [key, value] of undivided) this.#partOf(key).set(key, value);
    this.#divided = undivided.size;
    this.#undivided = undefined;
  }
}
