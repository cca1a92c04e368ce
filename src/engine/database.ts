import { assert } from './assert.ts';
import type { IndexDeclaration } from './declaration.ts';
import { History } from './history.ts';
import { RowStorage } from './row-storage.ts';
import { SnapshotHandle, SnapshotPoint } from './snapshot.ts';
import type { Snapshot } from './snapshot.ts';
import { Table } from './table.ts';
import { WriteLog } from './write-log.ts';

/** The parts of a database, for checks of their invariants. */
export interface DatabaseParts {
  readonly tables: readonly RowStorage[];
  readonly log: WriteLog;
  readonly history: History;
}

declare const savepoint: unique symbol;

/** A place in the open transaction. Good until the transaction goes back behind it or ends. */
export type Savepoint = number & { readonly [savepoint]: true };

/**
 * Tables of immutable rows that change together: one transaction at a time, with savepoints and rollback, and any number of
 * snapshots of committed states. Everything is synchronous.
 */
export class Database {
  readonly #tables: RowStorage[] = [];
  readonly #log: WriteLog = new WriteLog();
  readonly #history: History = new History();
  #committed = 0;

  /**
   * Adds an empty table. Indexes are addressed by their position in the list.
   */
  addTable<Row extends object>(name: string, indexes: readonly IndexDeclaration<Row>[]): Table<Row> {
    assert(!this.writing, 'tables are added outside of transactions');
    assert(!this.#tables.some((table) => table.name === name), () => `table '${name}' exists already`);
    const rows = new RowStorage(
      name,
      this.#tables.length,
      indexes as readonly IndexDeclaration<never>[] as readonly IndexDeclaration<object>[],
      this.#log,
      this.#history,
    );
    this.#tables.push(rows);
    return new Table<Row>(rows);
  }

  /** The number of the last committed transaction, 0 at first. */
  get committed(): number {
    return this.#committed;
  }

  /** Whether a transaction is open. */
  get writing(): boolean {
    return this.#log.transaction !== 0;
  }

  /** The number of writes of the open transaction that have not been taken back. */
  get changeCount(): number {
    return this.#log.length;
  }

  /** Opens a transaction and gives its number, which is higher than those of all before, also of those that were rolled back. */
  begin(): number {
    assert(!this.writing, 'a transaction is open already');
    return this.#log.begin();
  }

  /** Marks the place that the transaction has reached. O(1). */
  savepoint(): Savepoint {
    assert(this.writing, 'no transaction is open');
    return this.#log.length as Savepoint;
  }

  /** Takes back what the transaction wrote since the savepoint; it stays open. O(changes). */
  rollbackTo(savepoint: Savepoint): void {
    assert(this.writing, 'no transaction is open');
    this.#log.unwind(savepoint);
  }

  /** Takes back the whole transaction and closes it. O(changes). */
  rollback(): void {
    assert(this.writing, 'no transaction is open');
    this.#log.rollback();
    for (const table of this.#tables) table.rolledBack();
  }

  /** Makes the transaction's writes the committed state. O(changes). */
  commit(): void {
    assert(this.writing, 'no transaction is open');
    this.#committed = this.#log.transaction;
    this.#log.commit();
  }

  /**
   * The committed state. O(1); while a transaction is open that has written, O(its changes) for the first one that asks. The
   * snapshot stays exact however the transaction goes on or ends. It has to be closed: each open one can cost every later
   * write one retained version.
   */
  snapshot(): Snapshot {
    const newest = this.#history.newest;
    if (newest !== undefined && newest.version === this.#committed) return new SnapshotHandle(this.#history, newest);
    const point = new SnapshotPoint(
      this.#committed,
      this.#tables.map((table) => table.committedSize),
    );
    this.#history.open(point);
    this.#log.retainPast();
    return new SnapshotHandle(this.#history, point);
  }

  /** The number of snapshots that have not been closed. */
  get openSnapshots(): number {
    return this.#history.handles;
  }

  /** The number of old row versions that are kept for open snapshots. 0 while none is open. */
  get retainedVersions(): number {
    return this.#history.retainedVersions;
  }

  /** The number of index entries that are kept for open snapshots. 0 while none is open. */
  get retainedPostings(): number {
    let postings = 0;
    for (const table of this.#tables) for (const index of table.indexes) postings += index.retainedPostings;
    return postings;
  }

  /** What tests check invariants on. Nothing else may depend on it. */
  inspect(): DatabaseParts {
    return { tables: this.#tables, log: this.#log, history: this.#history };
  }
}
