import type { KeyIndex } from './key-index.ts';
import type { Bucket } from './posting.ts';
import { GAP } from '../index/gap.ts';
import type { OrderedTree } from '../index/ordered-tree.ts';

/**
 * A result that is longer is held weakly: it stays for as long as somebody else holds it, or until the next collection.
 */
const STRONG_LENGTH = 256;
/** Rows in the results that are held strongly, at most. When there are more, all are dropped. */
const STRONG_ROWS = 65_536;

/** The result of every search that finds nothing. */
export const NO_ROWS: readonly never[] = Object.freeze([]);

/** The newest state of a table, as its cache needs it. */
export interface CachedRows {
  readonly size: number;
  readonly head: readonly (object | undefined)[];
  /** Grows with each write and each undone write. */
  readonly changes: number;
  readonly idTree: OrderedTree<number>;
  compareNumbers(this: void, a: number, b: number): number;
}

/**
 * The frozen arrays that finds on the newest state gave last, so that a find whose rows have not changed gives the same
 * array again. Writes do not touch them but for rows that enter or leave a bucket: a find compares the array with the
 * head, row by row, unless nothing was written since. So an array can hold rows that have been replaced; their number
 * is bounded.
 */
export class ResultCache {
  readonly #rows: CachedRows;
  #listed: Bucket[] = [];
  #strongRows = 0;
  #all: WeakRef<readonly object[]> | undefined;
  #allCheckedAt = -1;

  constructor(rows: CachedRows) {
    this.#rows = rows;
  }

  /** The rows of a bucket in the order of their ids. */
  bucket(index: KeyIndex, bucket: Bucket): readonly object[] {
    const { live } = bucket;
    const { head, changes } = this.#rows;
    if (bucket.size === 0) return NO_ROWS;
    if (!bucket.isArranged) index.arrange(bucket, this.#rows.compareNumbers);
    const cached = bucket.result instanceof WeakRef ? bucket.result.deref() : bucket.result;
    if (cached !== undefined) {
      if (bucket.checkedAt === changes) return cached;
      let i = 0;
      while (i < live.length && cached[i] === head[live[i] as number]) i++;
      if (i === live.length) {
        bucket.checkedAt = changes;
        return cached;
      }
    }
    const result: object[] = new Array<object>(live.length);
    for (let i = 0; i < live.length; i++) result[i] = head[live[i] as number] as object;
    Object.freeze(result);
    this.#keep(bucket, result);
    bucket.checkedAt = changes;
    return result;
  }

  /** All rows in the order of their ids. */
  all(): readonly object[] {
    const { size, head, changes, idTree } = this.#rows;
    if (size === 0) return NO_ROWS;
    const cached = this.#all?.deref();
    if (cached !== undefined && this.#allCheckedAt === changes) return cached;
    const result: object[] = new Array<object>(size);
    let length = 0;
    for (let leaf = 0, leaves = idTree.countLeaves(); leaf < leaves; leaf++) {
      const numbers = idTree.leafValues(leaf);
      for (let i = 0; i < numbers.length; i++) {
        const number = numbers[i] as number;
        const row = number === GAP ? undefined : head[number];
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
