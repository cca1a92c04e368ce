import { GAP } from './gap.ts';

/** The tree that a cursor walks on. */
export interface WalkedTree<V extends number | object> {
  /** Grows whenever keys change places: then a position found before is void. */
  readonly changes: number;
  /** Builds the tree if it is not there. */
  read(): void;
  /** The leaf in which `key` is, or would be. */
  findLeaf(key: string): number;
  /** The keys of a leaf, those of its gaps too; `undefined` behind the last one. */
  leafKeys(leaf: number): readonly string[] | undefined;
  /** The values of a leaf, and {@link GAP}s. */
  leafValues(leaf: number): readonly (V | typeof GAP)[];
  /** Where in the keys of a leaf the first one is that is not less than `key`. */
  findKey(keys: readonly string[], key: string): number;
}

/**
 * A walk over the keys that start with a prefix. The tree may change between two steps: the walk goes on behind the key
 * it stood on, so it meets every key that is in the tree all the time, once. A step is O(1), after a change O(log n).
 */
export class OrderedCursor<V extends number | object> {
  readonly #tree: WalkedTree<V>;
  readonly #prefix: string;
  #changes = -1;
  #started = false;
  #key = '';
  #leaf = 0;
  #keys: readonly string[] | undefined;
  #values: readonly (V | typeof GAP)[] = [];
  /** The position in the leaf of the key the walk stands on, and where in this leaf the prefix ends. */
  #at = -1;
  #end = 0;

  constructor(tree: WalkedTree<V>, prefix: string) {
    this.#tree = tree;
    this.#prefix = prefix;
  }

  /** The key the walk stands on. */
  get key(): string {
    return this.#key;
  }

  get value(): V {
    return this.#values[this.#at] as V;
  }

  /** Goes to the next key; false when there is none. */
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

  /** Finds the place anew: the first key of the prefix, or the one behind the last key given. */
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
      // Nothing of this leaf, but perhaps of the next.
      this.#end = keys === undefined ? 0 : keys.length;
      return;
    }
    this.#values = this.#tree.leafValues(leaf);
    this.#end = endOfPrefix(keys, at, this.#prefix);
  }
}

/** Where the run of keys with that prefix that starts at `from` ends; `from` itself when there is none. */
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
