import type { Kind, Kinds } from '../wire/generated/kinds.ts';
import { TableView } from './live-view.ts';
import type { LiveView } from './live-view.ts';
import { LokiTable } from './loki-table.ts';
import type { SortKey } from './loki-table.ts';
import type { Query } from './query.ts';

/** Order, filter and limits of a result. */
export interface FindOptions<T> {
  /**
   * Fields to sort by, the most significant first. Objects that are equal in all of them are sorted by id, in Loki's
   * order of strings.
   */
  readonly sort?: readonly SortKey[] | undefined;
  /** Leaves out objects for which this returns false. */
  readonly where?: ((object: T) => boolean) | undefined;
  /** The number of objects to leave out at the beginning. */
  readonly offset?: number | undefined;
  /** The largest number of objects to return. */
  readonly limit?: number | undefined;
}

/** The query, order and handler of a view. */
export interface ViewOptions<T> extends Pick<FindOptions<T>, 'sort' | 'where'> {
  readonly query?: Query<T> | undefined;
  /** Called after each commit, or each refresh, that changed the rows of the view. */
  readonly onChange?: ((rows: readonly T[]) => void) | undefined;
}

/** One pair of a join. */
export interface Joined<L, R> {
  readonly left: L;
  /** Undefined where no object has the key of `left`. */
  readonly right: R | undefined;
}

/** A table of a cache. Its objects are frozen copies of the source's objects, equal to them by value. */
export interface CachedTable<K extends Kind> {
  readonly size: number;
  /** The object with that id. O(1). */
  get(id: string): Kinds[K] | undefined;
  /**
   * The objects that a query finds; all objects without a query. In no particular order, unless `sort` is given.
   * O(rows). O(log rows + result) when the query tests a declared index for equality or a range; the first query after
   * a large commit also sorts that index.
   *
   * Throws `ERR_INVALID_FIND_BY` for an unknown operator.
   */
  find(query?: Query<Kinds[K]>, options?: FindOptions<Kinds[K]>): readonly Kinds[K][];
  /** The number of objects that a query finds. Costs what `find` does; O(1) without a query. */
  count(query?: Query<Kinds[K]>): number;
  /** A live view of the objects that a query finds. */
  view(options?: ViewOptions<Kinds[K]>): LiveView<Kinds[K]>;
  /**
   * A left outer join: each object that a query finds, paired with the object of another table or array that has the
   * same key. When several objects on the right have one key, the last is taken. O(rows of both).
   */
  join<R>(
    right: { find(): readonly R[] } | readonly R[],
    leftKey: (object: Kinds[K]) => unknown,
    rightKey: (object: R) => unknown,
    query?: Query<Kinds[K]>,
  ): readonly Joined<Kinds[K], R>[];
}

/** A cached table, with the methods by which its cache changes it. */
export class TableCache<K extends Kind> implements CachedTable<K> {
  readonly #loki: LokiTable<Kinds[K]>;
  readonly #views = new Set<TableView<Kinds[K]>>();

  constructor(kind: K, indices: readonly string[]) {
    this.#loki = new LokiTable<Kinds[K]>(kind, indices);
  }

  get size(): number {
    return this.#loki.size;
  }

  /** The number of open views. */
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

  /** Applies the changes of a commit and returns the views that may have changed. */
  apply(changes: ReadonlyMap<string, Kinds[K] | undefined>): Iterable<TableView<Kinds[K]>> {
    this.#loki.apply(changes);
    for (const view of this.#views) view.invalidate();
    return this.#views;
  }
}

function isList<R>(value: object): value is readonly R[] {
  return Array.isArray(value);
}
