import { assert } from '../../base/assert.ts';
import type { Generation } from './generation.ts';
import type { SnapshotPoint } from './history.ts';
import type { RowStorage } from './row-storage.ts';

/** A committed state that stays readable until it is closed. */
export interface Snapshot {
  /** The number of the last transaction that it sees. */
  readonly version: number;
  readonly closed: boolean;
  /** Gives the versions free that only this snapshot kept. Does nothing the second time. */
  close(): void;
}

/** One holder's snapshot. */
export class SnapshotHandle implements Snapshot {
  readonly version: number;
  readonly #generation: Generation;
  #point: SnapshotPoint | undefined;

  constructor(generation: Generation, point: SnapshotPoint) {
    this.version = point.version;
    this.#generation = generation;
    this.#point = point;
    point.references++;
    generation.history.handles++;
  }

  get closed(): boolean {
    return this.#point === undefined;
  }

  /** What open snapshots of the same state share. Asserts that this one is open. */
  get point(): SnapshotPoint {
    assert(this.#point !== undefined, 'the snapshot is closed');
    return this.#point;
  }

  /**
   * The rows that it sees of the table of that ordinal. Asserts that the snapshot is open and belongs to the database.
   */
  rowsOf(database: object, ordinal: number): RowStorage {
    assert(this.#point !== undefined, 'the snapshot is closed');
    assert(this.#generation.owner === database, 'the snapshot belongs to another database');
    return this.#generation.tables[ordinal] as RowStorage;
  }

  close(): void {
    const point = this.#point;
    if (point === undefined) return;
    this.#point = undefined;
    const { history, whenForgotten } = this.#generation;
    history.handles--;
    if (--point.references === 0) history.close(point);
    if (history.handles === 0) whenForgotten?.();
  }
}
