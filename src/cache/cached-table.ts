import type { Kind, Kinds } from '../wire/generated/kinds.ts';
import { checkFind, checkView, orderOf } from './find-options.ts';
import type { FindOptions, ViewOptions } from './find-options.ts';
import { TableView } from './live-view.ts';
import type { LiveView } from './live-view.ts';
import { LokiTable } from './loki-table.ts';
import { compileQuery } from './query/compiled-query.ts';
import type { CompiledQuery } from './query/compiled-query.ts';
import type { Query } from './query/query.ts';

/** One pair of a join. */
export interface Joined<L, R> {
  readonly left: L;
  /** Undefined where no object has the key of `left`. */
  readonly right: R | undefined;
}

/** An object of a cache. */
export interface Row {
  readonly id: string;
}

/** The rows of a cache that queries find. They are frozen copies. */
export interface CachedRows<T extends Row> {
  readonly size: number;
  /** The object with that id. O(1). */
  get(id: string): T | undefined;
  /**
   * The objects that a query finds; all objects without a query. In no particular order, unless `sort` is given.
   * O(rows). O(log rows + result) when the query tests a declared index for equality or a range; the first query after
   * a large commit also sorts that index.
   *
   * Throws `ERR_INVALID_FIND_BY` for an unknown operator and for a value that is never equal to a field, such as a
   * date. Throws `ERR_INVALID_OBJECT` for an option that is wrong or unknown.
   */
  find(query?: Query<T>, options?: FindOptions<T>): readonly T[];
  /** The number of objects that a query finds. Costs what `find` does; O(1) without a query. */
  count(query?: Query<T>): number;
  /** A live view of the objects that a query finds. */
  view(options?: ViewOptions<T>): LiveView<T>;
  /**
   * A left outer join: each object that a query finds, paired with the object of another table or array that has the
   * same key. When several objects on the right have one key, the last is taken. O(rows of both).
   */
  join<R>(
    right: { find(): readonly R[] } | readonly R[],
    leftKey: (object: T) => unknown,
    rightKey: (object: R) => unknown,
    query?: Query<T>,
  ): readonly Joined<T, R>[];
}

/** A table of a cache. Its objects are copies of the source's objects, equal to them by value. */
export type CachedTable<K extends Kind> = CachedRows<Kinds[K]>;

/** Cached rows, with the methods by which their cache changes them. */
export class TableCache<T extends Row> implements CachedRows<T> {
  readonly #loki: LokiTable<T>;
  readonly #views = new Set<TableView<T>>();

  constructor(name: string, indices: readonly string[]) {
    this.#loki = new LokiTable<T>(name, indices);
  }

  get size(): number {
    return this.#loki.size;
  }

  /** The number of open views. */
  get views(): number {
    return this.#views.size;
  }

  get(id: string): T | undefined {
    return this.#loki.get(id);
  }

  find(query?: Query<T>, options: FindOptions<T> = {}): readonly T[] {
    checkFind(options);
    const { sort, where, offset = 0, limit = Infinity } = options;
    const found = this.#loki.find({ query: this.#compiled(query), where, order: orderOf(sort) });
    return offset === 0 && limit === Infinity ? found : Object.freeze(found.slice(offset, offset + limit));
  }

  count(query?: Query<T>): number {
    return query === undefined ? this.size : this.#loki.count({ query: this.#compiled(query) });
  }

  view(options: ViewOptions<T> = {}): LiveView<T> {
    checkView(options);
    const { query, sort, where, onChange } = options;
    const search = { query: this.#compiled(query), where, order: orderOf(sort) };
    const find = this.#loki.find.bind(this.#loki);
    const view = new TableView(find, search, onChange, (closed) => this.#views.delete(closed));
    this.#views.add(view);
    return view;
  }

  join<R>(
    right: { find(): readonly R[] } | readonly R[],
    leftKey: (object: T) => unknown,
    rightKey: (object: R) => unknown,
    query?: Query<T>,
  ): readonly Joined<T, R>[] {
    const rows = isList(right) ? right : right.find();
    const byKey = new Map(rows.map((object) => [rightKey(object), object]));
    return this.find(query).map((left) => ({ left, right: byKey.get(leftKey(left)) }));
  }

  /** Adds an index, unless there is one. O(rows log rows). */
  addIndex(path: string): void {
    this.#loki.addIndex(path);
  }

  /** Applies the changes of a commit and returns the views that may have changed. */
  apply(changes: ReadonlyMap<string, T | undefined>): Iterable<TableView<T>> {
    this.#loki.apply(changes);
    for (const view of this.#views) view.invalidate();
    return this.#views;
  }

  #compiled(query: Query<T> | undefined): CompiledQuery | undefined {
    return query === undefined ? undefined : compileQuery(query, this.#loki.indexed);
  }
}

function isList<R>(value: object): value is readonly R[] {
  return Array.isArray(value);
}
