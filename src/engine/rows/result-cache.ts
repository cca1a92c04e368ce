import type { KeyIndex } from './key-index.ts';
import type { Bucket } from './posting.ts';
import type { CompareRows, RowNumber } from './row-number.ts';
import { GAP } from '../index/gap.ts';
import type { OrderedTree } from '../index/ordered-tree.ts';

/** A longer result is held weakly: it stays while somebody else holds it, or until the next collection. */
const STRONG_LENGTH = 256;
/** The most rows in all results that are held strongly. One more, and all of these results are dropped. */
const STRONG_ROWS = 65_536;

/** The result of every search that finds nothing. */
export const NO_ROWS: readonly never[] = Object.freeze([]);

/** The parts of a table that its result cache reads. */
export interface CachedTable {
  readonly size: number;
  readonly headRows: readonly (object | undefined)[];
  /** Grows with each write and each undone write. */
  readonly changes: number;
  readonly idTree: OrderedTree<RowNumber>;
  readonly compareByIds: CompareRows;
}

/**
 * The last results of finds on the head, so that a find whose rows have not changed returns the same frozen array.
 *
 * A write drops the result of a bucket only when a row enters or leaves that bucket. A find compares the result with
 * the head row by row, unless nothing was written since the last comparison. So results can hold rows that were
 * replaced; the number of these is bounded.
 */
export class ResultCache {
  readonly #table: CachedTable;
  #listed: Bucket[] = [];
  #strongRows = 0;
  #all: WeakRef<readonly object[]> | undefined;
  #allCheckedAt = -1;

  constructor(table: CachedTable) {
    this.#table = table;
  }

  /** The rows of a bucket in the order of their ids. */
  bucket(index: KeyIndex, bucket: Bucket): readonly object[] {
    const { live } = bucket;
    const { headRows, changes } = this.#table;
    if (bucket.size === 0) return NO_ROWS;
    if (!bucket.isArranged) index.arrange(bucket, this.#table.compareByIds);
    const cached = bucket.result instanceof WeakRef ? bucket.result.deref() : bucket.result;
    if (cached !== undefined) {
      if (bucket.checkedAt === changes) return cached;
      let i = 0;
      while (i < live.length && cached[i] === headRows[live[i] as RowNumber]) i++;
      if (i === live.length) {
        bucket.checkedAt = changes;
        return cached;
      }
    }
    const result: object[] = new Array<object>(live.length);
    for (let i = 0; i < live.length; i++) result[i] = headRows[live[i] as RowNumber] as object;
    Object.freeze(result);
    this.#keep(bucket, result);
    bucket.checkedAt = changes;
    return result;
  }

  /** All rows in the order of their ids. */
  all(): readonly object[] {
    const { size, headRows, changes, idTree } = this.#table;
    if (size === 0) return NO_ROWS;
    const cached = this.#all?.deref();
    if (cached !== undefined && this.#allCheckedAt === changes) return cached;
    const result: object[] = new Array<object>(size);
    let length = 0;
    for (let leaf = 0, leaves = idTree.countLeaves(); leaf < leaves; leaf++) {
      const rowNumbers = idTree.leafValues(leaf);
      for (let i = 0; i < rowNumbers.length; i++) {
        const rowNumber = rowNumbers[i] as number;
        const row = rowNumber === GAP ? undefined : headRows[rowNumber];
        if (row !== undefined) result[length++] = row;
      }
    }
    this.#allCheckedAt = changes;
    this.#all = new WeakRef(Object.freeze(result));
    return result;
  }

  #keep(bucket: Bucket, result: readonly object[]): void {
    if (result.length > STRONG_LENGTH) {
      bucket.result = new WeakRef(result);
      return;
    }
    bucket.result = result;
    this.#strongRows += result.length;
    if (!bucket.listed) {
      bucket.listed = true;
      this.#listed.push(bucket);
    }
    if (this.#strongRows > STRONG_ROWS) this.#dropStrong(bucket);
  }

  #dropStrong(except: Bucket): void {
    for (const bucket of this.#listed) {
      bucket.listed = false;
      if (bucket !== except) bucket.result = undefined;
    }
    this.#listed = [];
    this.#strongRows = 0;
  }
}
