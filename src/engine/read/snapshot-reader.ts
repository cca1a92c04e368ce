import { assert } from '../../base/assert.ts';
import { hasKey, ID_INDEX } from '../index/keys.ts';
import { GAP } from '../index/gap.ts';
import type { HeadReader } from './head-reader.ts';
import type { KeyIndex } from '../rows/key-index.ts';
import type { Bucket, PostedVersion, Posting } from '../rows/posting.ts';
import { OrderedReader } from './ordered-reader.ts';
import { NO_ROWS } from '../rows/result-cache.ts';
import type { RowStorage } from '../rows/row-storage.ts';
import type { SnapshotHandle } from '../rows/snapshot.ts';

/** The state of a table that a snapshot sees. As long as nothing was written since, the newest state answers. */
export class SnapshotReader<Row extends object> extends OrderedReader<Row> {
  readonly #snapshot: SnapshotHandle;
  readonly #version: number;
  readonly #head: HeadReader<Row>;

  constructor(rows: RowStorage, snapshot: SnapshotHandle, head: HeadReader<Row>) {
    super(rows);
    this.#snapshot = snapshot;
    this.#version = snapshot.version;
    this.#head = head;
  }

  get size(): number {
    return this.#snapshot.point.sizes[this.rows.ordinal] ?? 0;
  }

  get(id: string): Row | undefined {
    this.#check();
    const number = this.rows.ids.get(id);
    return number === undefined ? undefined : (this.rowAt(number) as Row | undefined);
  }

  all(): readonly Row[] {
    this.#check();
    return this.#isNewest() ? this.#head.all() : this.prefix(ID_INDEX, '');
  }

  find(index: number, key: string): readonly Row[] {
    this.#check();
    if (this.#isNewest()) return this.#head.find(index, key);
    const keyIndex = this.indexAt(index);
    const posting = keyIndex.postings.get(key);
    if (posting === undefined) return NO_ROWS;
    if (this.#isCurrent(posting)) return this.#head.find(index, key);
    const numbers = this.numbersOf(keyIndex, key, posting);
    return numbers.length === 0 ? NO_ROWS : Object.freeze(numbers.map((number) => this.rowAt(number) as Row));
  }

  count(index: number, key: string): number {
    this.#check();
    if (this.#isNewest()) return this.#head.count(index, key);
    const keyIndex = this.indexAt(index);
    const posting = keyIndex.postings.get(key);
    return posting === undefined ? 0 : this.countOf(keyIndex, key, posting);
  }

  rowAt(number: number): object | undefined {
    const { columns, head, chains } = this.rows;
    const seen = this.#version;
    if (columns.version(number) <= seen) return head[number];
    let version = chains.get(number);
    while (version !== undefined && version.version > seen) version = version.older;
    return version?.row;
  }

  numbersOf(index: KeyIndex, key: string, posting: Posting): readonly number[] {
    if (typeof posting === 'number') return this.#holds(index, key, posting) ? [posting] : [];
    if (!posting.isArranged) index.arrange(posting, this.rows.compareNumbers);
    const numbers: number[] = [];
    for (const number of posting.live) if (this.#holds(index, key, number)) numbers.push(number);
    if (posting.departed === undefined) return numbers;
    const inOrder = numbers.length;
    for (const { version } of posting.departed)
      if (this.#hasLeft(index, posting, version)) numbers.push(version.number);
    return numbers.length === inOrder ? numbers : numbers.sort(this.rows.compareNumbers);
  }

  countOf(index: KeyIndex, key: string, posting: Posting): number {
    if (typeof posting === 'number') return this.#holds(index, key, posting) ? 1 : 0;
    let count = 0;
    for (const number of posting.live) if (number !== GAP && this.#holds(index, key, number)) count++;
    if (posting.departed !== undefined)
      for (const { version } of posting.departed) if (this.#hasLeft(index, posting, version)) count++;
    return count;
  }

  checkWalk(_changes: number): void {
    this.#check();
  }

  #check(): void {
    assert(!this.#snapshot.closed, 'the snapshot is closed');
  }

  /** Nothing was written to the table since the snapshot. */
  #isNewest(): boolean {
    return this.rows.lastWriter <= this.#version;
  }

  /** No row came to this key, left it or changed since the snapshot. */
  #isCurrent(posting: Posting): boolean {
    const { columns } = this.rows;
    const seen = this.#version;
    if (typeof posting === 'number') return columns.version(posting) <= seen;
    if (posting.departed !== undefined) return false;
    for (const number of posting.live) if (number !== GAP && columns.version(number) > seen) return false;
    return true;
  }

  /** Whether a row that has the key in the newest state has it in this one. */
  #holds(index: KeyIndex, key: string, number: number): boolean {
    if (this.rows.columns.version(number) <= this.#version) return true;
    const row = this.rowAt(number);
    if (row === undefined) return false;
    const { unchanged, keys } = index.declaration;
    return unchanged(row, this.rows.head[number] as object) || hasKey(keys(row), key);
  }

  /**
   * Whether this state sees a retained version that has the bucket's key, and the row is not among the live ones, which
   * are looked at anyway.
   */
  #hasLeft(index: KeyIndex, bucket: Bucket, version: PostedVersion): boolean {
    return version.isSeenAt(this.#version) && !index.isLive(bucket, version.number);
  }
}
