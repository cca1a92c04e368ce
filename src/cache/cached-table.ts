import type { Kind, Kinds } from '../wire/generated/kinds.ts';
import { TableView } from './live-view.ts';
import type { LiveView } from './live-view.ts';
import { LokiTable } from './loki-table.ts';
import type { SortKey } from './loki-table.ts';
import type { Query } from './query.ts';

/** How to give what was found. */
export interface FindOptions<T> {
  /**
   * Fields to sort by, the first one first; objects that are equal in all of them come in the order of their ids,
   * compared as Loki does.
   */
  readonly sort?: readonly SortKey[] | undefined;
  /** Only objects that this accepts. */
  readonly where?: ((object: T) => boolean) | undefined;
  /** Leaves out so many at the beginning. */
  readonly offset?: number | undefined;
  /** Gives no more than so many. */
  readonly limit?: number | undefined;
}

/** What a view shows, and whom it tells. */
export interface ViewOptions<T> extends Pick<FindOptions<T>, 'sort' | 'where'> {
  readonly query?: Query<T> | undefined;
  /** Called after each commit, or each refresh, that changed what the view shows. */
  readonly onChange?: ((rows: readonly T[]) => void) | undefined;
}

/** A pair of a join. */
export interface Joined<L, R> {
  readonly left: L;
  /** Undefined where nothing has the left one's key. */
  readonly right: R | undefined;
}

/** A table of a cache. Its objects are frozen copies of the source's, equal to them by value. */
export interface CachedTable<K extends Kind> {
  readonly size: number;
  /** The object with that id. O(1). */
  get(id: string): Kinds[K] | undefined;
  /**
   * What a query finds; everything without. In no particular order, unless there is a `sort`. O(rows); with a declared
   * index on a field that has to be equal or in a range O(log rows + result). The first query after a large commit also
   * sorts the index.
   *
   * Throws `ERR_INVALID_FIND_BY` for an operator that there is not.
   */
  find(query?: Query<Kinds[K]>, options?: FindOptions<Kinds[K]>): readonly Kinds[K][];
  /** How many objects a query finds. Costs what `find` does. */
  count(query?: Query<Kinds[K]>): number;
  /** What a query finds, live. */
  view(options?: ViewOptions<Kinds[K]>): LiveView<Kinds[K]>;
  /**
   * Each object that a query finds with the one of another table (or another array) that has its key: pairs of a left
   * outer join. Of several with one key the last counts. O(rows of both).
   */
  join<R>(
    right: { find(): readonly R[] } | readonly R[],
    leftKey: (object: Kinds[K]) => unknown,
    rightKey: (object: R) => unknown,
    query?: Query<Kinds[K]>,
  ): readonly Joined<Kinds[K], R>[];
}

/** A cached table with the way in for its cache. */
export class TableCache<K extends Kind> implements CachedTable<K> {
  readonly #loki: LokiTable<Kinds[K]>;
  readonly #views = new Set<TableView<Kinds[K]>>();

  constructor(kind: K, indices: readonly string[]) {
    this.#loki = new LokiTable<Kinds[K]>(kind, indices);
  }

  get size(): number {
    return this.#loki.size;
  }

  /** How many views there are. */
  get views(): number {
    return this.#views.size;
  }

  get(id: string): Kinds[K] | undefined {
    return this.#loki.get(id);
  }

  find(query?: Query<Kinds[K]>, { sort, where, offset, limit }: FindOptions<Kinds[K]> = {}): readonly Kinds[K][] {
    const found = this.#loki.find({ query, sort, where });
    if (offset === undefined && limit === undefined) return found;
    const start = offset ?? 0;
    return Object.freeze(found.slice(start, limit === undefined ? undefined : start + limit));
  }

  count(query?: Query<Kinds[K]>): number {
    return query === undefined ? this.size : this.#loki.find({ query }).length;
  }

  view({ query, sort, where, onChange }: ViewOptions<Kinds[K]> = {}): LiveView<Kinds[K]> {
    const find = this.#loki.find.bind(this.#loki);
    const view = new TableView(find, { query, sort, where }, onChange, (closed) => this.#views.delete(closed));
    this.#views.add(view);
    return view;
  }

  join<R>(
    right: { find(): readonly R[] } | readonly R[],
    leftKey: (object: Kinds[K]) => unknown,
    rightKey: (object: R) => unknown,
    query?: Query<Kinds[K]>,
  ): readonly Joined<Kinds[K], R>[] {
    const rows = isList(right) ? right : right.find();
    const byKey = new Map(rows.map((object) => [rightKey(object), object]));
    return this.find(query).map((left) => ({ left, right: byKey.get(leftKey(left)) }));
  }

  /** Takes over the changes of a commit; gives the views that may have changed. */
  apply(changes: ReadonlyMap<string, Kinds[K] | undefined>): Iterable<TableView<Kinds[K]>> {
    this.#loki.apply(changes);
    for (const view of this.#views) view.invalidate();
    return this.#views;
  }
}

function isList<R>(value: object): value is readonly R[] {
  return Array.isArray(value);
}
