import type { Database } from '../engine/database.ts';
import type { Snapshot } from '../engine/snapshot.ts';
import type { TableReader } from '../engine/table-reader.ts';
import { StoreError } from '../errors/store-error.ts';
import type { Kind, Kinds } from '../wire/kinds.ts';
import { countRows, findRows, scanRows } from './find.ts';
import { finderOf } from './find-by.ts';
import type { By } from './find-by.ts';
import { isKindName, kinds, tableNames } from './kinds.ts';
import type { StoreTable, StoreTables } from './store-table.ts';

/** A table, as a reader sees it. Everything it gives is deeply frozen and shared with the store: keep it, never change it. */
export interface ReadTable<K extends Kind> {
  /** The object with that id, or undefined. O(1). */
  get(id: string): Kinds[K] | undefined;
  /**
   * The objects that `by` finds, in the order of the finder's keys, then of ids, both as UTF-8 bytes. A frozen array, possibly the same as
   * before. O(result), for prefixes O(log n + result). Throws `ERR_INVALID_FIND_BY`.
   */
  find(by: By<K>): readonly Kinds[K][];
  /** How many objects `by` finds, without building the array. O(1) for `all`, ids and exact keys. Throws `ERR_INVALID_FIND_BY`. */
  count(by: By<K>): number;
  /**
   * What `find` gives, one object after the other; a whole table or a prefix is walked without building an array. Inside a `Tx` it is the state at
   * the call. Throws `ERR_INVALID_FIND_BY` at once, and `ERR_TX_CLOSED` when it is used after the end of its transaction.
   */
  iterate(by: By<K>): IterableIterator<Kinds[K]>;
}

/** A consistent state of the ten tables, for reading. Used after its end, it throws `ERR_TX_CLOSED`. */
export type ReadTx = { readonly [K in Kind as (typeof tableNames)[K]]: ReadTable<K> } & {
  /** A table by its kind, for generic code. */
  table<K extends Kind>(kind: K): ReadTable<K>;
};

/**
 * Which state a transaction reads. It follows the head of the database, at no cost, until somebody else is about to change the head: then it is
 * pinned to a snapshot, which its end closes.
 */
export class StateView {
  readonly #database: Database;
  readonly #what: string;
  #snapshot: Snapshot | undefined;
  #closed = false;

  constructor(database: Database, what: string) {
    this.#database = database;
    this.#what = what;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Keeps the committed state from here on. O(1); O(changes) once while a transaction is open. */
  pin(): void {
    if (!this.#closed) this.#snapshot ??= this.#database.snapshot();
  }

  reader<K extends Kind>(table: StoreTable<K>): TableReader<Kinds[K]> {
    if (this.#closed) {
      throw new StoreError('ERR_TX_CLOSED', `this ${this.#what} has ended; read inside the callback, or hold store.snapshot()`, {});
    }
    return this.#snapshot === undefined ? table.rows.head : table.rows.at(this.#snapshot);
  }

  /** For a pinned view that others hold: when nobody does any more, its snapshot is closed too. */
  closeWhenForgotten(): void {
    if (this.#snapshot !== undefined) forgotten.register(this, this.#snapshot, this);
  }

  close(): void {
    this.#closed = true;
    if (this.#snapshot === undefined) return;
    forgotten.unregister(this);
    this.#snapshot.close();
    this.#snapshot = undefined;
  }
}

const forgotten = new FinalizationRegistry<Snapshot>((snapshot) => snapshot.close());

/** A table of a {@link ReadTransaction}. */
export class TableView<K extends Kind> implements ReadTable<K> {
  readonly #view: StateView;
  readonly #table: StoreTable<K>;

  constructor(view: StateView, table: StoreTable<K>) {
    this.#view = view;
    this.#table = table;
  }

  get(id: string): Kinds[K] | undefined {
    return this.#view.reader(this.#table).get(id);
  }

  find(by: By<K>): readonly Kinds[K][] {
    return findRows(this.#table, this.#view.reader(this.#table), finderOf(by, this.#table.kind));
  }

  count(by: By<K>): number {
    return countRows(this.#table, this.#view.reader(this.#table), finderOf(by, this.#table.kind));
  }

  iterate(by: By<K>): IterableIterator<Kinds[K]> {
    // The walk outlives changes of the head, so it reads a snapshot.
    this.#view.pin();
    const rows = scanRows(this.#table, this.#view.reader(this.#table), finderOf(by, this.#table.kind));
    return walkWhileOpen(this.#view, this.#table, rows);
  }
}

function* walkWhileOpen<K extends Kind>(view: StateView, table: StoreTable<K>, rows: Iterator<Kinds[K]>): IterableIterator<Kinds[K]> {
  for (;;) {
    view.reader(table); // throws once the transaction has ended
    const step = rows.next();
    if (step.done === true) return;
    yield step.value;
  }
}

/** The base of both transactions: a member for each of the ten tables, made at its first use. */
export class TableSet<T> {
  readonly #make: (kind: Kind) => T;
  readonly #made = new Map<Kind, T>();

  constructor(make: (kind: Kind) => T) {
    this.#make = make;
  }

  /** A table by its kind; `ERR_INVALID_FIND_BY` for a kind that there is not. */
  table(kind: Kind): T {
    let table = this.#made.get(kind);
    if (table === undefined) {
      if (!isKindName(kind)) {
        throw new StoreError('ERR_INVALID_FIND_BY', `there is no table of kind '${String(kind)}'; the kinds are ${kinds.join(', ')}`, {
          kind: String(kind),
          finder: 'table',
        });
      }
      table = this.#make(kind);
      this.#made.set(kind, table);
    }
    return table;
  }
}
for (const kind of kinds) {
  Object.defineProperty(TableSet.prototype, tableNames[kind], {
    get(this: TableSet<unknown>) {
      return this.table(kind);
    },
  });
}

/** Makes the transaction that reads through `view`. */
export function readTransaction(view: StateView, tables: StoreTables): ReadTx {
  return new TableSet((kind) => new TableView(view, tables[kind] as StoreTable)) as unknown as ReadTx;
}
