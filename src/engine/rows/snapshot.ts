import { assert } from '../../base/assert.ts';
import type { Generation } from './generation.ts';
import type { SnapshotPoint } from './history.ts';
import type { RowStorage } from './row-storage.ts';

/** A committed state that stays readable until it is closed. */
export interface Snapshot {
  /** The number of the last transaction that it sees. */
  readonly version: number;
  readonly closed: boolean;
  /** Discards the row versions that only this snapshot retains. The second call does nothing. */
  close(): void;
}

/** The snapshot of one holder. Snapshots of the same state share a {@link SnapshotPoint}. */
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

  /** The state that this snapshot shares with others. Asserts that the snapshot is open. */
  get point(): SnapshotPoint {
    assert(this.#point !== undefined, 'the snapshot is closed');
    return this.#point;
  }

  /** The storage of the table in this state. Asserts that the snapshot is open and belongs to the database. */
  storageOf(database: object, tableNumber: number): RowStorage {
    assert(this.#point !== undefined, 'the snapshot is closed');
    assert(this.#generation.owner === database, 'the snapshot belongs to another database');
    return this.#generation.storages[tableNumber] as RowStorage;
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
