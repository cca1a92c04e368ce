import type { RowNumber } from './row-number.ts';
import { RowVersion } from './row-version.ts';
import type { VersionedRows, VersionHolder } from './row-version.ts';

/**
 * A committed state that at least one open snapshot sees; snapshots of the same state share it. The points of a history
 * form a list, ordered by version.
 */
export class SnapshotPoint implements VersionHolder {
  readonly version: number;
  /** By table number, the number of rows. */
  readonly sizes: readonly number[];
  /** The number of open snapshots of this state. */
  references = 0;
  older: SnapshotPoint | undefined;
  newer: SnapshotPoint | undefined;
  /** Retained versions that this point sees. Each retained version is in the list of one point. */
  readonly retained: RowVersion[] = [];

  constructor(version: number, sizes: readonly number[]) {
    this.version = version;
    this.sizes = sizes;
  }
}

/**
 * The open snapshots of a database and the row versions that they retain.
 *
 * A write retains the version that it replaces if the newest open snapshot sees that version. The version is discarded
 * when the last snapshot that sees it is closed. So nothing is retained while no snapshot is open, and one long-held
 * snapshot retains at most one version per row, however many writes follow.
 *
 * Each retained version is in the list of one snapshot that sees it. When that snapshot is closed, the version moves to
 * a neighbour that sees it, or is discarded. Closing costs O(versions in the snapshot's list), never a scan of the
 * rows.
 */
export class History {
  /** The newest open snapshot. */
  newest: SnapshotPoint | undefined;
  /** The number of open handles. */
  handles = 0;
  #retained = 0;

  /** The number of retained versions. */
  get retainedVersions(): number {
    return this.#retained;
  }

  /** Links a point that is newer than all others. */
  open(point: SnapshotPoint): void {
    point.older = this.newest;
    if (this.newest !== undefined) this.newest.newer = point;
    this.newest = point;
  }

  /** Retains a version that the newest snapshot sees, as the newest one of its row's chain. */
  retain(
    owner: VersionedRows,
    rowNumber: RowNumber,
    row: object | undefined,
    version: number,
    until: number,
  ): RowVersion {
    const holder = this.newest as SnapshotPoint;
    const retained = new RowVersion(owner, rowNumber, row, version, until, holder);
    retained.position = holder.retained.push(retained) - 1;
    const older = owner.chains.get(rowNumber);
    if (older !== undefined) {
      retained.older = older;
      older.newer = retained;
    }
    owner.chains.set(rowNumber, retained);
    this.#retained++;
    return retained;
  }

  /** Discards a version that a rollback has made the head of its row again. */
  release(version: RowVersion): void {
    const list = version.holder.retained;
    const last = list.pop() as RowVersion;
    if (last !== version) {
      list[version.position] = last;
      last.position = version.position;
    }
    this.#discard(version);
  }

  /** Unlinks a point without references. */
  close(point: SnapshotPoint): void {
    const { older, newer } = point;
    if (older !== undefined) older.newer = newer;
    if (newer !== undefined) newer.older = older;
    else this.newest = older;
    for (const version of point.retained) {
      // The newer point sees it only if that point was opened while the transaction that replaced it was open.
      if (newer !== undefined && newer.version < version.until) move(version, newer);
      else if (older !== undefined && older.version >= version.version) move(version, older);
      else this.#discard(version);
    }
  }

  #discard(version: RowVersion): void {
    const { owner, rowNumber, older, newer } = version;
    for (let posting = version.postings; posting !== undefined; posting = posting.next) posting.index.uncover(posting);
    if (older !== undefined) older.newer = newer;
    if (newer !== undefined) newer.older = older;
    else if (older !== undefined) owner.chains.set(rowNumber, older);
    else owner.chains.delete(rowNumber);
    this.#retained--;
    if (older === undefined && newer === undefined) owner.chainEmptied(rowNumber);
  }
}

function move(version: RowVersion, holder: SnapshotPoint): void {
  version.holder = holder;
  version.position = holder.retained.push(version) - 1;
}
