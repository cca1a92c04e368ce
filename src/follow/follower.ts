import { StoreError } from '../errors/store-error.ts';
import type { Commit, ObjectEvent } from '../model/events.ts';
import { createEvent } from '../model/events.ts';
import { matches } from '../model/find/matches.ts';
import { versionOf } from '../model/version.ts';
import { DEFAULT_WATCH_LIMIT } from '../watch/frames/overflow.ts';
import type { Version, VersionInput } from '../wire/generated/common.ts';
import type { Kind, Kinds } from '../wire/generated/kinds.ts';
import { onAbort } from '../base/async/on-abort.ts';
import { systemClock } from '../base/clock.ts';
import { CommitReader } from './commit-reader.ts';
import { checkFollowOptions, checkSource, checkWaitOptions, followedTables, reportOf } from './follow-options.ts';
import type { FollowOptions, Report, WaitOptions } from './follow-options.ts';
import type { FollowSource } from './follow-source.ts';
import type { FollowedCommit } from './followed-commit.ts';
import type { FollowedRows, FollowedTable } from './followed-table.ts';
import { Emitter } from '../base/emitter.ts';
import type { Lag } from './lag-meter.ts';
import { SourceConnection } from './source-connection.ts';
import type { Contents, SourceSink } from './source-connection.ts';
import type { FollowStatus, FollowerEvents, StatusChange } from './status.ts';
import { VersionWaits } from './version-waits.ts';

/** Figures of a follower. */
export interface FollowStats {
  readonly status: FollowStatus;
  readonly rows: number;
  /** Commits of the source that were applied one by one. */
  readonly commits: number;
  /** Changes of rows, including those of resyncs. */
  readonly changes: number;
  /** How often all rows were read and compared again. */
  readonly resyncs: number;
  readonly lag: Lag;
}

/** The followed rows and their changes. Made by {@link follow}. */
export class Follower<K extends Kind = Kind> implements AsyncIterable<FollowedCommit<K>>, Disposable {
  /**
   * Resolves once the initial rows are there. Rejects with `ERR_STORE_CLOSED` when the follower closes before, or with
   * the reason of its signal. The rejection may stay unhandled.
   */
  readonly synced: Promise<void>;
  /**
   * Resolves once the follower is closed, by its user or with its source; never rejects. The status event has the
   * reason.
   */
  readonly closed: Promise<void>;
  readonly #options: FollowOptions;
  readonly #connection: SourceConnection;
  readonly #tables: readonly FollowedTable<Kind>[];
  readonly #byKind: ReadonlyMap<Kind, FollowedTable<Kind>>;
  readonly #report: Report;
  readonly #handlers = new Emitter<FollowerEvents>();
  readonly #readers = new Set<CommitReader>();
  readonly #waits = new VersionWaits();
  #resolveSynced!: () => void;
  #rejectSynced!: (error: unknown) => void;
  #resolveClosed!: () => void;
  #status: FollowStatus = 'syncing';
  #version: Version | undefined;
  /** True once rows of the source were applied. */
  #began = false;
  /** Set while the source itself says that it is stale. */
  #sourceStale: { readonly reason: unknown } | undefined;
  readonly #stopListening: (() => void)[] = [];
  readonly #counts = { commits: 0, changes: 0, resyncs: 0 };

