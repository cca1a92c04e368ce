import { RowVersion } from './row-version.ts';
import type { VersionedRows, VersionHolder } from './row-version.ts';

/**
 * What all open snapshots of the same committed state share. The points of a history form a list, ordered by version.
 */
export class SnapshotPoint implements VersionHolder {
  readonly version: number;
  /** The number of rows of each table. */
  readonly sizes: readonly number[];
  references = 0;
  older: SnapshotPoint | undefined;
  newer: SnapshotPoint | undefined;
  /** Retained versions that this point sees, each in the list of one point. */
  readonly retained: RowVersion[] = [];

  constructor(version: number, sizes: readonly number[]) {
    this.version = version;
    this.sizes = sizes;
  }
}

/**
 * The open snapshots of a database and the row versions that they keep.
 *
 * A version is kept from the write that replaces it, if the newest open snapshot sees it, until the last snapshot that
 * does is closed. So nothing is kept while no snapshot is open, and one long-held snapshot keeps at most one version
 * per row however often that is written. Each kept version is in the list of one snapshot that sees it; when this one
 * is closed, the version moves to a neighbour that sees it or goes. Closing costs O(versions in the snapshot's list),
 * never a scan of the rows.
 */
export class History {
  /** The newest open snapshot. */
  newest: SnapshotPoint | undefined;
  /** The number of open handles. */
  handles = 0;
  #retained = 0;

  get retainedVersions(): number {
    return this.#retained;
  }

  /** Links a point that is newer than all others. */
  open(point: SnapshotPoint): void {
    point.older = this.newest;
    if (this.newest !== undefined) this.newest.newer = point;
    this.newest = point;
  }

  /** Keeps a version that the newest snapshot sees, on top of its row's chain. */
  retain(owner: VersionedRows, number: number, row: object | undefined, version: number, until: number): RowVersion {
    const holder = this.newest as SnapshotPoint;
    const retained = new RowVersion(owner, number, row, version, until, holder);
    retained.place = holder.retained.push(retained) - 1;
    const older = owner.chains.get(number);
    if (older !== undefined) {
      retained.older = older;
      older.newer = retained;
    }
    owner.chains.set(number, retained);
    this.#retained++;
    return retained;
  }

  /** Gives up a version that is the newest state of its row again (its replacement was rolled back). */
  release(version: RowVersion): void {
    const list = version.holder.retained;
    const last = list.pop() as RowVersion;
    if (last !== version) {
      list[version.place] = last;
      last.place = version.place;
    }
    this.#discard(version);
  }

  /** Unlinks a point that nobody refers to. */
  close(point: SnapshotPoint): void {
    const { older, newer } = point;
    if (older !== undefined) older.newer = newer;
    if (newer !== undefined) newer.older = older;
    else this.newest = older;
    for (const version of point.retained) {
      // A newer point sees it only if that was opened while the transaction that replaced the version was in flight
      // already.
      if (newer !== undefined && newer.version < version.until) move(version, newer);
      else if (older !== undefined && older.version >= version.version) move(version, older);
      else this.#discard(version);
    }
  }

  #discard(version: RowVersion): void {
    const { owner, number, older, newer } = version;
    for (let posting = version.postings; posting !== undefined; posting = posting.next) posting.index.uncover(posting);
    if (older !== undefined) older.newer = newer;
    if (newer !== undefined) newer.older = older;
    else if (older !== undefined) owner.chains.set(number, older);
    else owner.chains.delete(number);
    this.#retained--;
    if (older === undefined && newer === undefined) owner.chainEmptied(number);
  }
}

function move(version: RowVersion, holder: SnapshotPoint): void {
  version.holder = holder;
  version.place = holder.retained.push(version) - 1;
}
