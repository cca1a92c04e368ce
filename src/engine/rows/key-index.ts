import { distinctKeys, keysWithout } from '../index/keys.ts';
import type { IndexDeclaration, IndexNumber, Keys } from '../index/keys.ts';
import { KeyMap } from '../index/key-map.ts';
import { OrderedTree } from '../index/ordered-tree.ts';
import { Bucket, RetainedPosting } from './posting.ts';
import type { PostingList, PostingOwner } from './posting.ts';
import type { RowColumns } from './row-columns.ts';
import type { CompareRows, RowNumber } from './row-number.ts';
import type { RowVersion } from './row-version.ts';
import { Utf8Order } from '../../base/text/utf8-order.ts';

/**
 * In the column of positions: free. A stored position is one higher than the real one, so new memory, which is all 0,
 * needs no filling.
 */
const NO_POSITION = 0;

/**
 * One index of a table: key to row numbers. The postings are exact for the head. Postings of retained versions are kept
 * beside them, in the buckets' `departed`. A key is in the map, and in the tree of an ordered index, as long as it has
 * a posting of either sort.
 */
export class KeyIndex implements PostingOwner {
  readonly declaration: IndexDeclaration<object>;
  readonly postings: KeyMap<PostingList> = new KeyMap();
  /** Undefined unless the index is ordered. */
  readonly tree: OrderedTree<PostingList> | undefined;
  readonly #order: Utf8Order = new Utf8Order();
  /**
   * Has one position for each row and index: that of the row in `live` of its first bucket in this index. Positions in
   * other buckets are in their `extraPositions`.
   */
  readonly #columns: RowColumns;
  readonly #indexNumber: IndexNumber;
  #multiValued = false;
  #retainedPostings = 0;

  constructor(declaration: IndexDeclaration<object>, columns: RowColumns, indexNumber: IndexNumber) {
    this.declaration = declaration;
    this.tree = declaration.ordered ? new OrderedTree(this.postings, this.#order) : undefined;
    this.#columns = columns;
    this.#indexNumber = indexNumber;
  }

  /** False as long as no row ever had two keys; then a walk over the keys meets no row twice. */
  get multiValued(): boolean {
    return this.#multiValued;
  }

  /** The number of postings of retained versions. */
  get retainedPostings(): number {
    return this.#retainedPostings;
  }

  /**
   * Moves a row from its old keys to its new keys. `newest` is the newest retained version of the row, if there is one.
   * `replaced` is the state of the row that has the old keys.
   */
  change(
    rowNumber: RowNumber,
    before: Keys,
    after: Keys,
    newest: RowVersion | undefined,
    replaced: object | undefined,
  ): void {
    if (before === after) return;
    if (typeof before !== 'object' && typeof after !== 'object') {
      if (before !== undefined) this.#remove(rowNumber, before, newest, replaced);
      if (after !== undefined) this.#add(rowNumber, after);
      return;
    }
    const oldKeys = distinctKeys(before);
    const newKeys = distinctKeys(after);
    for (const key of keysWithout(oldKeys, newKeys)) this.#remove(rowNumber, key, newest, replaced);
    for (const key of keysWithout(newKeys, oldKeys)) this.#add(rowNumber, key);
    if (newKeys.length > 1) this.#multiValued = true;
  }

  /** True when the row has the bucket's key in the head. */
  isLive(bucket: Bucket, rowNumber: RowNumber): boolean {
    return bucket.live[this.positionOf(bucket, rowNumber)] === rowNumber;
  }

  /** The position of the row in the bucket's `live`. Any number when the row is not in the bucket. */
  positionOf(bucket: Bucket, rowNumber: RowNumber): number {
    const extra = bucket.extraPositions?.get(rowNumber);
    return extra === undefined ? this.#columns.position(rowNumber, this.#indexNumber) - 1 : extra;
  }

  /** Sorts the bucket's rows. */
  arrange(bucket: Bucket, compare: CompareRows): void {
    this.#reposition(bucket, bucket.arrange(compare));
  }

  /**
   * Adds the postings that a retained version needs to be found under its keys. `row` is the row in that version,
   * `current` the row in the head.
   */
  coverMissing(version: RowVersion, row: object, current: object | undefined): void {
    const { keys, unchanged } = this.declaration;
    if (current !== undefined && unchanged(row, current)) return;
    const currentKeys = distinctKeys(current === undefined ? undefined : keys(current));
    for (const key of keysWithout(distinctKeys(keys(row)), currentKeys)) this.#cover(version, key);
  }

  uncover(posting: RetainedPosting): void {
    const { bucket, position } = posting;
    const departed = bucket.departed as RetainedPosting[];
    const last = departed.pop() as RetainedPosting;
    if (last !== posting) {
      departed[position] = last;
      last.position = position;
    }
    this.#retainedPostings--;
    if (departed.length > 0) return;
    bucket.departed = undefined;
    this.#settle(bucket);
  }

  #add(rowNumber: RowNumber, key: string): void {
    const list = this.postings.get(key);
    if (list === undefined) {
      this.#set(key, rowNumber);
      return;
    }
    const bucket = typeof list === 'number' ? this.#promote(key, list) : list;
    bucket.result = undefined;
    this.#takePosition(bucket, rowNumber, bucket.live.push(rowNumber) - 1);
  }

