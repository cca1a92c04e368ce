import { GAP } from '../index/gap.ts';

/** The rows of a key: the number of the only one, or a bucket. */
export type Posting = number | Bucket;

/** The index that made a retained posting. */
export interface PostingOwner {
  /** Gives up a posting of a retained version. */
  uncover(posting: RetainedPosting): void;
}

/** The retained version that a posting leads to. */
export interface PostedVersion {
  readonly number: number;
  readonly postings: RetainedPosting | undefined;
  /** Whether a snapshot of that version sees this row version. */
  isSeenAt(snapshot: number): boolean;
}

/** A key that a retained version has and that its row may not have any more: an entry in `bucket.departed`. */
export class RetainedPosting {
  readonly index: PostingOwner;
  readonly bucket: Bucket;
  readonly version: PostedVersion;
  /** Its place in `bucket.departed`. */
  place = 0;
  /** The next one of the same version. */
  readonly next: RetainedPosting | undefined;

  constructor(index: PostingOwner, bucket: Bucket, version: PostedVersion) {
    this.index = index;
    this.bucket = bucket;
    this.version = version;
    this.next = version.postings;
  }
}

/**
 * The rows of one key of an index, when there are several, or when an open snapshot still sees rows here that have
 * left. A key with a single row has no bucket: the index stores the row number itself.
 *
 * `live` is exact for the newest state at all times. A row is added at the end, and one that leaves leaves a gap, so
 * that both are O(1) whatever the size, no other row's position changes, and what is in the order of the ids stays so.
 * The gaps are closed and the rows that came are merged in when somebody reads the bucket: k of them among n cost O(n +
 * k log n), and only k comparisons of ids per level instead of n.
 */
export class Bucket {
  readonly key: string;
  /** The numbers of the rows that have the key in the newest state, and gaps; the last one is no gap. */
  readonly live: number[];
  gaps = 0;
  /** `live[0 … arranged)` is in order. */
  arranged = 0;
  /** Positions in `live` of rows whose place in the column of positions is taken by another key of the same index. */
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

  /** How many rows there are. */
  get size(): number {
    return this.live.length - this.gaps;
  }

  /** Whether `live` is in order and without gaps. */
  get isArranged(): boolean {
    return this.arranged === this.live.length && this.gaps === 0;
  }

  /**
   * Whether there are so many gaps that they are closed though nobody reads: each row that left pays for one that
   * moves.
   */
  get isSparse(): boolean {
    return this.gaps * 2 > this.live.length;
  }

  /** Takes out the row at a position. */
  vacate(position: number): void {
    const live = this.live;
    if (position < live.length - 1) {
      live[position] = GAP;
      this.gaps++;
      return;
    }
    live.pop();
    while (this.gaps > 0 && live[live.length - 1] === GAP) {
      live.pop();
      this.gaps--;
    }
    if (this.arranged > live.length) this.arranged = live.length;
  }

  /** Brings `live` into order, without gaps. Gives the position from which on rows may have moved. */
  arrange(compare: (a: number, b: number) => number): number {
    const moved = this.gaps === 0 ? this.arranged : this.close();
    const { live, arranged } = this;
    this.arranged = live.length;
    const came = live.length - arranged;
    if (came === 0) return moved;
    if (came * 4 > live.length) {
      live.sort(compare);
      return 0;
    }
    return Math.min(moved, mergeInto(live, arranged, live.slice(arranged).sort(compare), compare));
  }

  /** Closes the gaps. Gives the position from which on rows may have moved. */
  close(): number {
    const { live, arranged } = this;
    const first = live.indexOf(GAP);
    let kept = first;
    for (let i = first; i < live.length; i++) {
      if (i === arranged) this.arranged = kept;
      const number = live[i] as number;
      if (number !== GAP) live[kept++] = number;
    }
    if (arranged === live.length) this.arranged = kept;
    live.length = kept;
    this.gaps = 0;
    return first;
  }
}

/**
 * Merges `came` into `rows[0 … kept)`, which has room for them behind; both are in order. Gives the position from which
 * on rows moved.
 */
function mergeInto(
  rows: number[],
  kept: number,
  came: readonly number[],
  compare: (a: number, b: number) => number,
): number {
  let end = kept;
  for (let s = came.length - 1; s >= 0; s--) {
    const row = came[s] as number;
    let low = 0;
    let high = end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(rows[middle] as number, row) < 0) low = middle + 1;
      else high = middle;
    }
    for (let i = end - 1; i >= low; i--) rows[i + s + 1] = rows[i] as number;
    rows[low + s] = row;
    end = low;
  }
  return end;
}
