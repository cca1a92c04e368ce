import type { TableReader } from '../../engine/read/table-reader.ts';
import { StoreError } from '../../errors/store-error.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import type { StoreTable } from '../transaction/store-tables.ts';
import type { PinnedState, PinnedStates } from './pinned-states.ts';

/**
 * The state that a transaction reads. A view follows the head of the database, at no cost, until the head is about to
 * change. Then the view is pinned to a snapshot, which the end of the view closes.
 */
export class StateView {
  readonly #states: PinnedStates;
  readonly #what: string;
  #pinned: PinnedState | undefined;
  #closed = false;

  constructor(states: PinnedStates, what: string) {
    this.#states = states;
    this.#what = what;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Keeps the committed state from here on. O(1); O(changes) once while a transaction is open. */
  pin(): void {
    if (!this.#closed) this.#pinned ??= this.#states.pin();
  }

  reader<K extends Kind>(table: StoreTable<K>): TableReader<Kinds[K]> {
    if (this.#closed) {
      throw new StoreError(
        'ERR_TX_CLOSED',
        `this ${this.#what} has ended; read inside the callback, or hold store.snapshot()`,
        {},
      );
    }
    return this.#pinned === undefined ? table.rows.head : table.rows.at(this.#pinned.snapshot);
  }

  /** Closes the state of a pinned view when the garbage collector finds the view. */
  closeWhenForgotten(): void {
    if (this.#pinned !== undefined) forgotten.register(this, this.#pinned, this);
  }

  close(): void {
    this.#closed = true;
    if (this.#pinned === undefined) return;
    forgotten.unregister(this);
    this.#pinned.close();
    this.#pinned = undefined;
  }
}

const forgotten = new FinalizationRegistry<PinnedState>((state) => {
  state.close();
});
