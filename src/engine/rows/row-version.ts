import type { Bucket, PostedVersion, RetainedPosting } from './posting.ts';

/** The owner of a chain of row versions. */
export interface VersionedRows {
  /** Row number to its newest retained version. Empty unless a snapshot is open. */
  readonly chains: Map<number, RowVersion>;
  /** Is told that the last retained version of a row is gone. */
  chainEmptied(number: number): void;
}

/** An open snapshot, as the versions that it keeps know it. */
export interface VersionHolder {
  readonly version: number;
  readonly retained: RowVersion[];
}

/** A row as it was, kept because an open snapshot sees it. The versions of a row are chained, newest first. */
export class RowVersion implements PostedVersion {
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
  holder: VersionHolder;
  place = 0;

  constructor(
    owner: VersionedRows,
    number: number,
    row: object | undefined,
    version: number,
    until: number,
    holder: VersionHolder,
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
