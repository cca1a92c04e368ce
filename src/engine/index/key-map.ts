import { partOf, PARTS, samplingFor } from './key-sampling.ts';
import type { Sampling } from './key-sampling.ts';

/** The most keys that are in one `Map`: a power of two, where V8 would double it. */
const MOST_UNDIVIDED = 2 ** 17;
/** The share of these, by the number of keys left, in which they are divided. */
const DIVIDING = 16;
/** How many keys are copied for each new one meanwhile: all that there are, and the new ones too, in time. */
const COPIED_PER_KEY = DIVIDING + 1;
/** So many keys tell how they are best divided. */
const SAMPLE = 4096;

/** What is read of a {@link KeyMap}. A `Map` has it too. */
export interface ReadonlyKeyMap<V> {
  readonly size: number;
  get(key: string): V | undefined;
  keys(): Iterable<string>;
}

/**
 * A map of strings in which no single key costs a long pause. V8 rehashes a `Map` in one piece when it doubles: with
 * half a million keys that is a tenth of a second.
 *
 * Up to {@link MOST_UNDIVIDED} keys are in one `Map`. When it is nearly full, each new key has a few others copied into
 * one of {@link PARTS} `Map`s; when all are there, these take over. From then on each doubles on its own, at different
 * times, and has that much fewer keys to move. The keys stay divided for good, however few are left: V8 makes a `Map`
 * that empties smaller, so that costs a few kilobytes.
 *
 * A key's length and a few of its code units say which part it is in, see {@link samplingFor}. Keys that have all of
 * these in common are in one part: that is as large, and as slow to double, as a single `Map` would be, and no slower
 * to read.
 *
 * All is O(1) as with a `Map`; divided keys cost a bit more, because finding a key's part is work before the part's
 * memory can be asked for. That does not grow with the key's length. There is no order, once the keys are divided.
 */
export class KeyMap<V> implements ReadonlyKeyMap<V>, Iterable<[string, V]> {
  /** The keys, all of them until they are divided; it is left as it is then, for those who walk over it. */
  #undivided: Map<string, V> | undefined = new Map();
  /**
   * While they are being divided: the entries that are still to be copied. What is written meanwhile is written to
   * both.
   */
  #remaining: Iterator<[string, V]> | undefined;
  #parts: readonly Map<string, V>[] = [];
  #sampling: Sampling | undefined;
  /** The number of keys in the parts, once they are divided. */
  #divided = 0;
  readonly #startAt: number;

  constructor(mostUndivided: number = MOST_UNDIVIDED) {
    this.#startAt = mostUndivided - mostUndivided / DIVIDING;
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
      undivided.set(key, value);
      if (undivided.size >= this.#startAt || this.#remaining !== undefined) this.#divide(undivided, key, value);
      return;
    }
    const part = this.#partOf(key);
    const before = part.size;
    part.set(key, value);
    this.#divided += part.size - before;
  }

  /** Whether the key was there. */
  delete(key: string): boolean {
    const undivided = this.#undivided;
    if (undivided !== undefined) {
      if (this.#remaining !== undefined) this.#partOf(key).delete(key);
      return undivided.delete(key);
    }
    const deleted = this.#partOf(key).delete(key);
    if (deleted) this.#divided--;
    return deleted;
  }

  /**
   * The keys, one after the other. Writes may happen in between, and may divide the keys: each one that is there all
   * along is met exactly once, none is met after it was deleted, and those that come meanwhile may be met or not. One
   * that is deleted and set again may be met again.
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

  /** How many keys each `Map` has: a new key makes one of them rehash at most. */
  partSizes(): readonly number[] {
    return this.#undivided === undefined ? this.#parts.map((part) => part.size) : [this.#undivided.size];
  }

  /** From when they begin to be divided. */
  #partOf(key: string): Map<string, V> {
    return this.#parts[partOf(key, this.#sampling as Sampling)] as Map<string, V>;
  }

  /** Copies some more of the entries, and the one that was just set. */
  #divide(undivided: Map<string, V>, key: string, value: V): void {
    if (this.#remaining === undefined) {
      this.#parts = Array.from({ length: PARTS }, () => new Map<string, V>());
      this.#sampling = samplingFor(firstKeys(undivided, SAMPLE));
      this.#remaining = undivided.entries();
    }
    this.#partOf(key).set(key, value);
    for (let copied = 0; copied < COPIED_PER_KEY; copied++) {
      const next = this.#remaining.next();
      if (next.done === true) {
        this.#divided = undivided.size;
        this.#remaining = undefined;
        this.#undivided = undefined;
        return;
      }
      this.#partOf(next.value[0]).set(next.value[0], next.value[1]);
    }
  }
}

function firstKeys(entries: ReadonlyMap<string, unknown>, count: number): string[] {
  const keys: string[] = [];
  for (const key of entries.keys()) if (keys.push(key) === count) break;
  return keys;
}
