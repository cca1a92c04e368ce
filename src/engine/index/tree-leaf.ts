import { GAP } from './gap.ts';
import type { Gap } from './gap.ts';

/**
 * Ordered keys, each with its value or a gap. A deleted key stays until its gap is closed, so a delete moves nothing:
 * docs/performance/v8.md#strings-that-move.
 */
export class Leaf<V extends number | object> {
  readonly keys: string[];
  readonly values: (V | Gap)[];
  gaps = 0;

  constructor(keys: string[], values: (V | Gap)[]) {
    this.keys = keys;
    this.values = values;
  }

  /** The number of keys without gaps. */
  get size(): number {
    return this.keys.length - this.gaps;
  }

  /** Sets a key. `at` is the position of the first key that is not less. Reuses the key's own entry or a gap there. */
  put(at: number, key: string, value: V): void {
    const { keys, values } = this;
    if (at < keys.length && (keys[at] === key || values[at] === GAP)) this.#replace(at, key, value);
    else if (at > 0 && values[at - 1] === GAP) this.#replace(at - 1, key, value);
    else {
      keys.splice(at, 0, key);
      values.splice(at, 0, value);
    }
  }

  /** Makes a gap of a key. */
  vacate(at: number): void {
    this.values[at] = GAP;
    this.gaps++;
  }

  /** Closes the gaps. */
  close(): void {
    if (this.gaps === 0) return;
    const { keys, values } = this;
    let kept = 0;
    for (let i = 0; i < keys.length; i++) {
      const value = values[i] as V | Gap;
      if (value === GAP) continue;
      keys[kept] = keys[i] as string;
      values[kept++] = value;
    }
    keys.length = kept;
    values.length = kept;
    this.gaps = 0;
  }

  /** Adds the keys of the next leaf. */
  append(next: Leaf<V>): void {
    this.close();
    next.close();
    for (let i = 0; i < next.keys.length; i++) {
      this.keys.push(next.keys[i] as string);
      this.values.push(next.values[i] as V);
    }
  }

  #replace(at: number, key: string, value: V): void {
    if (this.values[at] === GAP) this.gaps--;
    this.keys[at] = key;
    this.values[at] = value;
  }
}