  #remove(rowNumber: RowNumber, key: string, newest: RowVersion | undefined, replaced: object | undefined): void {
    if (newest !== undefined) this.#coverAll(key, newest, replaced);
    const list = this.postings.get(key);
    if (typeof list !== 'object') {
      if (list !== undefined) this.#delete(key, list);
      return;
    }
    const position = this.positionOf(list, rowNumber);
    this.#freePosition(list, rowNumber);
    list.vacate(position);
    list.result = undefined;
    if (list.isSparse) this.#reposition(list, list.close());
    if (list.size < 2) this.#settle(list);
  }

  /**
   * Called when a row loses a key: from now on its retained versions with that key need a posting. Versions that got
   * one earlier keep it. The others are the newest of the chain, because the row has had the key since then.
   */
  #coverAll(key: string, newest: RowVersion, replaced: object | undefined): void {
    for (let version: RowVersion | undefined = newest; version?.row !== undefined; version = version.older) {
      if (version.row !== replaced && !version.hasKey(this.declaration, key)) return;
      if (!this.#cover(version, key)) return;
    }
  }

  /** Adds a posting of the version. Returns false when there is one already. */
  #cover(version: RowVersion, key: string): boolean {
    const list = this.postings.get(key);
    const bucket = typeof list === 'object' ? list : this.#promote(key, list);
    if (version.isIn(bucket)) return false;
    const posting = new RetainedPosting(this, bucket, version);
    version.post(posting);
    if (bucket.departed === undefined) bucket.departed = [posting];
    else posting.position = bucket.departed.push(posting) - 1;
    this.#retainedPostings++;
    return true;
  }

  /** Gives the key a bucket, with its only row if it has one. */
  #promote(key: string, rowNumber: RowNumber | undefined): Bucket {
    const bucket = new Bucket(key, rowNumber === undefined ? [] : [rowNumber]);
    if (rowNumber !== undefined) this.#takePosition(bucket, rowNumber, 0);
    this.#set(key, bucket);
    return bucket;
  }

  /** Replaces a bucket that is no longer needed by its only row, or by nothing. */
  #settle(bucket: Bucket): void {
    if (bucket.departed !== undefined || bucket.size > 1) return;
    bucket.result = undefined;
    // The last entry is no gap.
    const rowNumber = bucket.live[bucket.live.length - 1] as RowNumber | undefined;
    if (rowNumber === undefined) {
      this.#delete(bucket.key, bucket);
      return;
    }
    this.#freePosition(bucket, rowNumber);
    this.#set(bucket.key, rowNumber);
  }

  /** Stores the positions of the rows from position `from` on. `live` has no gaps. */
  #reposition({ live, extraPositions }: Bucket, from: number): void {
    const columns = this.#columns;
    const indexNumber = this.#indexNumber;
    for (let i = from; i < live.length; i++) {
      const rowNumber = live[i] as RowNumber;
      if (extraPositions?.has(rowNumber) === true) extraPositions.set(rowNumber, i);
      else columns.setPosition(rowNumber, indexNumber, i + 1);
    }
  }

  #takePosition(bucket: Bucket, rowNumber: RowNumber, position: number): void {
    if (this.#columns.position(rowNumber, this.#indexNumber) === NO_POSITION)
      this.#columns.setPosition(rowNumber, this.#indexNumber, position + 1);
    else (bucket.extraPositions ??= new Map()).set(rowNumber, position);
  }

  #freePosition(bucket: Bucket, rowNumber: RowNumber): void {
    const extra = bucket.extraPositions;
    if (extra === undefined || !extra.delete(rowNumber))
      this.#columns.setPosition(rowNumber, this.#indexNumber, NO_POSITION);
    else if (extra.size === 0) bucket.extraPositions = undefined;
  }

  #set(key: string, list: PostingList): void {
    this.postings.set(key, list);
    if (this.tree === undefined) return;
    this.#order.admit(key);
    this.tree.set(key, list);
  }

  #delete(key: string, list: PostingList): void {
    this.postings.delete(key);
    this.tree?.delete(key, list);
  }
}
