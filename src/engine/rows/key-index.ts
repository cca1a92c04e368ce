import { distinctKeys, hasKey, keysWithout } from '../index/keys.ts';
import type { IndexDeclaration, Keys } from '../index/keys.ts';
import { KeyMap } from '../index/key-map.ts';
import { OrderedTree } from '../index/ordered-tree.ts';
import { Bucket, RetainedPosting } from './posting.ts';
import type { Posting, PostingOwner } from './posting.ts';
import type { RowColumns } from './row-columns.ts';
import type { RowVersion } from './row-version.ts';
import { Utf8Order } from '../../base/utf8-order.ts';

/**
 * Among the positions: the row's place there is free. Others are one higher than the position, so that new memory needs
 * no filling.
 */
const NO_POSITION = 0;

/**
 * One index of a table: key to row numbers. The postings are exact for the newest state; those of retained versions are
 * kept beside them, in the buckets' `departed`. A key is in the map, and in the tree of an ordered index, as long as it
 * has either.
 */
export class KeyIndex implements PostingOwner {
  readonly declaration: IndexDeclaration<object>;
  readonly postings: KeyMap<Posting> = new KeyMap();
  /** Present when the index is ordered. */
  readonly tree: OrderedTree<Posting> | undefined;
  readonly #order: Utf8Order = new Utf8Order();
  /**
   * With the position of a row in a bucket's `live`, one for each row and index. It is the one in the first of the
   * row's buckets in this index; `extraPositions` has the others.
   */
  readonly #columns: RowColumns;
  /** Which of the table's indexes this is. */
  readonly #ordinal: number;
  #multiValued = false;
  #retainedPostings = 0;

  constructor(declaration: IndexDeclaration<object>, columns: RowColumns, ordinal: number) {
    this.declaration = declaration;
    this.tree = declaration.ordered ? new OrderedTree(this.postings, this.#order) : undefined;
    this.#columns = columns;
    this.#ordinal = ordinal;
  }

  /** False as long as no row ever had two keys: then no row turns up twice in a walk over the keys. */
  get multiValued(): boolean {
    return this.#multiValued;
  }

  /** The number of keys of retained versions that buckets have to remember. */
  get retainedPostings(): number {
    return this.#retainedPostings;
  }

  /**
   * Moves a row from its old keys to its new ones. `newest` is the row's newest retained version, if there is one, and
   * `replaced` the row that has the old keys.
   */
  change(
    number: number,
    before: Keys,
    after: Keys,
    newest: RowVersion | undefined,
    replaced: object | undefined,
  ): void {
    if (before === after) return;
    if (typeof before !== 'object' && typeof after !== 'object') {
      if (before !== undefined) this.#remove(number, before, newest, replaced);
      if (after !== undefined) this.#add(number, after);
      return;
    }
    const oldKeys = distinctKeys(before);
    const newKeys = distinctKeys(after);
    for (const key of keysWithout(oldKeys, newKeys)) this.#remove(number, key, newest, replaced);
    for (const key of keysWithout(newKeys, oldKeys)) this.#add(number, key);
    if (newKeys.length > 1) this.#multiValued = true;
  }

  /** Whether the row has the bucket's key in the newest state. */
  isLive(bucket: Bucket, number: number): boolean {
    return bucket.live[this.positionOf(bucket, number)] === number;
  }

  /** The row's position in the bucket, or any number when it is not there. */
  positionOf(bucket: Bucket, number: number): number {
    const extra = bucket.extraPositions?.get(number);
    return extra === undefined ? this.#columns.position(number, this.#ordinal) - 1 : extra;
  }

  /** Brings the bucket's rows into the order that `compare` gives. */
  arrange(bucket: Bucket, compare: (a: number, b: number) => number): void {
    this.#reposition(bucket, bucket.arrange(compare));
  }

  /** Sees to it that the retained version is found under its keys, given the row's newest state. */
  coverMissing(version: RowVersion, row: object, current: object | undefined): void {
    const { keys, unchanged } = this.declaration;
    if (current !== undefined && unchanged(row, current)) return;
    const currentKeys = current === undefined ? undefined : keys(current);
    for (const key of distinctKeys(keys(row))) if (!hasKey(currentKeys, key)) this.#cover(version, key);
  }

  /** Gives up a posting of a retained version. */
  uncover(posting: RetainedPosting): void {
    const { bucket, place } = posting;
    const departed = bucket.departed as RetainedPosting[];
    const last = departed.pop() as RetainedPosting;
    if (last !== posting) {
      departed[place] = last;
      last.place = place;
    }
    this.#retainedPostings--;
    if (departed.length > 0) return;
    bucket.departed = undefined;
    this.#settle(bucket);
  }

  #add(number: number, key: string): void {
    const posting = this.postings.get(key);
    if (posting === undefined) {
      this.#set(key, number);
      return;
    }
    const bucket = typeof posting === 'number' ? this.#promote(key, posting) : posting;
    bucket.result = undefined;
    this.#takePosition(bucket, number, bucket.live.push(number) - 1);
  }

