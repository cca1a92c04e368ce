import type { Database } from '../../engine/database.ts';
import type { Snapshot } from '../../engine/rows/snapshot.ts';

/** A committed state that is kept for a reader. */
export interface PinnedState {
  readonly snapshot: Snapshot;
  /** A second call does nothing. */
  readonly close: () => void;
}

/** The states that a store keeps for its readers, oldest first. */
export class PinnedStates {
  readonly #database: Database;
  readonly #openedAt = new Map<PinnedState, number>();

  constructor(database: Database) {
    this.#database = database;
  }

  get size(): number {
    return this.#openedAt.size;
  }

  /** The age of the oldest kept state, in milliseconds. */
  get oldestMs(): number {
    const [oldest] = this.#openedAt.values();
    return oldest === undefined ? 0 : performance.now() - oldest;
  }

  /** Keeps the last committed state. O(1); O(changes) while a transaction is open, for the first one. */
  pin(): PinnedState {
    const snapshot = this.#database.snapshot();
    const state: PinnedState = {
      snapshot,
      close: () => {
        if (this.#openedAt.delete(state)) snapshot.close();
      },
    };
    this.#openedAt.set(state, performance.now());
    return state;
  }
}
