import { assert } from '../base/assert.ts';
import { Generation } from './rows/generation.ts';
import type { RowStorage } from './rows/row-storage.ts';
import type { Table } from './table.ts';

/** A table of a state that is being prepared. */
export interface PreparedTable<Row extends object> {
  readonly size: number;
  get(id: string): Row | undefined;
  /**
   * Adds a row, or replaces the row with that id. Returns its position in the order of {@link rows}. O(1), without log
   * and history; O(indexes) once the state is finished.
   */
  load(id: string, row: Row): number;
  /** The rows, in the order in which their ids were first loaded. Rows may be replaced during the walk. */
  rows(): IterableIterator<Row>;
}

/**
 * New contents for all tables of a database, built beside the present ones in any number of steps. Readers and writers
 * are not affected. `Database.adopt` puts a finished state in place of the present contents. To give a state up, drop
 * the reference to it.
 */
export class PreparedState {
  readonly generation: Generation;
  #finished = false;
  /** The storages of the tables that existed when this state was created. */
  readonly #present: readonly RowStorage[];

  constructor(owner: object, present: readonly RowStorage[]) {
    this.#present = present;
    this.generation = new Generation(owner);
    const { log, history, storages } = this.generation;
    for (const storage of present) storages.push(storage.emptyCopy(log, history));
  }

  /** The table in this state. Asserts that it belongs to the database. */
  of<Row extends object>(table: Table<Row>): PreparedTable<Row> {
    const storage = this.generation.storages[table.tableNumber];
    assert(
      storage !== undefined && this.#present[table.tableNumber]?.name === table.name,
      () => `'${table.name}' is no table of this database`,
    );
    return new LoadedRows<Row>(storage);
  }

  /** True once {@link finish} has run to its end. */
  get finished(): boolean {
    return this.#finished;
  }

  /**
   * Builds the indexes of the loaded rows in small steps; the array of a table's rows is a single allocation. Trees
   * that the present tables have built are built here too. Run it once, before the state is adopted. Single rows may be
   * loaded afterwards.
   */
  *finish(): Generator<void, void> {
    for (const [tableNumber, storage] of this.generation.storages.entries()) {
      yield* storage.finishLoading();
      const present = this.#present[tableNumber] as RowStorage;
      if (present.idTree.built) yield* storage.idTree.buildInSteps();
      for (const [indexNumber, { tree }] of present.indexes.entries()) {
        const own = storage.indexes[indexNumber]?.tree;
        if (tree?.built === true && own !== undefined) yield* own.buildInSteps();
      }
    }
    this.#finished = true;
  }
}

class LoadedRows<Row extends object> implements PreparedTable<Row> {
  readonly #storage: RowStorage;

  constructor(storage: RowStorage) {
    this.#storage = storage;
  }

  get size(): number {
    return this.#storage.size;
  }

  get(id: string): Row | undefined {
    const rowNumber = this.#storage.ids.get(id);
    return rowNumber === undefined ? undefined : (this.#storage.loaded(rowNumber) as Row);
  }

  load(id: string, row: Row): number {
    return this.#storage.load(id, row);
  }

  *rows(): IterableIterator<Row> {
    for (let position = 0; position < this.#storage.size; position++) yield this.#storage.loaded(position) as Row;
  }
}
