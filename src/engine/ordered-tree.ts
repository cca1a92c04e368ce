import { sortInSteps } from './stepwise-sort.ts';
import { leadOf } from './utf8-order.ts';
import type { Utf8Order } from './utf8-order.ts';

/** Keys per leaf, at most. A leaf that is full is split in half. */
const LEAF_CAPACITY = 128;
/** A leaf and its neighbour are merged when they hold fewer keys than this together, so the number of leaves stays O(keys). */
const MERGE_BELOW = LEAF_CAPACITY / 2;
/** A tree is only worth dropping when that many keys came since the last read. */
const BULK = 4096;

class Leaf<V> {
  readonly keys: string[];
  readonly values: V[];

  constructor(keys: string[], values: V[]) {
    this.keys = keys;
    this.values = values;
  }
}

/**
 * The keys of a `Map` in UTF-8 order: a B+tree of two levels, whose root is one flat list of leaves.
 *
 * It is built at the first read, O(n log n), and kept up to date from then on: O(log n) comparisons and a move of at most
 * {@link LEAF_CAPACITY} pointers per new or removed key; a split, at most once per 64 new keys, moves the list of leaves too.
 * When the tree more than doubles without being read (a bulk load), it is dropped and built again at the next read, which is
 * cheaper than to insert key by key.
 */
export class OrderedTree<V> {
  readonly #source: ReadonlyMap<string, V>;
  readonly #order: Utf8Order;
  #leaves: Leaf<V>[] = [];
  /** The first key of each leaf (of the first leaf any key that is not greater than the second one's), side by side, so that the search through the root touches no leaf. */
  #firstKeys: string[] = [];
  /** The leads of the first keys, see {@link leadOf}: nearly all of a search through the root touches no string either. */
  #leads: number[] = [];
  #built = false;
  #insertsSinceRead = 0;
  #sizeAtRead = 0;
  #changes = 0;

  /** `source` is the map that has the keys; every one of them has been admitted to `order`. */
  constructor(source: ReadonlyMap<string, V>, order: Utf8Order) {
    this.#source = source;
    this.#order = order;
  }

  /** The keys that were set or deleted while the tree is being built in steps. */
  #missed: Set<string> | undefined;

  /** False until the first read, and after a bulk load. */
  get built(): boolean {
    return this.#built;
  }

  /** Grows whenever keys change places: then a position found before is void. */
  get changes(): number {
    return this.#changes;
  }

