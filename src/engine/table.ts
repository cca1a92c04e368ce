import { assert, fail } from '../base/assert.ts';
import { HeadReader } from './read/head-reader.ts';
import type { RowStorage } from './rows/row-storage.ts';
import { SnapshotHandle } from './rows/snapshot.ts';
import type { Snapshot } from './rows/snapshot.ts';
import { SnapshotReader } from './read/snapshot-reader.ts';
import type { TableReader } from './read/table-reader.ts';

/** Rows by id. Rows are immutable objects: a change is a replacement. Writes need an open transaction. */
export class Table<Row extends object> {
  readonly name: string;
  /** Its place in the database. */
  readonly ordinal: number;
  readonly #database: object;
  #rows: RowStorage;
  #head: HeadReader<Row>;

  constructor(database: object, rows: RowStorage) {
    this.name = rows.name;
    this.ordinal = rows.ordinal;
    this.#database = database;
    this.#rows = rows;
    this.#head = new HeadReader<Row>(rows);
  }

  /**
   * The newest state: what the open transaction sees; the committed state when none is open. Good until
   * `Database.adopt`.
   */
  get head(): TableReader<Row> {
    return this.#head;
  }

  /** The state that an open snapshot sees. Reading on after it is closed is an assertion error. */
  at(snapshot: Snapshot): TableReader<Row> {
    assert(snapshot instanceof SnapshotHandle, 'not a snapshot of this database');
    const rows = snapshot.rowsOf(this.#database, this.ordinal);
    return new SnapshotReader<Row>(rows, snapshot, rows === this.#rows ? this.#head : new HeadReader<Row>(rows));
  }

  /** Has the rows of another generation from now on. For the database. */
  follow(rows: RowStorage): void {
    this.#rows = rows;
    this.#head = new HeadReader<Row>(rows);
  }

  /** Adds a row. Asserts that the id is free. O(1), in an ordered index that was read O(log keys). */
  insert(id: string, row: Row): void {
    this.#checkWriting();
    const number = this.#rows.ids.get(id);
    if (number !== undefined && this.#rows.head[number] !== undefined)
      fail(`table '${this.name}' has a row '${id}' already`);
    this.#rows.insert(id, number, row);
  }

  /** Replaces a row and returns the one before. Asserts that it exists. O(1) for each index whose keys change. */
  replace(id: string, row: Row): Row {
    this.#checkWriting();
    const number = this.#rows.ids.get(id);
    const before = number === undefined ? undefined : this.#rows.head[number];
    if (number === undefined || before === undefined) fail(`table '${this.name}' has no row '${id}'`);
    this.#rows.replace(number, before, row);
    return before as Row;
  }

  /** Removes a row and returns it; undefined when there is none. */
  remove(id: string): Row | undefined {
    this.#checkWriting();
    const number = this.#rows.ids.get(id);
    const before = number === undefined ? undefined : this.#rows.head[number];
    if (number === undefined || before === undefined) return undefined;
    this.#rows.remove(number, before);
    return before as Row;
  }

  #checkWriting(): void {
    if (this.#rows.log.transaction === 0) fail(`table '${this.name}' is written outside a transaction`);
  }
}
