import type { Database } from '../../engine/database.ts';
import type { PreparedState } from '../../engine/prepared-state.ts';
import type { ChangeList } from './change-list.ts';

/** An observer of changes before they happen. */
export interface ChangeObserver {
  /** Called ahead of every change, so that running views keep their state. */
  beforeChange(): void;
}

/**
 * The engine's open transaction. The transaction carries one transaction of the store, or several that are committed
 * together, each with its own change list.
 */
export class WriteTransaction {
  readonly #database: Database;
  readonly #observer: ChangeObserver;
  #replacement: PreparedState | undefined;

  constructor(database: Database, observer: ChangeObserver) {
    this.#database = database;
    this.#observer = observer;
    database.begin();
  }

  willChange(): void {
    this.#observer.beforeChange();
  }

  /** Runs `work`, which adds to `changes`. When `work` throws, its changes are taken back. */
  atomically<R>(changes: ChangeList, work: () => R): R {
    const undo = this.mark(changes);
    try {
      return work();
    } catch (error) {
      undo();
      throw error;
    }
  }

  /** Marks the present position in the transaction, and gives the function that goes back to it. */
  mark(changes: ChangeList): () => void {
    const savepoint = this.#database.savepoint();
    const events = changes.events.length;
    return () => {
      this.#database.rollbackTo(savepoint);
      changes.events.length = events;
    };
  }

  /** Makes the commit put a prepared state in the place of all contents. The transaction may write nothing else. */
  replaceBy(prepared: PreparedState): void {
    this.#observer.beforeChange();
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
