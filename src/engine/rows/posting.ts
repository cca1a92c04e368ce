import { GAP } from '../index/gap.ts';
import type { Gap } from '../index/gap.ts';
import type { CompareRows, RowNumber } from './row-number.ts';

/** The postings of one key in the head: the row number of the only one, or a bucket. */
export type PostingList = RowNumber | Bucket;

/** The index that made a retained posting. */
export interface PostingOwner {
  /** Removes a posting of a retained version. */
  uncover(posting: RetainedPosting): void;
}

/** The retained version that a posting leads to. */
export interface PostedVersion {
  readonly rowNumber: RowNumber;
  readonly postings: RetainedPosting | undefined;
  /** True when a snapshot of version `snapshot` sees this version of the row. */
  isSeenAt(snapshot: number): boolean;
}

/**
 * An entry in `bucket.departed`: a retained version of a row has the bucket's key. The row itself may have lost that
 * key.
 */
export class RetainedPosting {
  readonly index: PostingOwner;
  readonly bucket: Bucket;
  readonly version: PostedVersion;
  /** Its position in `bucket.departed`. */
  position = 0;
  /** The next posting of the same version. */
  readonly next: RetainedPosting | undefined;

  constructor(index: PostingOwner, bucket: Bucket, version: PostedVersion) {
    this.index = index;
    this.bucket = bucket;
    this.version = version;
    this.next = version.postings;
  }
}

/**
 * The postings of one key. An index has a bucket only for a key with several rows, or with rows that left and that an
 * open snapshot still sees. For any other key the index stores the row number alone.
 *
 * `live` is exact for the head at all times. A row is added at the end, and a row that leaves becomes a gap. So both
 * are O(1), no other row changes its position, and the part that is in order stays in order. A read closes the gaps and
 * merges the new rows: O(n + k log n) for k new rows among n, of which only O(k log n) are comparisons of ids.
 */
export class Bucket {
  readonly key: string;
  /** The row numbers that have the key in the head, and gaps. The last entry is no gap. */
  readonly live: (RowNumber | Gap)[];
  gaps = 0;
  /** `live[0 … arranged)` is in the order of the ids. */
  arranged = 0;
  /**
   * Positions in `live` of rows that have several keys in this index. The table's column of positions has room for one
   * position per row and index.
   */
  extraPositions: Map<RowNumber, number> | undefined;
  /** Retained versions that have the key and whose rows may have lost it. Undefined unless a snapshot is open. */
  departed: RetainedPosting[] | undefined;
  /** The last result of a find, see `ResultCache`. Undefined since a row was added or removed. */
  result: readonly object[] | WeakRef<readonly object[]> | undefined;
  /** The table's `changes` when `result` was last found to be current. */
  checkedAt = -1;
  /** True when the result cache has this bucket in its list. */
  listed = false;

  constructor(key: string, live: (RowNumber | Gap)[]) {
    this.key = key;
    this.live = live;
  }

  /** The number of rows. */
  get size(): number {
    return this.live.length - this.gaps;
  }

  /** True when `live` is in order and has no gaps. */
  get isArranged(): boolean {
    return this.arranged === this.live.length && this.gaps === 0;
  }

  /** True when most of `live` is gaps. Closing them now costs O(1) for each row that left. */
  get isSparse(): boolean {
    return this.gaps * 2 > this.live.length;
  }

  /** Removes the row at a position. */
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

  /** Closes the gaps and sorts `live`. Returns the first position whose row may have moved. */
  arrange(compare: CompareRows): number {
    const moved = this.gaps === 0 ? this.arranged : this.close();
    const live = this.live as RowNumber[];
    const arranged = this.arranged;
    this.arranged = live.length;
    const added = live.length - arranged;
    if (added === 0) return moved;
    if (added * 4 > live.length) {
      live.sort(compare);
      return 0;
    }
    return Math.min(moved, mergeInto(live, arranged, live.slice(arranged).sort(compare), compare));
  }

  /** Closes the gaps. Returns the first position whose row may have moved. */
  close(): number {
    const { live, arranged } = this;
    const first = live.indexOf(GAP);
    let kept = first;
    for (let i = first; i < live.length; i++) {
      if (i === arranged) this.arranged = kept;
      const entry = live[i] as RowNumber | Gap;
      if (entry !== GAP) live[kept++] = entry;
    }
    if (arranged === live.length) this.arranged = kept;
    live.length = kept;
    this.gaps = 0;
    return first;
  }
}

/**
 * Merges `added` into `live[0 … kept)`; both are in order. `live` has exactly `added.length` entries behind `kept`,
 * which are overwritten. Returns the first position whose row moved.
 */
function mergeInto(live: RowNumber[], kept: number, added: readonly RowNumber[], compare: CompareRows): number {
  let end = kept;
  for (let s = added.length - 1; s >= 0; s--) {
    const rowNumber = added[s] as RowNumber;
    let low = 0;
    let high = end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(live[middle] as RowNumber, rowNumber) < 0) low = middle + 1;
      else high = middle;
    }
    for (let i = end - 1; i >= low; i--) live[i + s + 1] = live[i] as RowNumber;
    live[low + s] = rowNumber;
    end = low;
  }
  return end;
}
