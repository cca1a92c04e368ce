import { StoreError } from '../errors/store-error.ts';
import type { Version, VersionInput } from '../wire/generated/common.ts';
import type { Kind, Kinds } from '../wire/generated/kinds.ts';
import { TableCache } from './cached-table.ts';
import type { CachedTable, Row } from './cached-table.ts';
import { ResourceRows, indicesOf } from './resource-rows.ts';
import type { CachedResources, ResourceKind, ResourceRowsOptions } from './resource-rows.ts';
import { backgroundClock, systemClock } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import { follow } from '../follow/follow.ts';
import type { Follower, FollowStats } from '../follow/follower.ts';
import { describeTables, followedTables } from '../follow/follow-options.ts';
import type { Followed, KindOf, WaitOptions } from '../follow/follow-options.ts';
import type { FollowSource } from '../follow/follow-source.ts';
import type { FollowedCommit } from '../follow/followed-commit.ts';
import { Emitter } from '../base/emitter.ts';
import { checkCacheOptions } from './cache-options.ts';
import type { LocalCacheOptions } from './cache-options.ts';
import { Refreshes } from './refreshes.ts';
import { decodeSaved, encodeSaved } from './saved-cache.ts';
import type { FollowerEvents, FollowStatus } from '../follow/status.ts';

/** Figures of a cache. */
export interface LocalCacheStats extends FollowStats {
  readonly views: number;
  /** The number of refreshes of views. */
  readonly refreshes: number;
}

/**
 * A copy of tables in this process, for reads beyond finders: queries of any field, sorts, joins, live views and your
 * own indexes. It follows its source with one update for each commit, and its users only read it.
 *
 * The objects are frozen copies, equal to the source's. Their nested objects are the source's own frozen ones.
 *
 * @example
 * ```ts
 * import { MemoryStore, TaskState } from 'swarmstate';
 * import { LocalCache } from 'swarmstate/cache';
 *
 * const store = new MemoryStore({ history: 100 });
 * using cache = new LocalCache(store, { tables: ['task', 'node'], indices: { task: ['nodeId'] }, refreshMs: 100 });
 * await cache.synced;
 *
 * const oldest = cache.table('task').find(
 *   { nodeId: 'node-1', 'status.state': { $lt: TaskState.RUNNING } },
 *   { sort: ['meta.createdAt.seconds'], limit: 10 },
 * );
 * const failed = cache.table('task').view({
 *   query: { 'status.state': TaskState.FAILED },
 *   sort: [{ by: 'slot', desc: true }],
 *   onChange: (tasks) => console.log(tasks.length, 'failed'),
 * });
 * console.log(oldest.length, failed.rows.length, cache.stats().lag.milliseconds);
 * ```
 */
export class LocalCache<T extends Followed = Kind> implements Disposable {
  /** As {@link Follower.synced}. */
  readonly synced: Promise<void>;
  /** As {@link Follower.closed}. */
  readonly closed: Promise<void>;
  readonly #follower: Follower;
  readonly #tables = new Map<Kind, TableCache<Kinds[Kind]>>();
  /** The decoded kinds of resources that were asked for. */
  readonly #resources = new Map<ResourceKind<Row>, ResourceRows<Row>>();
  readonly #handlers = new Emitter<FollowerEvents>();
  readonly #refreshes: Refreshes;
  /** The cached tables and parts, as a text. */
  readonly #followed: string;

  /**
   * Throws the errors of {@link follow}. Throws `ERR_DECODE` when `saved` is not a saved cache, and
   * `ERR_INCOMPLETE_SNAPSHOT` when it has no matching seal.
   */
  constructor(source: FollowSource, options: LocalCacheOptions<T> = {}) {
    checkCacheOptions(options);
    const clock: Clock = options.clock ?? systemClock;
    // A process that has nothing else to do ends without the last refresh.
    this.#refreshes = new Refreshes(clock === systemClock ? backgroundClock : clock, options.refreshMs ?? 0);
    const { tables, limit, signal, saved, sameLog } = options as LocalCacheOptions;
    this.#followed = describeTables(followedTables(tables));
    const from = saved === undefined ? undefined : decodeSaved(saved, this.#followed, sameLog === true);
    this.#follower = follow<Followed>(source, { tables, limit, signal, clock, from });
    const indices = (options.indices ?? {}) as Partial<Record<Kind, readonly string[]>>;
    for (const kind of this.#follower.kinds) {
      const table = new TableCache<Kinds[Kind]>(kind, indices[kind] ?? []);
      this.#tables.set(kind, table);
      table.apply(new Map([...this.#follower.table(kind)].map((object) => [object.id, object])));
    }
    this.synced = this.#follower.synced;
    this.closed = this.#follower.closed;
    this.#follower.on('commit', (commit) => {
      this.#apply(commit);
    });
    this.#follower.on('status', (change) => {
      if (change.status === 'closed') this.#end(change.reason !== undefined);
      this.#handlers.emit('status', change);
    });
  }