  /** Has to follow each `set` on the source. */
  set(key: string, value: V): void {
    this.#missed?.add(key);
    if (!this.#built) return;
    if (this.#leaves.length === 0) {
      this.#insertLeaf(0, new Leaf([key], [value]));
      return;
    }
    const at = this.#leafOf(key);
    const leaf = this.#leaves[at] as Leaf<V>;
    const i = this.#lowerBound(leaf.keys, key);
    if (leaf.keys[i] === key) {
      leaf.values[i] = value;
      return;
    }
    leaf.keys.splice(i, 0, key);
    leaf.values.splice(i, 0, value);
    this.#changes++;
    if (leaf.keys.length > LEAF_CAPACITY) this.#split(at, leaf, i);
    if (++this.#insertsSinceRead > BULK && this.#insertsSinceRead > this.#sizeAtRead) this.#drop();
  }

  /** Has to follow each `delete` on the source. `value` is what the key had, which few others have: looking for that touches hardly a string. */
  delete(key: string, value: V | undefined): void {
    this.#missed?.add(key);
    if (!this.#built || this.#leaves.length === 0) return;
    const at = this.#leafOf(key);
    const { keys, values } = this.#leaves[at] as Leaf<V>;
    let i = value === undefined ? -1 : values.indexOf(value);
    if (keys[i] !== key) i = this.#lowerBound(keys, key);
    if (keys[i] === key) this.#removeAt(at, i);
  }

  #removeAt(at: number, i: number): void {
    const leaf = this.#leaves[at] as Leaf<V>;
    closeGap(leaf.keys, i);
    closeGap(leaf.values, i);
    this.#changes++;
    if (leaf.keys.length === 0) this.#removeLeaf(at);
    else {
      // The old one would separate the leaves as well, but it can be a megabyte long.
      if (i === 0) this.#setFirstKey(at, leaf.keys[0] as string);
      if (leaf.keys.length < MERGE_BELOW / 2) this.#merge(at, leaf);
    }
  }

  /** The keys that start with `prefix`, in order. */
  cursor(prefix: string): OrderedCursor<V> {
    this.read();
    return new OrderedCursor(this, prefix);
  }

  /** Builds the tree if it is not there. */
  read(): void {
    if (!this.#built) this.#build();
    if (this.#insertsSinceRead > 0) {
      this.#insertsSinceRead = 0;
      this.#sizeAtRead = this.#source.size;
    }
  }

  /**
   * Builds the tree, if it is not there, in steps of a few milliseconds: writes may happen between them. A read in between builds the tree at once, and the steps
   * end.
   */
  *buildInSteps(): Generator<void, void> {
    while (!this.#built) {
      // Somebody else may be building it already; they may also give up.
      if (this.#missed === undefined) yield* this.#sortAndBuild();
      else yield;
    }
  }

  *#sortAndBuild(): Generator<void, void> {
    const missed = (this.#missed = new Set<string>());
    try {
      const parts = yield* sortInSteps(
        this.#source.keys(),
        this.#source.size,
        (a, b) => this.#order.compare(a, b),
        (texts) => {
          this.#order.sort(texts);
        },
      );
      for (const part of parts) {
        // A read has built the tree at once meanwhile.
        if (this.#missed !== missed) return;
        this.#appendLeaves(part);
        yield;
      }
      if (this.#missed !== missed) return;
      this.#finishBuilding();
    } finally {
      if (this.#missed === missed) {
        this.#missed = undefined;
        // Given up halfway.
        if (!this.#built) this.#drop();
      }
    }
    for (const key of missed) {
      const value = this.#source.get(key);
      if (value === undefined) this.delete(key, undefined);
      else this.set(key, value);
    }
  }

  /** The leaf in which `key` is, or would be. */
  findLeaf(key: string): number {
    return this.#leafOf(key);
  }

  /** The keys of a leaf; `undefined` behind the last one. */
  leafKeys(leaf: number): readonly string[] | undefined {
    return this.#leaves[leaf]?.keys;
  }

  /** The number of leaves, after building the tree if it is not there. */
  countLeaves(): number {
    this.read();
    return this.#leaves.length;
  }

  leafValues(leaf: number): readonly V[] {
    return (this.#leaves[leaf] as Leaf<V>).values;
  }

  /** Where in the keys of a leaf the first one is that is not less than `key`. */
  findKey(keys: readonly string[], key: string): number {
    return this.#lowerBound(keys, key);
  }

  #build(): void {
    // Steps that have begun are void.
    this.#missed = undefined;
    this.#drop();
    const keys = [...this.#source.keys()];
    this.#order.sort(keys);
    this.#appendLeaves(keys);
    this.#finishBuilding();
  }

  /** Appends keys that are in order, and behind all others; those that have gone meanwhile are left out. */
  #appendLeaves(keys: readonly string[]): void {
    const fill = (LEAF_CAPACITY / 4) * 3;
    for (let start = 0; start < keys.length; start += fill) {
      const slice = keys.slice(start, start + fill).filter((key) => this.#source.has(key));
      if (slice.length === 0) continue;
      const values = slice.map((key) => this.#source.get(key) as V);
      this.#firstKeys.push(slice[0] as string);
      this.#leads.push(leadOf(slice[0] as string));
      this.#leaves.push(new Leaf(slice, values));
    }
  }

  #finishBuilding(): void {
    this.#built = true;
    this.#insertsSinceRead = 0;
    this.#sizeAtRead = this.#source.size;
    this.#changes++;
  }

  #drop(): void {
    this.#leaves = [];
    this.#firstKeys = [];
    this.#leads = [];
    this.#built = false;
  }

  #leafOf(key: string): number {
    const compare = this.#order.compare;
    const firstKeys = this.#firstKeys;
    const leads = this.#leads;
    const lead = leadOf(key);
    let low = 0;
    let high = leads.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = leads[middle] as number;
      if (other < lead || (other === lead && compare(firstKeys[middle] as string, key) <= 0)) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : low - 1;
  }

  #lowerBound(keys: readonly string[], key: string): number {
    const compare = this.#order.compare;
    let low = 0;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(keys[middle] as string, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #split(at: number, leaf: Leaf<V>, inserted: number): void {
    // Keys that come in ascending order leave full leaves behind instead of half empty ones.
    const ascending = inserted === leaf.keys.length - 1 && at === this.#leaves.length - 1;
    const middle = ascending ? inserted : leaf.keys.length >>> 1;
    this.#insertLeaf(at + 1, new Leaf(leaf.keys.splice(middle), leaf.values.splice(middle)));
  }

  #merge(at: number, leaf: Leaf<V>): void {
    const next = this.#leaves[at + 1];
    const previous = this.#leaves[at - 1];
    if (next !== undefined && leaf.keys.length + next.keys.length < MERGE_BELOW) {
      append(leaf, next);
      this.#removeLeaf(at + 1);
    } else if (previous !== undefined && leaf.keys.length + previous.keys.length < MERGE_BELOW) {
      append(previous, leaf);
      this.#removeLeaf(at);
    }
  }

  #insertLeaf(at: number, leaf: Leaf<V>): void {
    this.#leaves.splice(at, 0, leaf);
    this.#firstKeys.splice(at, 0, leaf.keys[0] as string);
    this.#leads.splice(at, 0, leadOf(leaf.keys[0] as string));
    this.#changes++;
  }

  #removeLeaf(at: number): void {
    this.#leaves.splice(at, 1);
    this.#firstKeys.splice(at, 1);
    this.#leads.splice(at, 1);
  }

  #setFirstKey(at: number, key: string): void {
    this.#firstKeys[at] = key;
    this.#leads[at] = leadOf(key);
  }
}

/** `splice(at, 1)` for a short list, in a third of the time. */
function closeGap(list: unknown[], at: number): void {
  for (let i = at + 1; i < list.length; i++) list[i - 1] = list[i];
  list.pop();
}

function append<V>(target: Leaf<V>, source: Leaf<V>): void {
  for (let i = 0; i < source.keys.length; i++) {
    target.keys.push(source.keys[i] as string);
    target.values.push(source.values[i] as V);
  }
}

/**
 * A walk over the keys that start with a prefix. The tree may change between two steps: the walk goes on behind the key it
 * stood on, so it meets every key that is in the tree all the time, once. A step is O(1), after a change O(log n).
 */
export class OrderedCursor<V> {
  readonly #tree: OrderedTree<V>;
  readonly #prefix: string;
  #changes = -1;
  #started = false;
  #key = '';
  #leaf = 0;
  #keys: readonly string[] | undefined;
  #values: readonly V[] = [];
  /** The position in the leaf of the key the walk stands on, and where in this leaf the prefix ends. */
  #at = -1;
  #end = 0;

  constructor(tree: OrderedTree<V>, prefix: string) {
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
    while (this.#at >= this.#end) {
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
