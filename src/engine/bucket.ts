import type { RetainedPosting } from './row-version.ts';

/**
 * The rows of one key of an index, when there are several, or when an open snapshot still sees rows here that have left. A key
 * with a single row has no bucket: the index stores the row number itself.
 *
 * `live` is exact for the newest state at all times and in no order in particular, so a row is added (push) and removed (the
 * last one takes its place) in O(1) whatever the size. It is brought into the order of the ids when somebody reads it: the
 * bucket remembers which places are out of order, so that k changes among n rows cost O(n + k log n), and only k comparisons
 * of ids per level instead of n.
 */
export class Bucket {
  readonly key: string;
  /** The numbers of the rows that have the key in the newest state. */
  readonly live: number[];
  /** `live[0 … arranged)` is in order, but for the places in `displaced`. */
  arranged = 0;
  displaced: number[] | undefined;
  /** Positions in `live` of rows whose place in the index's position column is taken by another key. */
  extraPositions: Map<number, number> | undefined;
  /** The retained versions that have the key and whose rows may have left. Undefined unless a snapshot is open. */
  departed: RetainedPosting[] | undefined;
  /** The last result of a find, see `ResultCache`; undefined since a row was added or removed. */
  result: readonly object[] | WeakRef<readonly object[]> | undefined;
  /** The table's change count when `result` was last found to be current. */
  checkedAt = -1;
  /** Whether the result cache knows of this bucket. */
  listed = false;

  constructor(key: string, live: number[]) {
    this.key = key;
    this.live = live;
  }

  /** Notes that the row at that place is another one now. */
  displace(position: number): void {
    if (position >= this.arranged) return;
    if (this.displaced === undefined) this.displaced = [position];
    else if (this.displaced.length * 4 < this.arranged) this.displaced.push(position);
    else this.forgetArrangement();
  }

  /** Notes that the array has got shorter. */
  truncate(): void {
    if (this.arranged > this.live.length) this.arranged = this.live.length;
  }

  get isArranged(): boolean {
    return this.arranged === this.live.length && this.displaced === undefined;
  }

  /** Brings `live` into order. The positions of all rows may change. */
  arrange(compare: (a: number, b: number) => number): void {
    const live = this.live;
    const strays = this.#takeStrays();
    if (strays === undefined) live.sort(compare);
    else mergeInto(live, live.length - strays.length, strays.sort(compare), compare);
    this.arranged = live.length;
    this.displaced = undefined;
  }

  forgetArrangement(): void {
    this.arranged = 0;
    this.displaced = undefined;
  }

  /** Takes the rows that are out of order and closes the gaps, or undefined when they are so many that sorting all is cheaper. */
  #takeStrays(): number[] | undefined {
    const { live, arranged, displaced } = this;
    const tail = live.length - arranged;
    if ((tail + (displaced === undefined ? 0 : displaced.length)) * 4 > live.length) return undefined;
    const strays = live.slice(arranged);
    if (displaced === undefined) return strays;
    displaced.sort((a, b) => a - b);
    let kept = displaced[0] as number;
    let next = 0;
    for (let i = kept; i < arranged; i++) {
      if (displaced[next] === i) {
        strays.push(live[i] as number);
        while (displaced[next] === i) next++;
      } else live[kept++] = live[i] as number;
    }
    return strays;
  }
}

/** Merges `strays` into `rows[0 … kept)`, which has room for them behind; both are in order. */
function mergeInto(rows: number[], kept: number, strays: readonly number[], compare: (a: number, b: number) => number): void {
  let end = kept;
  for (let s = strays.length - 1; s >= 0; s--) {
    const stray = strays[s] as number;
    let low = 0;
    let high = end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(rows[middle] as number, stray) < 0) low = middle + 1;
      else high = middle;
    }
    for (let i = end - 1; i >= low; i--) rows[i + s + 1] = rows[i] as number;
    rows[low + s] = stray;
    end = low;
  }
}
