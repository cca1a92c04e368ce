import { GAP } from './gap.ts';
import type { Gap } from './gap.ts';

/** The tree that a cursor walks on. */
export interface WalkedTree<V extends number | object> {
  /** Grows whenever keys move. A position that was found before is then invalid. */
  readonly changes: number;
  /** Builds the tree unless it is built. */
  read(): void;
  /** The leaf that has `key`, or that would get it. */
  findLeaf(key: string): number;
  /** The keys of a leaf, with those of its gaps. Undefined behind the last leaf. */
  leafKeys(leaf: number): readonly string[] | undefined;
  /** The values of a leaf, and its gaps. */
  leafValues(leaf: number): readonly (V | Gap)[];
  /** The position of the first key of a leaf that is not less than `key`. */
  findKey(keys: readonly string[], key: string): number;
}

/**
 * A walk over the keys that start with a prefix. The tree may change between two steps; the walk then goes on behind
 * its current key. So it meets each key that is in the tree all the time exactly once. A step is O(1), after a change
 * O(log n).
 */
export class OrderedCursor<V extends number | object> {
  readonly #tree: WalkedTree<V>;
  readonly #prefix: string;
  #changes = -1;
  #started = false;
  #key = '';
  #leaf = 0;
  #keys: readonly string[] | undefined;
  #values: readonly (V | Gap)[] = [];
  /** The position of the current key in its leaf. */
  #at = -1;
  /** The position in this leaf at which the prefix ends. */
  #end = 0;

  constructor(tree: WalkedTree<V>, prefix: string) {
    this.#tree = tree;
    this.#prefix = prefix;
  }

  /** The current key. */
  get key(): string {
    return this.#key;
  }

  /** The value of the current key. */
  get value(): V {
    return this.#values[this.#at] as V;
  }

  /** Moves to the next key. Returns false when there is none. */
  next(): boolean {
    if (this.#changes !== this.#tree.changes) this.#seek();
    else this.#at++;
    for (;;) {
      while (this.#at < this.#end && this.#values[this.#at] === GAP) this.#at++;
      if (this.#at < this.#end) break;
      if (this.#keys === undefined || this.#end < this.#keys.length) return false;
      this.#enter(this.#leaf + 1, 0);
    }
    this.#key = (this.#keys as readonly string[])[this.#at] as string;
    this.#started = true;
    return true;
  }

  /** Searches the tree for the first key of the prefix, or for the key behind the current one. */
  #seek(): void {
    this.#tree.read();
    this.#changes = this.#tree.changes;
    const from = this.#started ? this.#key : this.#prefix;
    const leaf = this.#tree.findLeaf(from);
    const keys = this.#tree.leafKeys(leaf);
    let at = keys === undefined ? 0 : this.#tree.findKey(keys, from);
    if (this.#started && keys?.[at] === from) at++;
    this.#enter(leaf, at);
  }

  #enter(leaf: number, at: number): void {
    const keys = this.#tree.leafKeys(leaf);
    this.#leaf = leaf;
    this.#keys = keys;
    this.#at = at;
    this.#end = 0;
    if (keys === undefined || at >= keys.length) {
      // This leaf has no further key, but the next one may have some.
      this.#end = keys === undefined ? 0 : keys.length;
      return;
    }
    this.#values = this.#tree.leafValues(leaf);
    this.#end = endOfPrefix(keys, at, this.#prefix);
  }
}

/** The position behind the last key with that prefix. All such keys from `from` on are adjacent; `from` if none. */
function endOfPrefix(keys: readonly string[], from: number, prefix: string): number {
  if ((keys[keys.length - 1] as string).startsWith(prefix)) return keys.length;
  let low = from;
  let high = keys.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string).startsWith(prefix)) low = middle + 1;
    else high = middle;
  }
  return low;
}
