import { GAP } from './gap.ts';
import type { Gap } from './gap.ts';
import type { ReadonlyKeyMap } from './key-map.ts';
import { OrderedCursor } from './ordered-cursor.ts';
import type { WalkedTree } from './ordered-cursor.ts';
import { sortInSteps } from './stepwise-sort.ts';
import { Leaf } from './tree-leaf.ts';
import { leadOf } from '../../base/text/utf8-order.ts';
import type { Utf8Order } from '../../base/text/utf8-order.ts';

/** The most keys and gaps in a leaf. A leaf that is full of keys is split in half. */
const LEAF_CAPACITY = 128;
/** A leaf and its neighbour are merged when they have fewer keys than this together. So the leaves stay O(keys). */
const MERGE_BELOW = LEAF_CAPACITY / 2;
/** The most gaps in a leaf: that many deletes cost one move of the other keys. */
const MOST_GAPS = 16;
/** A longer key that is deleted is removed at once, so that its gap does not keep it in memory. */
const LONGEST_GAP = 256;
/** The tree is dropped only if at least that many keys were added since the last read. */
const BULK = 4096;

/**
 * The keys of a map in UTF-8 order: a B+tree of two levels, whose root is one flat list of leaves.
 *
 * The first read builds it: O(n log n). From then on each write updates it. A new key costs O(log n) comparisons and a
 * move of at most {@link LEAF_CAPACITY} pointers; deletes cost such a move once per {@link MOST_GAPS}. A split happens
 * at most once per 64 new keys and moves the list of leaves too.
 *
 * When the tree more than doubles without being read (a bulk load), it is dropped. The next read builds it again, which
 * is cheaper than adding each key.
 */
export class OrderedTree<V extends number | object> implements WalkedTree<V> {
  readonly #source: ReadonlyKeyMap<V>;
  readonly #order: Utf8Order;
  #leaves: Leaf<V>[] = [];
  /**
   * For each leaf a key that is not greater than its keys. For all but the first leaf, it is also greater than the keys
   * of the leaf before. The search through the root reads this array and no leaf.
   */
  #firstKeys: string[] = [];
  /** The leads of the first keys, see {@link leadOf}. With them, a search through the root reads hardly any string. */
  #leads: number[] = [];
  #built = false;
  #insertsSinceRead = 0;
  #sizeAtRead = 0;
  #changes = 0;

  /** `source` is the map of the keys. Each key must have been admitted to `order`. No value is a negative number. */
  constructor(source: ReadonlyKeyMap<V>, order: Utf8Order) {
    this.#source = source;
    this.#order = order;
  }

  /** The keys that were set or deleted since the tree began to be built in steps. */
  #missed: Set<string> | undefined;

  /** False before the first read, and after a bulk load. */
  get built(): boolean {
    return this.#built;
  }

  get changes(): number {
    return this.#changes;
  }

  /** Must be called after each `set` on the source. */
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
    const known = leaf.keys[i] === key && leaf.values[i] !== GAP;
    leaf.put(i, key, value);
    if (known) return;
    this.#changes++;
    if (leaf.keys.length > LEAF_CAPACITY) this.#makeRoom(at, leaf, i);
    if (++this.#insertsSinceRead > BULK && this.#insertsSinceRead > this.#sizeAtRead) this.#drop();
  }

