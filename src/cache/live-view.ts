import type { Search } from './loki-table.ts';

/** What a view shows, now or at its last refresh. */
export interface LiveView<T> extends Disposable {
  /**
   * The objects that the view finds, in its order: those of now. A frozen array, the same one as long as nothing of it
   * changes.
   */
  readonly rows: readonly T[];
  /** Ends the view; its handler is not called any more. */
  close(): void;
}

/** A view of a table that keeps its rows until the table changes. */
export class TableView<T> implements LiveView<T> {
  readonly #find: (search: Search<T>) => readonly T[];
  readonly #search: Search<T>;
  readonly #onChange: ((rows: readonly T[]) => void) | undefined;
  readonly #onClose: (view: TableView<T>) => void;
  #rows: readonly T[];
  #told: readonly T[];
  #dirty = false;
  #closed = false;

  constructor(
    find: (search: Search<T>) => readonly T[],
    search: Search<T>,
    onChange: ((rows: readonly T[]) => void) | undefined,
    onClose: (view: TableView<T>) => void,
  ) {
    this.#find = find;
    this.#search = search;
    this.#onChange = onChange;
    this.#onClose = onClose;
    this.#rows = find(search);
    this.#told = this.#rows;
  }

  get rows(): readonly T[] {
    if (this.#dirty && !this.#closed) {
      this.#dirty = false;
      const found = this.#find(this.#search);
      if (!isSame(found, this.#rows)) this.#rows = found;
    }
    return this.#rows;
  }

  /** The table has changed. */
  invalidate(): void {
    this.#dirty = true;
  }

  /** Tells the handler, if there is anything to tell. */
  readonly refresh = (): void => {
    if (this.#closed || this.#onChange === undefined) return;
    const rows = this.rows;
    if (rows === this.#told) return;
    this.#told = rows;
    this.#onChange(rows);
  };

  close(): void {
    this.#closed = true;
    this.#onClose(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Copies are replaced when their object changes, so identity tells. */
function isSame<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((object, index) => object === b[index]);
}
