import { assert, fail } from '../base/assert.ts';
import { HeadReader } from './read/head-reader.ts';
import type { RowStorage } from './rows/row-storage.ts';
import { SnapshotHandle } from './rows/snapshot.ts';
import type { Snapshot } from './rows/snapshot.ts';
import { SnapshotReader } from './read/snapshot-reader.ts';
import type { TableReader } from './read/table-reader.ts';

/** Rows by id. A row is an immutable object; a change replaces it. Writes need an open transaction. */
export class Table<Row extends object> {
  readonly name: string;
  /** The table's position in the database. */
  readonly tableNumber: number;
  readonly #database: object;
  #storage: RowStorage;
  #head: HeadReader<Row>;

  constructor(database: object, storage: RowStorage) {
    this.name = storage.name;
    this.tableNumber = storage.tableNumber;
    this.#database = database;
    this.#storage = storage;
    this.#head = new HeadReader<Row>(storage);
  }

  /**
   * The newest state: that of the open transaction, else the committed one. The reader is valid until
   * `Database.adopt`.
   */
  get head(): TableReader<Row> {
    return this.#head;
  }

  /** The state that an open snapshot sees. A read after the snapshot was closed throws an assertion error. */
  at(snapshot: Snapshot): TableReader<Row> {
    assert(snapshot instanceof SnapshotHandle, 'not a snapshot of this database');
    const storage = snapshot.storageOf(this.#database, this.tableNumber);
    const head = storage === this.#storage ? this.#head : new HeadReader<Row>(storage);
    return new SnapshotReader<Row>(storage, snapshot, head);
  }

  /** Replaces the table's contents by those of another generation. Only the database calls it. */
  follow(storage: RowStorage): void {
    this.#storage = storage;
    this.#head = new HeadReader<Row>(storage);
  }

  /** Adds a row. Asserts that the id is free. O(indexes), and O(log keys) for an ordered index that was read. */
  insert(id: string, row: Row): void {
    this.#checkWriting();
    const rowNumber = this.#storage.ids.get(id);
    if (rowNumber !== undefined && this.#storage.headRows[rowNumber] !== undefined)
      fail(`table '${this.name}' has a row '${id}' already`);
    this.#storage.insert(id, rowNumber, row);
  }

  /** Replaces a row and returns the former one. Asserts that it exists. O(1) for each index whose keys change. */
  replace(id: string, row: Row): Row {
    this.#checkWriting();
    const rowNumber = this.#storage.ids.get(id);
    const before = rowNumber === undefined ? undefined : this.#storage.headRows[rowNumber];
    if (rowNumber === undefined || before === undefined) fail(`table '${this.name}' has no row '${id}'`);
    this.#storage.replace(rowNumber, before, row);
    return before as Row;
  }

  /** Removes a row and returns it. Returns undefined when the id has none. O(indexes). */
  remove(id: string): Row | undefined {
    this.#checkWriting();
    const rowNumber = this.#storage.ids.get(id);
    const before = rowNumber === undefined ? undefined : this.#storage.headRows[rowNumber];
    if (rowNumber === undefined || before === undefined) return undefined;
    this.#storage.remove(rowNumber, before);
    return before as Row;
  }

  #checkWriting(): void {
    if (this.#storage.log.transaction === 0) fail(`table '${this.name}' is written outside a transaction`);
  }
}
