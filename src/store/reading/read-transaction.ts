import type { TableReader } from '../../engine/read/table-reader.ts';
import { StoreError } from '../../errors/store-error.ts';
import type { Version } from '../../wire/generated/common.ts';
import type { Kind, Kinds } from '../../wire/kinds.ts';
import { startTimer, stopTimer } from '../telling/diagnostics.ts';
import { countRows, findRows, prepareScan, scanRows } from '../../model/find/find-rows.ts';
import { finderOf } from '../../model/finder.ts';
import type { By } from '../../model/finder.ts';
import { isKindName, kinds, tableNames } from '../../model/kinds.ts';
import { pacedWalk } from './paced-walk.ts';
import type { IterateOptions } from './paced-walk.ts';
import type { PinnedState, PinnedStates } from './pinned-states.ts';
import type { StoreTable, StoreTables } from '../transaction/store-tables.ts';

/**
 * A table, as a reader sees it. Everything it gives is deeply frozen and shared with the store: keep it, never change
 * it.
 */
export interface ReadTable<K extends Kind> {
  /** The object with that id, or undefined. O(1). */
  get(id: string): Kinds[K] | undefined;
  /**
   * The objects that `by` finds, in the order of the finder's keys, then of ids, both as UTF-8 bytes. A frozen array,
   * possibly the same as before. O(result), for prefixes O(log n + result). Throws `ERR_INVALID_FIND_BY`.
   */
  find(by: By<K>): readonly Kinds[K][];
  /**
   * How many objects `by` finds, without building the array. O(1) for `all`, ids and exact keys. Throws
   * `ERR_INVALID_FIND_BY`.
   */
  count(by: By<K>): number;
  /**
   * What `find` gives, one object after the other; a whole table or a prefix is walked without building an array.
   * Inside a `Tx` it is the state at the call. Throws `ERR_INVALID_FIND_BY` at once, and `ERR_TX_CLOSED` when it is
   * used after the end of its transaction.
   */
  iterate(by: By<K>): IterableIterator<Kinds[K], undefined>;
  /**
   * The same walk for long work in an asynchronous view or a snapshot: it gives the event loop a turn whenever it has
   * gone on for a while. Not for write transactions, which are synchronous: there it throws `ERR_ASYNC_CALLBACK`.
   *
   * @example
   * ```ts
   * import { MemoryStore, all } from 'swarmstate';
   *
   * const store = new MemoryStore();
   * await store.view(async (tx) => {
   *   for await (const task of tx.tasks.iterate(all, { yieldAfterMs: 5 })) console.log(task.id);
   * });
   * ```
   */
  iterate(by: By<K>, options: IterateOptions): AsyncIterableIterator<Kinds[K], undefined>;
}

/** A consistent state of the ten tables, for reading. Used after its end, it throws `ERR_TX_CLOSED`. */
export type ReadTx = { readonly [K in Kind as (typeof tableNames)[K]]: ReadTable<K> } & {
  /** The version of the state, where transactions are numbered. */
  readonly version: Version | undefined;
  /** A table by its kind, for generic code. */
  table<K extends Kind>(kind: K): ReadTable<K>;
};

/**
 * Which state a transaction reads. It follows the head of the database, at no cost, until somebody else is about to
 * change the head: then it is pinned to a snapshot, which its end closes.
 */
export class StateView {
  readonly #states: PinnedStates;
  readonly #what: string;
  #pinned: PinnedState | undefined;
  #closed = false;

