import { countRows, findRows, prepareScan, scanRows } from '../../model/find/find-rows.ts';
import { unwrapBy } from '../../model/find/finder.ts';
import type { By } from '../../model/find/finder.ts';
import type { Version } from '../../wire/generated/common.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import type { StoreTable, StoreTables } from '../transaction/store-tables.ts';
import { TableSet, timedLookup } from '../transaction/table-set.ts';
import type { IterateOptions, ReadTable, ReadTx } from '../transaction/tx.ts';
import { checkedWalk, pacedWalk } from './paced-walk.ts';
import type { StateView } from './state-view.ts';

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
    return findRows(this.#table, this.#view.reader(this.#table), unwrapBy(by, this.#table.kind));
  }

  count(by: By<K>): number {
    return countRows(this.#table, this.#view.reader(this.#table), unwrapBy(by, this.#table.kind));
  }

  iterate(by: By<K>): IterableIterator<Kinds[K], undefined>;
  iterate(by: By<K>, options: IterateOptions): AsyncIterableIterator<Kinds[K], undefined>;
  iterate(
    by: By<K>,
    options?: IterateOptions,
  ): IterableIterator<Kinds[K], undefined> | AsyncIterableIterator<Kinds[K], undefined> {
    const paces = options === undefined ? undefined : checkedWalk(options);
    // The walk outlives changes of the head, so it reads a snapshot.
    this.#view.pin();
    const reader = this.#view.reader(this.#table);
    const finder = unwrapBy(by, this.#table.kind);
    const walk = (): IterableIterator<Kinds[K], undefined> =>
      walkWhileOpen(this.#view, this.#table, scanRows(this.#table, this.#view.reader(this.#table), finder));
    return paces === undefined ? walk() : pacedWalk(prepareScan(this.#table, reader, finder), walk, paces);
  }
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
