import { partOf, PARTS, samplingFor } from './key-sampling.ts';
import type { Sampling } from './key-sampling.ts';

/** The most keys in the undivided `Map`: a power of two, at which V8 would double it. */
const MOST_UNDIVIDED = 2 ** 17;
/** The keys are divided when less than 1 / DIVIDING of that room is left. */
const DIVIDING = 16;
/** The number of keys that each new key copies while they are divided: enough to copy all before the `Map` is full. */
const COPIED_PER_KEY = DIVIDING + 1;
/** The number of keys from which the sampling is chosen. */
const SAMPLE = 4096;

/** The reading side of a {@link KeyMap}. */
export interface ReadonlyKeyMap<V> {
  readonly size: number;
  get(key: string): V | undefined;
  keys(): Iterable<string>;
}

/**
 * A map of strings in which no single new key costs a long pause. V8 moves all keys of a `Map` at once when it grows:
 * docs/performance/v8.md#maps-that-grow.
 *
 * Up to {@link MOST_UNDIVIDED} keys are in one `Map`. When it is nearly full, each new key copies a few others into
 * {@link PARTS} `Map`s, which replace it when they have all keys. Each part grows on its own and moves only its own
 * keys. The keys stay divided, however many are deleted.
 *
 * The length and a few code units of a key decide its part, see {@link samplingFor}. Keys that agree in all of these
 * are in one part, which then grows as slowly as a single `Map` would. Reads of it are as fast.
 *
 * Each operation is O(1). With divided keys it takes a bit longer, because the part has to be found first; that time
 * does not grow with the length of the key. Divided keys have no order.
 */
export class KeyMap<V> implements ReadonlyKeyMap<V>, Iterable<[string, V]> {
  /** All keys, until they are divided. From then on the `Map` never changes, so running walks over it can go on. */
  #undivided: Map<string, V> | undefined = new Map();
  /** While the keys are being divided: the entries that are still to be copied. Writes go to both places meanwhile. */
  #remaining: Iterator<[string, V]> | undefined;
  #parts: readonly Map<string, V>[] = [];
  #sampling: Sampling | undefined;
  /** The number of keys in all parts, once the keys are divided. */
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

  /** Returns true when the key was there. */
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
   * Iterates over the keys. Writes may happen between the steps, and may divide the keys. A key that is there all the
   * time is met exactly once. A deleted key is not met. A key that is set meanwhile may be met or not; a key that is
   * deleted and set again may be met twice.
   */
  *keys(): Generator<string, void> {
    const undivided = this.#undivided;
    if (undivided === undefined) {
      for (const part of this.#parts) yield* part.keys();
      return;
    }
    // Once the keys are divided, this `Map` has all keys of that moment and does not change.
    for (const key of undivided.keys()) if (this.#undivided !== undefined || this.#partOf(key).has(key)) yield key;
  }

  /** Iterates over keys and values, as {@link keys} does over keys. */
  *[Symbol.iterator](): Generator<[string, V], void> {
    for (const key of this.keys()) yield [key, (this.#undivided ?? this.#partOf(key)).get(key) as V];
  }

  /** The number of keys in each `Map`. A new key makes at most one of them grow. */
  partSizes(): readonly number[] {
    return this.#undivided === undefined ? this.#parts.map((part) => part.size) : [this.#undivided.size];
  }

  /** The part of a key. There are parts from the moment when the keys begin to be divided. */
  #partOf(key: string): Map<string, V> {
    return this.#parts[partOf(key, this.#sampling as Sampling)] as Map<string, V>;
  }

  /** Copies the entry that was just set, and a few others. */
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
