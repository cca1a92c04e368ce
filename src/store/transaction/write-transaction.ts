import type { Database } from '../../engine/database.ts';
import type { PreparedState } from '../../engine/prepared-state.ts';
import type { ChangeList } from './change-list.ts';

/**
 * The engine's open transaction. It is the ground of one transaction of the store, or of several that follow each other
 * and are committed together, each with a change list of its own.
 */
export class WriteTransaction {
  readonly #database: Database;
  readonly #beforeChange: () => void;
  #replacement: PreparedState | undefined;

  /** `beforeChange` is called ahead of every change, so that readers of the head can be pinned. */
  constructor(database: Database, beforeChange: () => void) {
    this.#database = database;
    this.#beforeChange = beforeChange;
    database.begin();
  }

  willChange(): void {
    this.#beforeChange();
  }

  /** Runs `work`, which adds to `changes`; when it throws, nothing of it stays. */
  atomically<R>(changes: ChangeList, work: () => R): R {
    const undo = this.mark(changes);
    try {
      return work();
    } catch (error) {
      undo();
      throw error;
    }
  }

  /** Marks a place in the transaction, and gives the function that goes back to it. */
  mark(changes: ChangeList): () => void {
    const savepoint = this.#database.savepoint();
    const events = changes.events.length;
    return () => {
      this.#database.rollbackTo(savepoint);
      changes.events.length = events;
    };
  }

  /** Has the commit put a prepared state in the place of all contents. Nothing else may be written. */
  replaceBy(prepared: PreparedState): void {
    this.#beforeChange();
    this.#replacement = prepared;
  }

  commit(): void {
    if (this.#replacement === undefined) this.#database.commit();
    else this.#database.adopt(this.#replacement);
  }

  rollback(): void {
    this.#database.rollback();
  }
}
