import { History } from './history.ts';
import type { RowStorage } from './row-storage.ts';
import { WriteLog } from './write-log.ts';

/**
 * The contents of all tables of a database, with the log and the history that they share. `Database.adopt` replaces a
 * generation as a whole. A replaced generation never changes again, and stays in memory while a snapshot of it is open.
 */
export class Generation {
  /** The database. */
  readonly owner: object;
  readonly log: WriteLog = new WriteLog();
  readonly history: History = new History();
  /** By table number. */
  readonly storages: RowStorage[] = [];
  /** False while the generation is prepared, true from the moment that the database uses it. */
  adopted = false;
  /** Called when the last snapshot of a replaced generation is closed. */
  whenForgotten: (() => void) | undefined;

  constructor(owner: object) {
    this.owner = owner;
  }
}
