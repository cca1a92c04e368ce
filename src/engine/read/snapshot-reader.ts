import { assert } from '../../base/assert.ts';
import { ID_INDEX } from '../index/keys.ts';
import type { IndexNumber } from '../index/keys.ts';
import { GAP } from '../index/gap.ts';
import type { HeadReader } from './head-reader.ts';
import { OrderedReader } from './ordered-reader.ts';
import type { KeyIndex } from '../rows/key-index.ts';
import type { Bucket, PostedVersion, PostingList } from '../rows/posting.ts';
import { NO_ROWS } from '../rows/result-cache.ts';
import type { RowNumber } from '../rows/row-number.ts';
import type { RowStorage } from '../rows/row-storage.ts';
import type { RowVersion } from '../rows/row-version.ts';
import type { SnapshotHandle } from '../rows/snapshot.ts';

/** Reads the state of a table that a snapshot sees. The head answers while nothing was written since the snapshot. */
export class SnapshotReader<Row extends object> extends OrderedReader<Row> {
  readonly #snapshot: SnapshotHandle;
  readonly #version: number;
  readonly #head: HeadReader<Row>;

  constructor(storage: RowStorage, snapshot: SnapshotHandle, head: HeadReader<Row>) {
    super(storage);
    this.#snapshot = snapshot;
    this.#version = snapshot.version;
    this.#head = head;
  }

  get size(): number {
    return this.#snapshot.point.sizes[this.storage.tableNumber] ?? 0;
  }

  get(id: string): Row | undefined {
    this.#check();
    const rowNumber = this.storage.ids.get(id);
    return rowNumber === undefined ? undefined : (this.rowAt(rowNumber) as Row | undefined);
  }

  all(): readonly Row[] {
    this.#check();
    return this.#isHead() ? this.#head.all() : this.prefix(ID_INDEX, '');
  }

  find(indexNumber: IndexNumber, key: string): readonly Row[] {
    this.#check();
    if (this.#isHead()) return this.#head.find(indexNumber, key);
    const index = this.indexAt(indexNumber);
    const list = index.postings.get(key);
    if (list === undefined) return NO_ROWS;
    if (this.#isUnchanged(list)) return this.#head.find(indexNumber, key);
    const rowNumbers = this.rowNumbersOf(index, key, list);
    return rowNumbers.length === 0
      ? NO_ROWS
      : Object.freeze(rowNumbers.map((rowNumber) => this.rowAt(rowNumber) as Row));
  }

  count(indexNumber: IndexNumber, key: string): number {
    this.#check();
    if (this.#isHead()) return this.#head.count(indexNumber, key);
    const index = this.indexAt(indexNumber);
    const list = index.postings.get(key);
    return list === undefined ? 0 : this.countOf(index, key, list);
  }

  rowAt(rowNumber: RowNumber): object | undefined {
    const { columns, headRows } = this.storage;
    return columns.version(rowNumber) <= this.#version ? headRows[rowNumber] : this.#retained(rowNumber)?.row;
  }

  rowNumbersOf(index: KeyIndex, key: string, list: PostingList): readonly RowNumber[] {
    if (typeof list === 'number') return this.#holds(index, key, list) ? [list] : [];
    if (!list.isArranged) index.arrange(list, this.storage.compareByIds);
    const rowNumbers: RowNumber[] = [];
    for (const rowNumber of list.live as readonly RowNumber[])
      if (this.#holds(index, key, rowNumber)) rowNumbers.push(rowNumber);
    if (list.departed === undefined) return rowNumbers;
    const inOrder = rowNumbers.length;
    for (const { version } of list.departed)
      if (this.#hasLeft(index, list, version)) rowNumbers.push(version.rowNumber);
    return rowNumbers.length === inOrder ? rowNumbers : rowNumbers.sort(this.storage.compareByIds);
  }

  countOf(index: KeyIndex, key: string, list: PostingList): number {
    if (typeof list === 'number') return this.#holds(index, key, list) ? 1 : 0;
    let count = 0;
    for (const entry of list.live) if (entry !== GAP && this.#holds(index, key, entry)) count++;
    if (list.departed !== undefined)
      for (const { version } of list.departed) if (this.#hasLeft(index, list, version)) count++;
    return count;
  }

  checkWalk(_changes: number): void {
    this.#check();
  }

  #check(): void {
    assert(!this.#snapshot.closed, 'the snapshot is closed');
  }

  /** True when nothing was written to the table since the snapshot. */
  #isHead(): boolean {
    return this.storage.lastWriter <= this.#version;
  }

  /** True when no row with this key was added, changed or removed since the snapshot. */
  #isUnchanged(list: PostingList): boolean {
    const { columns } = this.storage;
    const seen = this.#version;
    if (typeof list === 'number') return columns.version(list) <= seen;
    if (list.departed !== undefined) return false;
    for (const entry of list.live) if (entry !== GAP && columns.version(entry) > seen) return false;
    return true;
  }

  /** True when a row that has the key in the head has it in this state. */
  #holds(index: KeyIndex, key: string, rowNumber: RowNumber): boolean {
    if (this.storage.columns.version(rowNumber) <= this.#version) return true;
    const version = this.#retained(rowNumber);
    if (version?.row === undefined) return false;
    const { declaration } = index;
    return (
      declaration.unchanged(version.row, this.storage.headRows[rowNumber] as object) || version.hasKey(declaration, key)
    );
  }

  /** The retained version of a row that was written since the snapshot. */
  #retained(rowNumber: RowNumber): RowVersion | undefined {
    let version = this.storage.chains.get(rowNumber);
    while (version !== undefined && version.version > this.#version) version = version.older;
    return version;
  }

  /**
   * True when this state sees a retained version that has the bucket's key, and its row is no longer in `bucket.live`.
   * Rows in `live` are checked by `#holds`.
   */
  #hasLeft(index: KeyIndex, bucket: Bucket, version: PostedVersion): boolean {
    return version.isSeenAt(this.#version) && !index.isLive(bucket, version.rowNumber);
  }
}
