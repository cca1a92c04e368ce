import type { Bucket } from './bucket.ts';
import type { KeyIndex } from './key-index.ts';
import type { SnapshotPoint } from './snapshot.ts';

/** The owner of a chain of row versions. */
export interface VersionedRows {
  /** Row number to its newest retained version. Empty unless a snapshot is open. */
  readonly chains: Map<number, RowVersion>;
  /** Is told that the last retained version of a row is gone. */
  chainEmptied(number: number): void;
}

/** A key that a retained version has and that its row may not have any more: an entry in `bucket.departed`. */
export class RetainedPosting {
  readonly index: KeyIndex;
  readonly bucket: Bucket;
  readonly version: RowVersion;
  /** Its place in `bucket.departed`. */
  place = 0;
  /** The next one of the same version. */
  readonly next: RetainedPosting | undefined;

  constructor(index: KeyIndex, bucket: Bucket, version: RowVersion) {
    this.index = index;
    this.bucket = bucket;
    this.version = version;
    this.next = version.postings;
  }
}

/** A row as it was, kept because an open snapshot sees it. The versions of a row are chained, newest first. */
export class RowVersion {
  readonly owner: VersionedRows;
  readonly number: number;
  /** Undefined for a row that was deleted and came back later. */
  readonly row: object | undefined;
  /** The transactions that wrote and that replaced it: snapshots from `version` to below `until` see it. */
  readonly version: number;
  readonly until: number;
  older: RowVersion | undefined;
  newer: RowVersion | undefined;
  postings: RetainedPosting | undefined;
  /** The open snapshot that keeps it: one that sees it; and its place in that snapshot's list. */
  holder: SnapshotPoint;
  place = 0;

  constructor(
    owner: VersionedRows,
    number: number,
    row: object | undefined,
    version: number,
    until: number,
    holder: SnapshotPoint,
  ) {
    this.owner = owner;
    this.number = number;
    this.row = row;
    this.version = version;
    this.until = until;
    this.holder = holder;
  }

  /** Whether a snapshot of that version sees this row version. */
  isSeenAt(snapshot: number): boolean {
    return this.version <= snapshot && snapshot < this.until;
  }

  /** Whether this version is found in the bucket, also when its row is not there any more. */
  covers(bucket: Bucket): boolean {
    for (let posting = this.postings; posting !== undefined; posting = posting.next)
      if (posting.bucket === bucket) return true;
    return false;
  }
}
