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

/** The parts of a database, for tests that check invariants. */
export interface DatabaseParts {
  /** By table number. */
  readonly storages: readonly RowStorage[];
  readonly log: WriteLog;
  readonly history: History;
}

declare const savepoint: unique symbol;

/** A point in the open transaction. Valid until the transaction ends or is rolled back to an earlier point. */
export type Savepoint = number & { readonly [savepoint]: true };

/**
 * Tables of immutable rows that change together. One transaction is open at a time, with savepoints and rollback. Any
 * number of snapshots of committed states can be open. Everything is synchronous.
 */
export class Database {
  readonly #tables: Table<never>[] = [];
  /** Replaced generations that open snapshots still see. */
  readonly #replaced = new Set<Generation>();
  #generation: Generation = new Generation(this);
  #log: WriteLog = this.#generation.log;
  #committed = 0;

  /** Adds an empty table. The index number of an index is its position in the list; see `indexNumbersOf`. */
  addTable<Row extends object>(name: string, indexes: readonly IndexDeclaration<Row>[]): Table<Row> {
    assert(!this.writing, 'tables are added outside of transactions');
    assert(!this.#tables.some((table) => table.name === name), () => `table '${name}' exists already`);
    const { log, history, storages } = this.#generation;
    const storage = new RowStorage(
      name,
      storages.length,
      indexes as readonly IndexDeclaration<never>[] as readonly IndexDeclaration<object>[],
      log,
      history,
    );
    const table = new Table<Row>(this, storage);
    storages.push(storage);
    this.#tables.push(table as Table<never>);
    return table;
  }

  /** The number of the last committed transaction, 0 at first. */
  get committed(): number {
    return this.#committed;
  }

  /** True while a transaction is open. */
  get writing(): boolean {
    return this.#log.transaction !== 0;
  }

  /** The number of writes of the open transaction that were not rolled back. */
  get changeCount(): number {
    return this.#log.length;
  }

  /**
   * Opens a transaction and returns its number. The number is higher than that of any earlier transaction, committed or
   * rolled back.
   */
  begin(): number {
    assert(!this.writing, 'a transaction is open already');
    return this.#log.begin();
  }

  /** Marks the point that the transaction has reached. O(1). */
  savepoint(): Savepoint {
    assert(this.writing, 'no transaction is open');
    return this.#log.length as Savepoint;
  }

  /** Undoes the writes since the savepoint. The transaction stays open. O(changes). */
  rollbackTo(savepoint: Savepoint): void {
    assert(this.writing, 'no transaction is open');
    this.#log.unwind(savepoint);
  }

  /** Undoes all writes of the transaction and closes it. O(changes). */
  rollback(): void {
    assert(this.writing, 'no transaction is open');
    this.#log.rollback();
    for (const storage of this.#generation.storages) storage.rolledBack();
  }

  /** Closes the transaction; its writes become the committed state. O(changes). */
  commit(): void {
    assert(this.writing, 'no transaction is open');
    this.#committed = this.#log.transaction;
    this.#log.commit();
  }

  /** Creates an empty state, whose rows are loaded step by step and that can replace all contents. O(tables). */
  prepare(): PreparedState {
    return new PreparedState(this, this.#generation.storages);
  }

  /**
   * Replaces the contents of all tables by a finished state and commits the open transaction, which must not have
   * written anything. O(tables). Open snapshots stay exact; all former contents stay in memory until they are closed.
   */
  adopt(prepared: PreparedState): void {
    const before = this.#generation;
    const { generation } = prepared;
    assert(this.writing && this.#log.length === 0, 'a state is adopted in a transaction that writes nothing else');
    assert(prepared.finished, 'the state is not finished');
    assert(generation.storages.length === this.#tables.length, 'tables were added since the state was begun');
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
    for (const table of this.#tables) table.follow(generation.storages[table.tableNumber] as RowStorage);
    if (before.history.handles === 0) return;
    this.#replaced.add(before);
    before.whenForgotten = () => {
      this.#replaced.delete(before);
    };
  }

  /**
   * Opens a snapshot of the committed state. O(1); the first snapshot during a transaction costs O(its changes). The
   * snapshot stays exact however the transaction goes on or ends. The caller has to close it: while it is open, it can
   * retain one version of each row.
   */
  snapshot(): Snapshot {
    const { history, storages } = this.#generation;
    const { newest } = history;
    if (newest !== undefined && newest.version === this.#committed) return new SnapshotHandle(this.#generation, newest);
    const point = new SnapshotPoint(
      this.#committed,
      storages.map(({ committedSize }) => committedSize),
    );
    history.open(point);
    this.#log.retainPast();
    return new SnapshotHandle(this.#generation, point);
  }

  /** The number of open snapshots. */
  get openSnapshots(): number {
    return this.#sum(({ history }) => history.handles);
  }

  /**
   * The number of row versions that are retained for open snapshots. 0 while none is open. After {@link adopt} all rows
   * of the former contents count.
   */
  get retainedVersions(): number {
    return this.#sum((generation) => {
      const { history, storages } = generation;
      const replaced =
        generation === this.#generation ? 0 : storages.reduce((sum, { committedSize }) => sum + committedSize, 0);
      return history.retainedVersions + replaced;
    });
  }

  /** The number of postings that are retained for open snapshots. 0 while none is open. */
  get retainedPostings(): number {
    let postings = 0;
    for (const { indexes } of this.#generation.storages)
      for (const { retainedPostings } of indexes) postings += retainedPostings;
    return postings;
  }

  #sum(figure: (generation: Generation) => number): number {
    let sum = figure(this.#generation);
    for (const generation of this.#replaced) sum += figure(generation);
    return sum;
  }

  /** Only for tests that check invariants. */
  inspect(): DatabaseParts {
    const { storages, log, history } = this.#generation;
    return { storages, log, history };
  }
}
