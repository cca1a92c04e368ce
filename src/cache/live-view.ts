import type { Search } from './loki-table.ts';

/** The rows of a query, kept up to date. */
export interface LiveView<T> extends Disposable {
  /**
   * The objects that the view finds now, in its order. The array is frozen, and stays the same array until its contents
   * change.
   */
  readonly rows: readonly T[];
  /** Ends the view: its rows stay as they are, and its handler is not called any more. */
  close(): void;
}

/** A view that runs its query again only after its table has changed. */
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

  /** Marks the rows as out of date, after a change of the table. */
  invalidate(): void {
    this.#dirty = true;
  }

  /** Calls the handler if the rows differ from those of its last call. */
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

/** Compares by identity: the cache replaces the copy of each changed object. */
function isSame<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((object, index) => object === b[index]);
}
