import { GAP } from './gap.ts';
import type { ReadonlyKeyMap } from './key-map.ts';
import { OrderedCursor } from './ordered-cursor.ts';
import type { WalkedTree } from './ordered-cursor.ts';
import { sortInSteps } from './stepwise-sort.ts';
import { Leaf } from './tree-leaf.ts';
import { leadOf } from '../../base/utf8-order.ts';
import type { Utf8Order } from '../../base/utf8-order.ts';

/** Keys and gaps per leaf, at most. A leaf that is full of keys is split in half. */
const LEAF_CAPACITY = 128;
/**
 * A leaf and its neighbour are merged when they hold fewer keys than this together, so the number of leaves stays
 * O(keys).
 */
const MERGE_BELOW = LEAF_CAPACITY / 2;
/** Gaps per leaf, at most: so many keys are deleted for one move of those that stay. */
const MOST_GAPS = 16;
/** A deleted key that is longer is not kept in its gap. */
const LONGEST_GAP = 256;
/** A tree is only worth dropping when that many keys came since the last read. */
const BULK = 4096;

/**
 * The keys of a map in UTF-8 order: a B+tree of two levels, whose root is one flat list of leaves.
 *
 * It is built at the first read, O(n log n), and kept up to date from then on: O(log n) comparisons and a move of at
 * most {@link LEAF_CAPACITY} pointers per new key, and per {@link MOST_GAPS} removed ones; a split, at most once per 64
 * new keys, moves the list of leaves too. When the tree more than doubles without being read (a bulk load), it is
 * dropped and built again at the next read, which is cheaper than to insert key by key.
 */
export class OrderedTree<V extends number | object> implements WalkedTree<V> {
  readonly #source: ReadonlyKeyMap<V>;
  readonly #order: Utf8Order;
  #leaves: Leaf<V>[] = [];
  /**
   * For each leaf but the first a key that is not greater than its own, and greater than all before; side by side, so
   * that the search through the root touches no leaf.
   */
  #firstKeys: string[] = [];
  /**
   * The leads of the first keys, see {@link leadOf}: nearly all of a search through the root touches no string either.
   */
  #leads: number[] = [];
  #built = false;
  #insertsSinceRead = 0;
  #sizeAtRead = 0;
  #changes = 0;

  /**
   * `source` is the map that has the keys; every one of them has been admitted to `order`. No value is a negative
   * number.
   */
  constructor(source: ReadonlyKeyMap<V>, order: Utf8Order) {
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
    const known = leaf.keys[i] === key && leaf.values[i] !== GAP;
    leaf.put(i, key, value);
    if (known) return;
    this.#changes++;
    if (leaf.keys.length > LEAF_CAPACITY) this.#makeRoom(at, leaf, i);
    if (++this.#insertsSinceRead > BULK && this.#insertsSinceRead > this.#sizeAtRead) this.#drop();
  }

  /**
   * Has to follow each `delete` on the source. `value` is what the key had, which few others have: looking for that
   * touches hardly a string.
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
   * Builds the tree, if it is not there, in steps of a few milliseconds: writes may happen between them. A read in
   * between builds the tree at once, and the steps end.
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
        // A key that was deleted and set again is in the parts twice. Those that were written come at the end.
        this.#appendLeaves(missed.size === 0 ? part : part.filter((key) => !missed.has(key)));
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

  /** The keys of a leaf, those of its gaps too; `undefined` behind the last one. */
  leafKeys(leaf: number): readonly string[] | undefined {
    return this.#leaves[leaf]?.keys;
  }

  /** The number of leaves, after building the tree if it is not there. */
  countLeaves(): number {
    this.read();
    return this.#leaves.length;
  }

  /** The values of a leaf, and {@link GAP}s. */
  leafValues(leaf: number): readonly (V | typeof GAP)[] {
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

  /** Appends keys that are in order, and behind all others. */
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

  /** Makes a leaf that has too much in it smaller. */
  #makeRoom(at: number, leaf: Leaf<V>, inserted: number): void {
    if (leaf.gaps > 0) {
      this.#close(at, leaf);
      return;
    }
    // Keys that come in ascending order leave full leaves behind instead of half empty ones.
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

  /** Closes a leaf's gaps, and no longer holds a key of one. */
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
