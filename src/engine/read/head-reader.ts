import { assert } from '../../base/assert.ts';
import type { IndexNumber } from '../index/keys.ts';
import type { ReadonlyKeyMap } from '../index/key-map.ts';
import { OrderedReader } from './ordered-reader.ts';
import type { KeyIndex } from '../rows/key-index.ts';
import type { PostingList } from '../rows/posting.ts';
import { NO_ROWS } from '../rows/result-cache.ts';
import type { RowNumber } from '../rows/row-number.ts';
import type { RowStorage } from '../rows/row-storage.ts';

/** Reads the head of a table: the state of the open transaction, else the committed state. */
export class HeadReader<Row extends object> extends OrderedReader<Row> {
  // Fields of the storage that a get reads, one load nearer.
  readonly #ids: ReadonlyKeyMap<RowNumber>;
  readonly #headRows: readonly (object | undefined)[];

  constructor(storage: RowStorage) {
    super(storage);
    this.#ids = storage.ids;
    this.#headRows = storage.headRows;
  }

  get size(): number {
    return this.storage.size;
  }

  get(id: string): Row | undefined {
    const rowNumber = this.#ids.get(id);
    return rowNumber === undefined ? undefined : (this.#headRows[rowNumber] as Row | undefined);
  }

  all(): readonly Row[] {
    return this.storage.results.all() as readonly Row[];
  }

  find(indexNumber: IndexNumber, key: string): readonly Row[] {
    const index = this.indexAt(indexNumber);
    const list = index.postings.get(key);
    if (list === undefined) return NO_ROWS;
    if (typeof list === 'number') return Object.freeze([this.#headRows[list] as Row]);
    return this.storage.results.bucket(index, list) as readonly Row[];
  }

  count(indexNumber: IndexNumber, key: string): number {
    const list = this.indexAt(indexNumber).postings.get(key);
    if (list === undefined) return 0;
    return typeof list === 'number' ? 1 : list.size;
  }

  rowAt(rowNumber: RowNumber): object | undefined {
    return this.#headRows[rowNumber];
  }

  rowNumbersOf(index: KeyIndex, _key: string, list: PostingList): readonly RowNumber[] {
    if (typeof list === 'number') return [list];
    if (!list.isArranged) index.arrange(list, this.storage.compareByIds);
    return list.live as readonly RowNumber[];
  }

  countOf(_index: KeyIndex, _key: string, list: PostingList): number {
    return typeof list === 'number' ? 1 : list.size;
  }

  checkWalk(changes: number): void {
    assert(this.storage.changes === changes, 'the table was written during a scan of its newest state');
  }
}
