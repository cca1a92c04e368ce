/** Fewer taken items than this are not worth a copy of the others. */
const FEW = 32;

/** A queue whose `shift` is O(1) on average, however long it is: that of an array moves all other items. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  /** The position of the first item; the positions before it are free. */
  #start = 0;

  get length(): number {
    return this.#items.length - this.#start;
  }

  /** The item that comes out next. */
  get first(): T | undefined {
    return this.#items[this.#start];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.first;
    if (this.length === 0) return item;
    this.#items[this.#start++] = undefined;
    if (this.#start >= FEW && this.#start * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#start);
      this.#start = 0;
    }
    return item;
  }

  /** Removes an item from any position. O(length). */
  remove(item: T): void {
    const position = this.#items.indexOf(item, this.#start);
    if (position >= 0) this.#items.splice(position, 1);
  }

  /** Removes all items, and returns them in their order. */
  takeAll(): T[] {
    const items = this.#items.slice(this.#start) as T[];
    this.#items = [];
    this.#start = 0;
    return items;
  }
}
