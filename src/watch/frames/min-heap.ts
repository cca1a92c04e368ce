/** A binary heap: the item with the smallest rank comes out first. `push` and `pop` are O(log n). */
export class MinHeap<T> {
  #items: { readonly rank: number; readonly item: T }[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** The smallest rank, or Infinity when the heap is empty. O(1). */
  get smallest(): number {
    return this.#items[0]?.rank ?? Infinity;
  }

  /** All items, in no particular order. O(n). */
  items(): T[] {
    return this.#items.map(({ item }) => item);
  }

  push(rank: number, item: T): void {
    const items = this.#items;
    const entry = { rank, item };
    let hole = items.length;
    while (hole > 0) {
      const above = (hole - 1) >> 1;
      const parent = items[above];
      if (parent === undefined || parent.rank <= rank) break;
      items[hole] = parent;
      hole = above;
    }
    items[hole] = entry;
  }

  pop(): T | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (top === undefined || last === undefined || items.length === 0) return top?.item;
    let hole = 0;
    for (;;) {
      let below = 2 * hole + 1;
      let child = items[below];
      const right = items[below + 1];
      if (child !== undefined && right !== undefined && right.rank < child.rank) {
        below += 1;
        child = right;
      }
      if (child === undefined || child.rank >= last.rank) break;
      items[hole] = child;
      hole = below;
    }
    items[hole] = last;
    return top.item;
  }

  /** Removes the items for which `keep` is false. O(n log n), by sorting: a sorted list is a heap. */
  retain(keep: (item: T) => boolean): void {
    this.#items = this.#items.filter(({ item }) => keep(item)).sort((a, b) => a.rank - b.rank);
  }
}
