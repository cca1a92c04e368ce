import { assert } from './assert.ts';
import type { History } from './history.ts';
import type { RowVersion } from './row-version.ts';

/** A committed state that stays readable until it is closed. */
export interface Snapshot {
  /** The number of the last transaction that it sees. */
  readonly version: number;
  readonly closed: boolean;
  /** Gives the versions free that only this snapshot kept. Does nothing the second time. */
  close(): void;
}

/** What all open snapshots of the same committed state share. The points of a history form a list, ordered by version. */
export class SnapshotPoint {
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

/** One holder's snapshot. */
export class SnapshotHandle implements Snapshot {
  readonly version: number;
  readonly #history: History;
  #point: SnapshotPoint | undefined;

  constructor(history: History, point: SnapshotPoint) {
    this.version = point.version;
    this.#history = history;
    this.#point = point;
    point.references++;
    history.handles++;
  }

  get closed(): boolean {
    return this.#point === undefined;
  }

  /** The point, for readers; asserts that the snapshot is open and belongs to that history. */
  pointIn(history: History): SnapshotPoint {
    assert(this.#point !== undefined, 'the snapshot is closed');
    assert(this.#history === history, 'the snapshot belongs to another database');
    return this.#point;
  }

  close(): void {
    const point = this.#point;
    if (point === undefined) return;
    this.#point = undefined;
    this.#history.handles--;
    if (--point.references === 0) this.#history.close(point);
  }
}
