import { assert } from '../../base/assert.ts';
import type { KeyIndex } from '../rows/key-index.ts';
import type { Posting } from '../rows/posting.ts';
import type { ReadonlyKeyMap } from '../index/key-map.ts';
import { OrderedReader } from './ordered-reader.ts';
import { NO_ROWS } from '../rows/result-cache.ts';
import type { RowStorage } from '../rows/row-storage.ts';

/** The newest state of a table: what the open transaction sees, and the committed state when none is open. */
export class HeadReader<Row extends object> extends OrderedReader<Row> {
  // The two loads of a get, without the way through the storage.
  readonly #ids: ReadonlyKeyMap<number>;
  readonly #head: readonly (object | undefined)[];

  constructor(rows: RowStorage) {
    super(rows);
    this.#ids = rows.ids;
    this.#head = rows.head;
  }

  get size(): number {
    return this.rows.size;
  }

  get(id: string): Row | undefined {
    const number = this.#ids.get(id);
    return number === undefined ? undefined : (this.#head[number] as Row | undefined);
  }

  all(): readonly Row[] {
    return this.rows.results.all() as readonly Row[];
  }

  find(index: number, key: string): readonly Row[] {
    const keyIndex = this.indexAt(index);
    const posting = keyIndex.postings.get(key);
    if (posting === undefined) return NO_ROWS;
    if (typeof posting === 'number') return Object.freeze([this.#head[posting] as Row]);
    return this.rows.results.bucket(keyIndex, posting) as readonly Row[];
  }

  count(index: number, key: string): number {
    const posting = this.indexAt(index).postings.get(key);
    if (posting === undefined) return 0;
    return typeof posting === 'number' ? 1 : posting.size;
  }

  rowAt(number: number): object | undefined {
    return this.#head[number];
  }

  numbersOf(index: KeyIndex, _key: string, posting: Posting): readonly number[] {
    if (typeof posting === 'number') return [posting];
    if (!posting.isArranged) index.arrange(posting, this.rows.compareNumbers);
    return posting.live;
  }

  countOf(_index: KeyIndex, _key: string, posting: Posting): number {
    return typeof posting === 'number' ? 1 : posting.size;
  }

  checkWalk(changes: number): void {
    assert(this.rows.changes === changes, 'the table was written during a scan of its newest state');
  }
}
