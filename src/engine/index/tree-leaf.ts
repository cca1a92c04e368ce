import { GAP } from './gap.ts';

/**
 * Keys in order, each with its value or a gap. A deleted key stays until its gap is closed, so that nothing has to be
 * moved for it alone.
 */
export class Leaf<V extends number | object> {
  readonly keys: string[];
  readonly values: (V | typeof GAP)[];
  gaps = 0;

  constructor(keys: string[], values: (V | typeof GAP)[]) {
    this.keys = keys;
    this.values = values;
  }

  /** How many keys there are. */
  get size(): number {
    return this.keys.length - this.gaps;
  }

  /** Puts a key where the first one is that is not less: in the place of itself or of a gap, or between others. */
  put(at: number, key: string, value: V): void {
    const { keys, values } = this;
    if (at < keys.length && (keys[at] === key || values[at] === GAP)) this.#replace(at, key, value);
    else if (at > 0 && values[at - 1] === GAP) this.#replace(at - 1, key, value);
    else {
      keys.splice(at, 0, key);
      values.splice(at, 0, value);
    }
  }

  /** Takes a key out. */
  vacate(at: number): void {
    this.values[at] = GAP;
    this.gaps++;
  }

  /** Forgets the keys that were taken out. */
  close(): void {
    if (this.gaps === 0) return;
    const { keys, values } = this;
    let kept = 0;
    for (let i = 0; i < keys.length; i++) {
      const value = values[i] as V | typeof GAP;
      if (value === GAP) continue;
      keys[kept] = keys[i] as string;
      values[kept++] = value;
    }
    keys.length = kept;
    values.length = kept;
    this.gaps = 0;
  }

  /** Adds what is in the leaf behind. */
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
