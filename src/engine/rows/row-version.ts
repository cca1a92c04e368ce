import { hasKey, LONG_LIST } from '../index/keys.ts';
import type { IndexDeclaration } from '../index/keys.ts';
import type { Bucket, PostedVersion, RetainedPosting } from './posting.ts';
import type { RowNumber } from './row-number.ts';

/** The table that a retained version belongs to. */
export interface VersionedRows {
  /** By row number, the newest retained version. Empty unless a snapshot is open. */
  readonly chains: Map<RowNumber, RowVersion>;
  /** Called when the last retained version of a row is discarded. */
  chainEmptied(rowNumber: RowNumber): void;
}

/** The open snapshot that keeps a retained version. */
export interface VersionHolder {
  readonly version: number;
  readonly retained: RowVersion[];
}

/**
 * A retained version: the former state of a row, kept because an open snapshot sees it. The retained versions of a row
 * form a chain, newest first.
 */
export class RowVersion implements PostedVersion {
  readonly owner: VersionedRows;
  readonly rowNumber: RowNumber;
  /** Undefined where the row was deleted and created again later. */
  readonly row: object | undefined;
  /** The transaction that wrote this version. Snapshots from `version` to below `until` see it. */
  readonly version: number;
  /** The transaction that replaced this version. */
  readonly until: number;
  older: RowVersion | undefined;
  newer: RowVersion | undefined;
  /** The first of its postings, which are linked by `next`. */
  postings: RetainedPosting | undefined;
  /** An open snapshot that sees this version. */
  holder: VersionHolder;
  /** Its position in `holder.retained`. */
  position = 0;
  #postingCount = 0;
  /** The buckets of its postings. Undefined while it has few. */
  #buckets: Set<Bucket> | undefined;
  /** The keys of the row in indexes in which it has many. */
  #manyKeys: Map<IndexDeclaration<object>, ReadonlySet<string>> | undefined;

  constructor(
    owner: VersionedRows,
    rowNumber: RowNumber,
    row: object | undefined,
    version: number,
    until: number,
    holder: VersionHolder,
  ) {
    this.owner = owner;
    this.rowNumber = rowNumber;
    this.row = row;
    this.version = version;
    this.until = until;
    this.holder = holder;
  }

  isSeenAt(snapshot: number): boolean {
    return this.version <= snapshot && snapshot < this.until;
  }

  /** Adds a posting, whose `next` is the first one of before. */
  post(posting: RetainedPosting): void {
    this.postings = posting;
    this.#postingCount++;
    if (this.#buckets !== undefined) this.#buckets.add(posting.bucket);
    else if (this.#postingCount === LONG_LIST) {
      this.#buckets = new Set();
      for (let each: RetainedPosting | undefined = posting; each !== undefined; each = each.next)
        this.#buckets.add(each.bucket);
    }
  }

  /** True when this version has a posting in the bucket's `departed`. O(1). */
  isIn(bucket: Bucket): boolean {
    if (this.#buckets !== undefined) return this.#buckets.has(bucket);
    for (let posting = this.postings; posting !== undefined; posting = posting.next)
      if (posting.bucket === bucket) return true;
    return false;
  }

  /** True when the row has the key in this version. Many keys are built once, so a walk over them all is linear. */
  hasKey(declaration: IndexDeclaration<object>, key: string): boolean {
    if (this.row === undefined) return false;
    const known = this.#manyKeys?.get(declaration);
    if (known !== undefined) return known.has(key);
    const keys = declaration.keys(this.row);
    if (typeof keys !== 'object' || keys.length < LONG_LIST) return hasKey(keys, key);
    const many = new Set(keys);
    (this.#manyKeys ??= new Map<IndexDeclaration<object>, ReadonlySet<string>>()).set(declaration, many);
    return many.has(key);
  }
}