  constructor(states: PinnedStates, what: string) {
    this.#states = states;
    this.#what = what;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Keeps the committed state from here on. O(1); O(changes) once while a transaction is open. */
  pin(): void {
    if (!this.#closed) this.#pinned ??= this.#states.pin();
  }

  reader<K extends Kind>(table: StoreTable<K>): TableReader<Kinds[K]> {
    if (this.#closed) {
      throw new StoreError(
        'ERR_TX_CLOSED',
        `this ${this.#what} has ended; read inside the callback, or hold store.snapshot()`,
        {},
      );
    }
    return this.#pinned === undefined ? table.rows.head : table.rows.at(this.#pinned.snapshot);
  }

  /** For a pinned view that others hold: when nobody does any more, its state is let go too. */
  closeWhenForgotten(): void {
    if (this.#pinned !== undefined) forgotten.register(this, this.#pinned, this);
  }

  close(): void {
    this.#closed = true;
    if (this.#pinned === undefined) return;
    forgotten.unregister(this);
    this.#pinned.close();
    this.#pinned = undefined;
  }
}

const forgotten = new FinalizationRegistry<PinnedState>((state) => {
  state.close();
});

/** A table of a {@link ReadTransaction}. */
class TableView<K extends Kind> implements ReadTable<K> {
  readonly #view: StateView;
  readonly #table: StoreTable<K>;

  constructor(view: StateView, table: StoreTable<K>) {
    this.#view = view;
    this.#table = table;
  }

  get(id: string): Kinds[K] | undefined {
    return timedLookup(this.#view.reader(this.#table), id);
  }

  find(by: By<K>): readonly Kinds[K][] {
    return findRows(this.#table, this.#view.reader(this.#table), finderOf(by, this.#table.kind));
  }

  count(by: By<K>): number {
    return countRows(this.#table, this.#view.reader(this.#table), finderOf(by, this.#table.kind));
  }

  iterate(by: By<K>): IterableIterator<Kinds[K], undefined>;
  iterate(by: By<K>, options: IterateOptions): AsyncIterableIterator<Kinds[K], undefined>;
  iterate(
    by: By<K>,
    options?: IterateOptions,
  ): IterableIterator<Kinds[K], undefined> | AsyncIterableIterator<Kinds[K], undefined> {
    // The walk outlives changes of the head, so it reads a snapshot.
    this.#view.pin();
    const reader = this.#view.reader(this.#table);
    const finder = finderOf(by, this.#table.kind);
    const walk = (): IterableIterator<Kinds[K], undefined> =>
      walkWhileOpen(this.#view, this.#table, scanRows(this.#table, this.#view.reader(this.#table), finder));
    return options === undefined ? walk() : pacedWalk(prepareScan(this.#table, reader, finder), walk, options);
  }
}

/** A `get` with its latency, where somebody wants to know it. */
export function timedLookup<Row>(reader: TableReader<Row>, id: string): Row | undefined {
  const started = startTimer('lookup');
  const row = reader.get(id);
  if (started !== 0) stopTimer('lookup', started);
  return row;
}

function* walkWhileOpen<K extends Kind>(
  view: StateView,
  table: StoreTable<K>,
  rows: Iterator<Kinds[K]>,
): IterableIterator<Kinds[K], undefined> {
  for (;;) {
    view.reader(table); // throws once the transaction has ended
    const step = rows.next();
    if (step.done === true) return;
    yield step.value;
  }
}

/** The base of both transactions: a member for each of the ten tables, made at its first use. */
export abstract class TableSet<T> {
  readonly version: Version | undefined;
  // Most transactions use one table, and a map costs more than all the rest of one.
  #firstKind: Kind | undefined;
  #first: T | undefined;
  #others: Map<Kind, T> | undefined;

  constructor(version: Version | undefined) {
    this.version = version;
  }

  /** Makes the table of a kind; called once for each. */
  abstract make(kind: Kind): T;

  /** A table by its kind; `ERR_INVALID_FIND_BY` for a kind that there is not. */
  table(kind: Kind): T {
    return this.#first !== undefined && kind === this.#firstKind ? this.#first : this.#other(kind);
  }

  #other(kind: Kind): T {
    const known = this.#others?.get(kind);
    if (known !== undefined) return known;
    if (!isKindName(kind)) {
      throw new StoreError(
        'ERR_INVALID_FIND_BY',
        `there is no table of kind '${String(kind)}'; the kinds are ${kinds.join(', ')}`,
        {
          kind: String(kind),
          finder: 'table',
        },
      );
    }
    const table = this.make(kind);
    if (this.#first === undefined) {
      this.#firstKind = kind;
      this.#first = table;
    } else (this.#others ??= new Map<Kind, T>()).set(kind, table);
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

class ReadTransaction extends TableSet<TableView<Kind>> {
  readonly #view: StateView;
  readonly #tables: StoreTables;

  constructor(view: StateView, tables: StoreTables, version: Version | undefined) {
    super(version);
    this.#view = view;
    this.#tables = tables;
  }

  override make(kind: Kind): TableView<Kind> {
    return new TableView(this.#view, this.#tables[kind] as StoreTable);
  }
}

/** Makes the transaction that reads through `view`. */
export function readTransaction(view: StateView, tables: StoreTables, version: Version | undefined): ReadTx {
  return new ReadTransaction(view, tables, version) as unknown as ReadTx;
}