  #remove(number: number, key: string, newest: RowVersion | undefined, replaced: object | undefined): void {
    if (newest !== undefined) this.#coverAll(key, newest, replaced);
    const posting = this.postings.get(key);
    if (typeof posting !== 'object') {
      if (posting !== undefined) this.#delete(key, posting);
      return;
    }
    const position = this.positionOf(posting, number);
    this.#freePosition(posting, number);
    posting.vacate(position);
    posting.result = undefined;
    if (posting.isSparse) this.#reposition(posting, posting.close());
    if (posting.size < 2) this.#settle(posting);
  }

  /**
   * A key leaves its row: the retained versions that have it need a posting from now on. Those that have had one before
   * stay; the others had the key without a break until now, so they are the newest ones of the chain.
   */
  #coverAll(key: string, newest: RowVersion, replaced: object | undefined): void {
    for (let version: RowVersion | undefined = newest; version?.row !== undefined; version = version.older) {
      if (version.row !== replaced && !hasKey(this.declaration.keys(version.row), key)) return;
      if (!this.#cover(version, key)) return;
    }
  }

  /** False when the version has a posting there already. */
  #cover(version: RowVersion, key: string): boolean {
    const known = this.postings.get(key);
    const bucket = typeof known === 'object' ? known : this.#promote(key, known);
    if (version.covers(bucket)) return false;
    const posting = new RetainedPosting(this, bucket, version);
    version.postings = posting;
    if (bucket.departed === undefined) bucket.departed = [posting];
    else posting.place = bucket.departed.push(posting) - 1;
    this.#retainedPostings++;
    return true;
  }

  /** Gives the key a bucket with the one row that it has, or none. */
  #promote(key: string, number: number | undefined): Bucket {
    const bucket = new Bucket(key, number === undefined ? [] : [number]);
    if (number !== undefined) this.#takePosition(bucket, number, 0);
    this.#set(key, bucket);
    return bucket;
  }

  /** Drops a bucket that is not needed any more. */
  #settle(bucket: Bucket): void {
    if (bucket.departed !== undefined || bucket.size > 1) return;
    bucket.result = undefined;
    // The last one is no gap.
    const number = bucket.live[bucket.live.length - 1];
    if (number === undefined) {
      this.#delete(bucket.key, bucket);
      return;
    }
    this.#freePosition(bucket, number);
    this.#set(bucket.key, number);
  }

  /** Notes where the rows from a position on are. */
  #reposition({ live, extraPositions }: Bucket, from: number): void {
    const columns = this.#columns;
    const ordinal = this.#ordinal;
    for (let i = from; i < live.length; i++) {
      const number = live[i] as number;
      if (extraPositions?.has(number) === true) extraPositions.set(number, i);
      else columns.setPosition(number, ordinal, i + 1);
    }
  }

  #takePosition(bucket: Bucket, number: number, position: number): void {
    if (this.#columns.position(number, this.#ordinal) === NO_POSITION)
      this.#columns.setPosition(number, this.#ordinal, position + 1);
    else (bucket.extraPositions ??= new Map()).set(number, position);
  }

  #freePosition(bucket: Bucket, number: number): void {
    const extra = bucket.extraPositions;
    if (extra === undefined || !extra.delete(number)) this.#columns.setPosition(number, this.#ordinal, NO_POSITION);
    else if (extra.size === 0) bucket.extraPositions = undefined;
  }

  #set(key: string, posting: Posting): void {
    this.postings.set(key, posting);
    if (this.tree === undefined) return;
    this.#order.admit(key);
    this.tree.set(key, posting);
  }

  #delete(key: string, posting: Posting): void {
    this.postings.delete(key);
    this.tree?.delete(key, posting);
  }
}