  /** @internal Followers are made by {@link follow}. */
  constructor(source: FollowSource, options: FollowOptions) {
    checkSource(source);
    checkFollowOptions(options);
    this.#options = options;
    this.#tables = followedTables(options.tables);
    this.#byKind = new Map(this.#tables.map((table) => [table.kind, table]));
    this.#report = reportOf(options.events, this.#tables);
    const { limit, from, clock = systemClock } = options;
    this.#connection = new SourceConnection(
      source,
      { tables: this.#tables, limit, clock, resume: from?.version },
      this.#sink(),
    );
    this.synced = new Promise<void>((resolve, reject) => {
      this.#resolveSynced = resolve;
      this.#rejectSynced = reject;
    });
    this.synced.catch(() => undefined);
    this.closed = new Promise<void>((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#takeOver();
    if (options.signal?.aborted === true) {
      this.#close(options.signal.reason);
      return;
    }
    this.#connection.start();
    if (this.#status !== 'closed') this.#listen(source);
  }

  get status(): FollowStatus {
    return this.#status;
  }

  /** The version of the rows, where the source numbers its transactions. */
  get version(): Version | undefined {
    return this.#version;
  }

  /** The kinds of the followed tables. */
  get kinds(): readonly K[] {
    return [...this.#byKind.keys()] as K[];
  }

  /** The followed rows of a kind, live. Throws `ERR_INVALID_FIND_BY` for a table that is not followed. */
  table<P extends K>(kind: P): FollowedRows<P> {
    const table = this.#byKind.get(kind);
    if (table === undefined) {
      throw new StoreError('ERR_INVALID_FIND_BY', `${kind} is not followed; name it in the option tables`, {
        kind,
        finder: 'table',
      });
    }
    return table as unknown as FollowedRows<P>;
  }

  /** Figures of the follower: counts of its work, and its lag behind the source. O(tables). */
  stats(): FollowStats {
    const rows = this.#tables.reduce((sum, table) => sum + table.size, 0);
    return { status: this.#status, rows, ...this.#counts, lag: this.#connection.lag };
  }

  /**
   * Calls `handler` for each commit, right after the rows have changed, or for each change of status. Reading the rows
   * and registering a handler in one synchronous step misses no change. A handler that throws does not stop the others.
   * Returns the function that removes the handler.
   */
  on<E extends keyof FollowerEvents>(event: E, handler: (payload: FollowerEvents<K>[E]) => void): () => void {
    return this.#handlers.on(event, handler as (payload: FollowerEvents[E]) => void);
  }

  /**
   * The present rows as an `initial` commit, once they are there, then every commit after it. Each call returns a new
   * stream, which ends with the follower. A slow reader gets a net difference, never an error.
   */
  commits(): AsyncIterableIterator<FollowedCommit<K>, undefined, undefined> {
    const reader = new CommitReader(this.#options.limit ?? DEFAULT_WATCH_LIMIT, (ended) => this.#readers.delete(ended));
    if (this.#began) reader.push(this.#initial());
    if (this.#status === 'closed') reader.end();
    else this.#readers.add(reader);
    return reader as unknown as AsyncIterableIterator<FollowedCommit<K>, undefined, undefined>;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<FollowedCommit<K>, undefined, undefined> {
    return this.commits();
  }

  /**
   * Resolves once the rows are at least as new as `version` and the handlers were called. To read your own writes,
   * `await follower.waitFor(store.version)`. Rejects with `ERR_VERSIONING_UNSUPPORTED` for a source without versions,
   * with `ERR_STORE_CLOSED` when the follower closes before, or with the reason of the signal.
   */
  async waitFor(version: VersionInput | undefined, options: WaitOptions = {}): Promise<void> {
    checkWaitOptions(options);
    options.signal?.throwIfAborted();
    if (version === undefined) {
      throw new StoreError(
        'ERR_VERSIONING_UNSUPPORTED',
        'there is no version to wait for: the source has neither a proposer nor a history; ' +
          'give it one, as in new MemoryStore({ history: 1000 })',
        {},
      );
    }
    await this.#waits.until(
      versionOf(version),
      this.#began ? this.#version : undefined,
      this.#status === 'closed',
      options.signal,
    );
  }

  /** Ends following. The rows stay as they are. Streams end after their unread commits. */
  close(): void {
    this.#close(undefined);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Applies the option `from`. These objects are rows at once, but they are reported only after the first answer of the
   * source.
   */
  #takeOver(): void {
    const objects = this.#options.from?.objects as Readonly<Partial<Record<Kind, readonly Kinds[Kind][]>>> | undefined;
    for (const table of this.#tables) {
      const { kind, by } = table;
      table.replace(objects?.[kind]?.filter((object) => by === undefined || matches(by, kind, object)) ?? [], []);
    }
  }

  #listen(source: FollowSource): void {
    const { signal } = this.#options;
    if (signal !== undefined) {
      const forget = onAbort(signal, () => {
        this.#close(signal.reason);
      });
      this.#stopListening.push(forget);
    }
    const stale = source.on?.('stale', (payload) => {
      this.#sourceStale = { reason: payload?.reason };
      if (this.#status === 'live') this.#setStatus('stale', payload?.reason);
    });
    const live = source.on?.('live', () => {
      this.#sourceStale = undefined;
      if (this.#status === 'stale' && this.#connection.connected) this.#setStatus('live', undefined);
    });
    for (const stop of [stale, live]) if (stop !== undefined) this.#stopListening.push(stop);
  }

  #sink(): SourceSink {
    return {
      contents: (contents) => {
        this.#compare(contents);
        this.#connected();
      },
      resumed: (version) => {
        if (!this.#began) this.#publish({ cause: 'initial', version, events: [] });
        this.#connected();
      },
      commit: (commit) => {
        this.#apply(commit);
      },
      failed: (reason) => {
        if (this.#began) this.#setStatus('stale', reason);
        else this.#handlers.emit('status', Object.freeze<StatusChange>({ status: this.#status, reason }));
      },
      ended: (error) => {
        this.#close(error);
      },
    };
  }

  /** Applies the differences between the present rows and the source's. */
  #compare({ version, rows }: Contents): void {
    const changes: ObjectEvent[] = [];
    this.#tables.forEach((table, index) => {
      table.replace(rows[index] ?? [], changes);
    });
    if (this.#began) this.#counts.resyncs += 1;
    // With the option `from`, the rows that a handler knows already may differ from these.
    const cause = this.#began || this.#options.from !== undefined ? 'resync' : 'initial';
    this.#publish({ cause, version, events: changes });
  }

  #apply(commit: Commit): void {
    const changes: ObjectEvent[] = [];
    for (const event of commit.events) this.#byKind.get(event.kind)?.apply(event, changes);
    this.#counts.commits += 1;
    this.#publish({ cause: 'commit', version: commit.version, events: changes });
  }

  /** Sets the status after the rows have caught up with the source. */
  #connected(): void {
    if (this.#status === 'closed') return;
    if (this.#sourceStale === undefined) this.#setStatus('live', undefined);
    else this.#setStatus('stale', this.#sourceStale.reason);
  }

  #publish(commit: FollowedCommit): void {
    this.#version = commit.version;
    this.#counts.changes += commit.events.length;
    const begins = !this.#began;
    this.#began = true;
    let events: ObjectEvent[];
    let initial: FollowedCommit | undefined;
    try {
      events = commit.events.filter((event) => this.#report.select(event));
      if (begins) initial = this.#initial();
    } catch (error) {
      // A selector's `check` threw: from here on nobody can tell which changes to report.
      this.#close(error);
      return;
    }
    const tells = events.length > 0 || commit.cause === 'initial' || this.#report.commits;
    const reported = tells ? Object.freeze<FollowedCommit>({ ...commit, events: Object.freeze(events) }) : undefined;
    // Streams before handlers: a stream that a handler opens already has this commit in its rows.
    const streamed = initial ?? reported;
    if (streamed !== undefined) for (const reader of this.#readers) reader.push(streamed);
    if (reported !== undefined) this.#handlers.emit('commit', reported);
    this.#resolveSynced();
    this.#waits.reached(commit.version);
  }

  #initial(): FollowedCommit {
    const events: ObjectEvent[] = [];
    for (const table of this.#tables) for (const object of table) events.push(createEvent(table.kind, object));
    const selected = Object.freeze(events.filter((event) => this.#report.select(event)));
    return Object.freeze<FollowedCommit>({ cause: 'initial', version: this.#version, events: selected });
  }

  #setStatus(status: FollowStatus, reason: unknown): void {
    if (this.#status === status && reason === undefined) return;
    this.#status = status;
    this.#handlers.emit('status', Object.freeze<StatusChange>({ status, reason }));
  }

  #close(reason: unknown): void {
    if (this.#status === 'closed') return;
    const error = reason ?? new StoreError('ERR_STORE_CLOSED', 'the follower was closed', {});
    this.#setStatus('closed', reason);
    this.#connection.close();
    for (const stop of this.#stopListening.splice(0)) stop();
    for (const reader of this.#readers) reader.end();
    this.#readers.clear();
    this.#rejectSynced(error);
    this.#waits.close(error);
    this.#resolveClosed();
  }
}
