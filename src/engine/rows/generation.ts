import { History } from './history.ts';
import type { RowStorage } from './row-storage.ts';
import { WriteLog } from './write-log.ts';

/**
 * The rows of all tables of a database, with the log and the history that they share: from the start, or from the last
 * time that the whole was replaced, until the next. One that was replaced never changes again, and stays for as long as
 * a snapshot of it is open.
 */
export class Generation {
  /** The database. */
  readonly owner: object;
  readonly log: WriteLog = new WriteLog();
  readonly history: History = new History();
  /** By the table's ordinal. */
  readonly tables: RowStorage[] = [];
  /** Whether it is or was in place; false while it is prepared. */
  adopted = false;
  /** Called when the last snapshot of a generation that was replaced is closed. */
  whenForgotten: (() => void) | undefined;

  constructor(owner: object) {
    this.owner = owner;
  }
}