  get status(): FollowStatus {
    return this.#follower.status;
  }

  /** The version of the contents, where the source numbers its transactions. */
  get version(): Version | undefined {
    return this.#follower.version;
  }

  /** A table by its kind. Throws `ERR_INVALID_FIND_BY` for a table that is not cached. */
  table<K extends KindOf<T>>(kind: K): CachedTable<K>;
  /**
   * The decoded objects of a kind that `defineResource` made, where resources are cached. Each call gives the same
   * rows; the first one decodes them. Throws `ERR_INVALID_FIND_BY` where resources are not cached, and
   * `ERR_INVALID_OBJECT` for an option that is wrong or unknown.
   */
  table<R extends Row>(type: ResourceKind<R>, options?: ResourceRowsOptions<R>): CachedResources<R>;
  table(kind: Kind | ResourceKind<Row>, options: { readonly indices?: readonly string[] | undefined } = {}): unknown {
    const indices = indicesOf(options);
    return typeof kind === 'object' ? this.#resourcesOf(kind, indices) : this.#table(kind);
  }

  #resourcesOf(type: ResourceKind<Row>, indices: readonly string[]): ResourceRows<Row> {
    let rows = this.#resources.get(type);
    if (rows === undefined) {
      this.#table('resource');
      rows = new ResourceRows(type, this.#follower.table('resource'));
      this.#resources.set(type, rows);
    }
    for (const path of indices) rows.addIndex(path);
    return rows;
  }

  #table(kind: Kind): TableCache<Kinds[Kind]> {
    const table = this.#tables.get(kind);
    if (table === undefined) {
      throw new StoreError('ERR_INVALID_FIND_BY', `${kind} is not cached; name it in the option tables`, {
        kind,
        finder: 'table',
      });
    }
    return table;
  }

  /** As {@link Follower.waitFor}: afterwards the cache has the contents of that version, or of a later one. */
  waitFor(version: VersionInput | undefined, options: WaitOptions = {}): Promise<void> {
    return this.#follower.waitFor(version, options);
  }

  /**
   * Calls `handler` after each commit that changed the cache, or each change of status. Returns the function that
   * removes the handler.
   */
  on<E extends keyof FollowerEvents>(event: E, handler: (payload: FollowerEvents<KindOf<T>>[E]) => void): () => void {
    return this.#handlers.on(event, handler as (payload: FollowerEvents[E]) => void);
  }

  /**
   * Saves the contents and their version, for the option `saved` of a later cache. Equal contents give equal bytes.
   * O(rows log rows).
   */
  save(): Uint8Array<ArrayBuffer> {
    return encodeSaved(
      new Map(this.#follower.kinds.map((kind) => [kind, this.#follower.table(kind)])),
      this.version,
      this.#followed,
    );
  }

  stats(): LocalCacheStats {
    let views = 0;
    for (const table of this.#tables.values()) views += table.views;
    for (const rows of this.#resources.values()) views += rows.views;
    return { ...this.#follower.stats(), views, refreshes: this.#refreshes.count };
  }

  /** Ends following. The contents stay as they are, and the handlers of views are not called any more. */
  close(): void {
    this.#follower.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** When the source ended, the views' handlers are called for the last changes. */
  #end(bySource: boolean): void {
    if (bySource) this.#refreshes.flush();
    this.#refreshes.close();
  }

  #apply(commit: FollowedCommit): void {
    const byKind = new Map<Kind, Map<string, Kinds[Kind] | undefined>>();
    for (const { kind, action, object } of commit.events) {
      let changes = byKind.get(kind);
      if (changes === undefined) byKind.set(kind, (changes = new Map<string, Kinds[Kind] | undefined>()));
      changes.set(object.id, action === 'delete' ? undefined : object);
    }
    for (const [kind, changes] of byKind) {
      for (const view of this.#tables.get(kind)?.apply(changes) ?? []) this.#refreshes.request(view.refresh);
    }
    const resources = byKind.get('resource') as Map<string, Kinds['resource'] | undefined> | undefined;
    if (resources !== undefined) {
      for (const rows of this.#resources.values()) {
        for (const view of rows.applyResources(resources)) this.#refreshes.request(view.refresh);
      }
    }
    this.#handlers.emit('commit', commit);
    this.#refreshes.commitEnded();
  }
}
