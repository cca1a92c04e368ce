import { assert } from '../base/assert.ts';
import type { IndexDeclaration } from './index/keys.ts';
import { Generation } from './rows/generation.ts';
import { SnapshotPoint } from './rows/history.ts';
import type { History } from './rows/history.ts';
import { PreparedState } from './prepared-state.ts';
import { RowStorage } from './rows/row-storage.ts';
import { SnapshotHandle } from './rows/snapshot.ts';
import type { Snapshot } from './rows/snapshot.ts';
import { Table } from './table.ts';
import type { WriteLog } from './rows/write-log.ts';

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
 * Tables of immutable rows that change together: one transaction at a time, with savepoints and rollback, and any
 * number of snapshots of committed states. Everything is synchronous.
 */
export class Database {
  readonly #tables: Table<never>[] = [];
  /** Generations that were replaced and of which snapshots are open. */
  readonly #replaced = new Set<Generation>();
  #generation: Generation = new Generation(this);
  #log: WriteLog = this.#generation.log;
  #committed = 0;

  /**
   * Adds an empty table. Indexes are addressed by their position in the list.
   */
  addTable<Row extends object>(name: string, indexes: readonly IndexDeclaration<Row>[]): Table<Row> {
    assert(!this.writing, 'tables are added outside of transactions');
    assert(!this.#tables.some((table) => table.name === name), () => `table '${name}' exists already`);
    const { log, history, tables } = this.#generation;
    const rows = new RowStorage(
      name,
      tables.length,
      indexes as readonly IndexDeclaration<never>[] as readonly IndexDeclaration<object>[],
      log,
      history,
    );
    const table = new Table<Row>(this, rows);
    tables.push(rows);
    this.#tables.push(table as Table<never>);
    return table;
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

  /**
   * Opens a transaction and gives its number, which is higher than those of all before, also of those that were rolled
   * back.
   */
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
    for (const rows of this.#generation.tables) rows.rolledBack();
  }

  /** Makes the transaction's writes the committed state. O(changes). */
  commit(): void {
    assert(this.writing, 'no transaction is open');
    this.#committed = this.#log.transaction;
    this.#log.commit();
  }

  /** Begins to put together contents that are to replace all that there is. O(tables). */
  prepare(): PreparedState {
    return new PreparedState(this, this.#generation.tables);
  }

  /**
   * Commits the open transaction, which has written nothing, by putting a finished state in the place of all tables'
   * contents. O(tables). Open snapshots keep the state that they see, at the price of keeping all of it.
   */
  adopt(prepared: PreparedState): void {
    const before = this.#generation;
    const { generation } = prepared;
    assert(this.writing && this.#log.length === 0, 'a state is adopted in a transaction that writes nothing else');
    assert(prepared.finished, 'the state is not finished');
    assert(generation.tables.length === this.#tables.length, 'tables were added since the state was begun');
    assert(
      generation.owner === this && !generation.adopted,
      'the state was prepared for another database, or is in place already',
    );
    this.#committed = before.log.transaction;
    before.log.commit();
    generation.adopted = true;
    generation.log.continueBehind(this.#committed);
    this.#generation = generation;
    this.#log = generation.log;
    for (const table of this.#tables) table.follow(generation.tables[table.ordinal] as RowStorage);
    if (before.history.handles === 0) return;
    this.#replaced.add(before);
    before.whenForgotten = () => {
      this.#replaced.delete(before);
    };
  }

  /**
   * The committed state. O(1); while a transaction is open that has written, O(its changes) for the first one that
   * asks. The snapshot stays exact however the transaction goes on or ends. It has to be closed: each open one can cost
   * every later write one retained version.
   */
  snapshot(): Snapshot {
    const { history, tables } = this.#generation;
    const { newest } = history;
    if (newest !== undefined && newest.version === this.#committed) return new SnapshotHandle(this.#generation, newest);
    const point = new SnapshotPoint(
      this.#committed,
      tables.map((rows) => rows.committedSize),
    );
    history.open(point);
    this.#log.retainPast();
    return new SnapshotHandle(this.#generation, point);
  }

  /** The number of snapshots that have not been closed. */
  get openSnapshots(): number {
    return this.#sum(({ history }) => history.handles);
  }

  /**
   * The number of old row versions that are kept for open snapshots. 0 while none is open. After {@link adopt} these
   * are all rows of the state before.
   */
  get retainedVersions(): number {
    return this.#sum((generation) => {
      const { history, tables } = generation;
      const replaced =
        generation === this.#generation ? 0 : tables.reduce((rows, { committedSize }) => rows + committedSize, 0);
      return history.retainedVersions + replaced;
    });
  }

  /**
   * The number of index entries that are kept for open snapshots beside those of the newest rows. 0 while none is open.
   */
  get retainedPostings(): number {
    let postings = 0;
    for (const rows of this.#generation.tables) for (const index of rows.indexes) postings += index.retainedPostings;
    return postings;
  }

  #sum(figure: (generation: Generation) => number): number {
    let sum = figure(this.#generation);
    for (const generation of this.#replaced) sum += figure(generation);
    return sum;
  }

  /** What tests check invariants on. Nothing else may depend on it. */
  inspect(): DatabaseParts {
    const { tables, log, history } = this.#generation;
    return { tables, log, history };
  }
}
