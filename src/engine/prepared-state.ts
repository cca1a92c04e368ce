import { assert } from '../base/assert.ts';
import { Generation } from './rows/generation.ts';
import type { RowStorage } from './rows/row-storage.ts';
import type { Table } from './table.ts';

/** A table of a state that is being prepared. */
export interface PreparedTable<Row extends object> {
  readonly size: number;
  get(id: string): Row | undefined;
  /**
   * Adds a row, or replaces the one with that id, and gives its place in {@link rows}. O(1), with neither log nor
   * history, and O(indexes) once the state is finished.
   */
  load(id: string, row: Row): number;
  /** The rows in the order in which their ids came first. Rows may be replaced while they are walked. */
  rows(): IterableIterator<Row>;
}

/**
 * Contents for all tables of a database, put together beside those that it has, in as many steps as one likes: readers
 * and writers notice nothing. `Database.adopt` puts them in place; until then, letting go of it is all it takes to give
 * up.
 */
export class PreparedState {
  readonly generation: Generation;
  #finished = false;
  /** The tables that were there when it was begun. */
  readonly #present: readonly RowStorage[];

  constructor(owner: object, present: readonly RowStorage[]) {
    this.#present = present;
    this.generation = new Generation(owner);
    const { log, history, tables } = this.generation;
    for (const rows of present) tables.push(rows.emptyCopy(log, history));
  }

  of<Row extends object>(table: Table<Row>): PreparedTable<Row> {
    const rows = this.generation.tables[table.ordinal];
    assert(
      rows !== undefined && this.#present[table.ordinal]?.name === table.name,
      () => `'${table.name}' is no table of this database`,
    );
    return new LoadedRows<Row>(rows);
  }

  get finished(): boolean {
    return this.#finished;
  }

  /**
   * Makes the indexes of what was loaded, and the orders that the present tables have ready for walks, in small steps;
   * the array of a table's rows is one allocation. To be done once, before it is adopted; single rows may be loaded
   * after it.
   */
  *finish(): Generator<void, void> {
    for (const [ordinal, rows] of this.generation.tables.entries()) {
      yield* rows.finishLoading();
      const present = this.#present[ordinal] as RowStorage;
      if (present.idTree.built) yield* rows.idTree.buildInSteps();
      for (const [position, { tree }] of present.indexes.entries()) {
        const own = rows.indexes[position]?.tree;
        if (tree?.built === true && own !== undefined) yield* own.buildInSteps();
      }
    }
    this.#finished = true;
  }
}

class LoadedRows<Row extends object> implements PreparedTable<Row> {
  readonly #rows: RowStorage;

  constructor(rows: RowStorage) {
    this.#rows = rows;
  }

  get size(): number {
    return this.#rows.size;
  }

  get(id: string): Row | undefined {
    const number = this.#rows.ids.get(id);
    return number === undefined ? undefined : (this.#rows.loaded(number) as Row);
  }

  load(id: string, row: Row): number {
    return this.#rows.load(id, row);
  }

  *rows(): IterableIterator<Row> {
    for (let number = 0; number < this.#rows.size; number++) yield this.#rows.loaded(number) as Row;
  }
}
