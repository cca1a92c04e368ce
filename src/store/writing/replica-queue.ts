import { StoreError } from '../../errors/store-error.ts';
import type { WriteTurn } from './turn.ts';

interface Entry {
  readonly work: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The changes that a proposer brings from elsewhere. They run ahead of every writer that waits, in their order, as soon
 * as no transaction is open: at once where the turn is free or its holder can be interrupted, else when the holder is
 * done with its transaction.
 */
export class ReplicaQueue {
  readonly #turn: WriteTurn<unknown>;
  readonly #entries: Entry[] = [];
  #running = false;

  constructor(turn: WriteTurn<unknown>) {
    this.#turn = turn;
  }

  /** How many wait. */
  get length(): number {
    return this.#entries.length;
  }

  add(work: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#turn.closed && !this.#turn.held) {
        reject(new StoreError('ERR_STORE_CLOSED', 'the store is closed; what the proposer brings comes too late', {}));
        return;
      }
      this.#entries.push({ work, resolve, reject });
      if (this.#turn.takeFree()) {
        this.run();
        this.#turn.release();
      } else if (this.#turn.interrupt()) {
        this.run();
      }
    });
  }

  /** Runs what waits. The caller has the turn, and no transaction is open. */
  run(): void {
    if (this.#running) return;
    this.#running = true;
    try {
      for (let entry = this.#entries.shift(); entry !== undefined; entry = this.#entries.shift()) {
        try {
          entry.work();
          entry.resolve();
        } catch (error) {
          entry.reject(error);
        }
      }
    } finally {
      this.#running = false;
    }
  }
}