  /**
   * Must be called after each `delete` on the source. `value` is the value that the key had. Searching for the value
   * reads no string, where a search for the key would.
   */
  delete(key: string, value: V | undefined): void {
    this.#missed?.add(key);
    if (!this.#built || this.#leaves.length === 0) return;
    const at = this.#leafOf(key);
    const leaf = this.#leaves[at] as Leaf<V>;
    const { keys, values } = leaf;
    let i = value === undefined ? -1 : values.indexOf(value);
    if (i < 0 || keys[i] !== key) i = this.#lowerBound(keys, key);
    if (keys[i] !== key || values[i] === GAP) return;
    leaf.vacate(i);
    this.#changes++;
    if (leaf.size === 0) this.#removeLeaf(at);
    else if (leaf.gaps > MOST_GAPS || leaf.size < MERGE_BELOW / 2 || key.length > LONGEST_GAP) {
      this.#close(at, leaf);
      if (leaf.size < MERGE_BELOW / 2) this.#merge(at, leaf);
    }
  }

  /** Walks over the keys that start with `prefix`, in order. */
  cursor(prefix: string): OrderedCursor<V> {
    this.read();
    return new OrderedCursor(this, prefix);
  }

  read(): void {
    if (!this.#built) this.#build();
    if (this.#insertsSinceRead > 0) {
      this.#insertsSinceRead = 0;
      this.#sizeAtRead = this.#source.size;
    }
  }

  /**
   * Builds the tree, unless it is built, in steps of a few milliseconds. Writes may happen between the steps. A read
   * between two steps builds the tree at once and ends the steps.
   */
  *buildInSteps(): Generator<void, void> {
    while (!this.#built) {
      // Another caller may be building it. That one may also stop halfway, and this one then takes over.
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
        // A read between two steps has built the tree.
        if (this.#missed !== missed) return;
        // Keys that were written meanwhile are added at the end. One that was deleted and set again is here twice.
        this.#appendLeaves(missed.size === 0 ? part : part.filter((key) => !missed.has(key)));
        yield;
      }
      if (this.#missed !== missed) return;
      this.#finishBuilding();
    } finally {
      if (this.#missed === missed) {
        this.#missed = undefined;
        // The caller stopped halfway.
        if (!this.#built) this.#drop();
      }
    }
    for (const key of missed) {
      const value = this.#source.get(key);
      if (value === undefined) this.delete(key, undefined);
      else this.set(key, value);
    }
  }

  findLeaf(key: string): number {
    return this.#leafOf(key);
  }

  leafKeys(leaf: number): readonly string[] | undefined {
    return this.#leaves[leaf]?.keys;
  }

  /** The number of leaves. Builds the tree unless it is built. */
  countLeaves(): number {
    this.read();
    return this.#leaves.length;
  }

  leafValues(leaf: number): readonly (V | Gap)[] {
    return (this.#leaves[leaf] as Leaf<V>).values;
  }

  findKey(keys: readonly string[], key: string): number {
    return this.#lowerBound(keys, key);
  }

  #build(): void {
    // Ends steps that have begun.
    this.#missed = undefined;
    this.#drop();
    const keys = [...this.#source.keys()];
    this.#order.sort(keys);
    this.#appendLeaves(keys);
    this.#finishBuilding();
  }

  /** Appends ordered keys that come after all others. */
  #appendLeaves(keys: readonly string[]): void {
    const fill = (LEAF_CAPACITY / 4) * 3;
    for (let start = 0; start < keys.length; start += fill) {
      const slice = keys.slice(start, start + fill);
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

  /** Closes the gaps of a leaf that is too long, or splits it. */
  #makeRoom(at: number, leaf: Leaf<V>, inserted: number): void {
    if (leaf.gaps > 0) {
      this.#close(at, leaf);
      return;
    }
    // If keys are added in ascending order, the full leaf stays full instead of half empty.
    const ascending = inserted === leaf.keys.length - 1 && at === this.#leaves.length - 1;
    const middle = ascending ? inserted : leaf.keys.length >>> 1;
    this.#insertLeaf(at + 1, new Leaf(leaf.keys.splice(middle), leaf.values.splice(middle)));
  }

  #merge(at: number, leaf: Leaf<V>): void {
    const next = this.#leaves[at + 1];
    const previous = this.#leaves[at - 1];
    if (next !== undefined && leaf.size + next.size < MERGE_BELOW) {
      leaf.append(next);
      this.#removeLeaf(at + 1);
    } else if (previous !== undefined && leaf.size + previous.size < MERGE_BELOW) {
      previous.append(leaf);
      this.#removeLeaf(at);
    }
  }

  /** Closes the gaps of a leaf. The root no longer has a key of a gap. */
  #close(at: number, leaf: Leaf<V>): void {
    leaf.close();
    const first = leaf.keys[0] as string;
    this.#firstKeys[at] = first;
    this.#leads[at] = leadOf(first);
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
}
