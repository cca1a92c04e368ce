import type { Kind } from '../../../wire/generated/kinds.ts';
import type { AnyObject, Moment } from '../../objects/moment.ts';
import { columns, compareCells } from '../../table/columns.ts';
import type { Cell } from '../../table/columns.ts';
import { filterTest } from '../../table/filters.ts';
import type { SetFilter } from '../../table/filters.ts';

/** The order of a table. */
export interface Order {
  readonly column: number;
  readonly descending: boolean;
}

/**
 * Filters and sorts the rows of a table. The cells of unchanged objects are kept, and the last order is where the next
 * sort begins: a refresh after few changes costs little more than a pass over the rows.
 */
export class SortedRows {
  readonly #kind: Kind;
  #cells = new WeakMap<AnyObject, Cell>();
  #cellsFor = '';
  #names: readonly unknown[] = [];
  #order: readonly string[] = [];

  constructor(kind: Kind) {
    this.#kind = kind;
  }

  of(rows: readonly AnyObject[], moment: Moment, filter: SetFilter | undefined, order: Order): readonly AnyObject[] {
    const column = columns[this.#kind][order.column] ?? columns[this.#kind][0];
    if (column === undefined) return rows;
    this.#forget(column.title, moment);
    const test = filter === undefined ? undefined : filterTest(this.#kind, filter, moment);
    const chosen = this.#inLastOrder(test === undefined ? rows : rows.filter(test));
    const cellOf = (object: AnyObject): Cell => {
      let cell = this.#cells.get(object);
      if (cell === undefined) this.#cells.set(object, (cell = column.cell(object, moment)));
      return cell;
    };
    const sign = order.descending ? -1 : 1;
    chosen.sort((a, b) => sign * compareCells(cellOf(a), cellOf(b)) || (a.id < b.id ? -1 : 1));
    this.#order = chosen.map(({ id }) => id);
    return chosen;
  }

  /** A copy of the rows that is nearly sorted: those of the last result in its order, then the others. */
  #inLastOrder(rows: readonly AnyObject[]): AnyObject[] {
    const left = new Map(rows.map((object) => [object.id, object]));
    const ordered: AnyObject[] = [];
    for (const id of this.#order) {
      const object = left.get(id);
      if (object === undefined) continue;
      ordered.push(object);
      left.delete(id);
    }
    return [...ordered, ...left.values()];
  }

  /** Cells hold the names of services and nodes. */
  #forget(column: string, moment: Moment): void {
    const names = [moment.table('service').rows(), moment.table('node').rows()];
    if (column === this.#cellsFor && names.every((rows, index) => rows === this.#names[index])) return;
    this.#cells = new WeakMap();
    this.#cellsFor = column;
    this.#names = names;
  }
}
