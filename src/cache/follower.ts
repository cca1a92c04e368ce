import { StoreError, isStoreError } from '../errors/store-error.ts';
import type { Commit, ObjectEvent } from '../store/events.ts';
import { createEvent } from '../store/events.ts';
import { all } from '../store/finders.ts';
import { Handlers } from './handlers.ts';
import { versionOf } from '../store/version.ts';
import { DEFAULT_WATCH_LIMIT } from '../watch/overflow.ts';
import type { Version, VersionInput } from '../wire/generated/common.ts';
import type { Kind, Kinds } from '../wire/kinds.ts';
import { systemClock } from './clock.ts';
import { CommitReader } from './commit-reader.ts';
import { followedTables, reportOf, sourceSelectors } from './follow-options.ts';
import type { FollowOptions, Report } from './follow-options.ts';
import type { FollowSource, SourceState, SourceWatch, SourceWatcher } from './follow-source.ts';
import type { FollowedCommit } from './followed-commit.ts';
import type { FollowedRows, FollowedTable } from './followed-table.ts';
import { LagMeter } from './lag-meter.ts';
import type { Lag } from './lag-meter.ts';
import { retryDelay } from './retry-delay.ts';
import type { BackOff } from './retry-delay.ts';
import type { FollowStatus, FollowerEvents, StatusChange } from './status.ts';
import { VersionWaits } from './version-waits.ts';

/** Figures of a follower. */
export interface FollowStats {
  readonly status: FollowStatus;
  readonly rows: number;
  /** Commits of the source that were taken over one by one. */
  readonly commits: number;
  /** Changes of rows, those of resynchronisations included. */
  readonly changes: number;
  /** How often all rows were read and compared anew. */
  readonly resyncs: number;
  readonly lag: Lag;
}

/** The rows of the followed tables of a source, read in one state. */
interface Contents {
  readonly version: Version | undefined;
  readonly rows: readonly (readonly Kinds[Kind][])[];
}

type Look = SourceWatch<Contents> | Promise<SourceWatch<Contents>>;

const retries: BackOff = { initialMs: 50, maxMs: 10_000, factor: 2 };

/** Ends of a watcher after which one looks anew at once. */
const outrun = ['ERR_WATCH_OVERFLOW', 'ERR_LOG_COMPACTED', 'ERR_VERSION_OUT_OF_BOUNDS', 'ERR_VERSIONING_UNSUPPORTED'] as const;

/** The followed rows and what happens to them. Made by {@link follow}. */
export class Follower<K extends Kind = Kind> implements AsyncIterable<FollowedCommit<K>>, Disposable {
  /**
   * Resolves with the initial rows. Rejects with `ERR_STORE_CLOSED` when the follower closes before, or with its signal's reason. Nobody has to
   * listen to it.
   */
  readonly synced: Promise<void>;
  readonly #source: FollowSource;
  readonly #options: FollowOptions;
  readonly #tables: readonly FollowedTable<Kind>[];
  readonly #byKind: ReadonlyMap<Kind, FollowedTable<Kind>>;
  readonly #report: Report;
  readonly #handlers = new Handlers<FollowerEvents>();
  readonly #readers = new Set<CommitReader>();
  readonly #waits = new VersionWaits();
  readonly #meter = new LagMeter();
  #resolveSynced!: () => void;
  #rejectSynced!: (error: unknown) => void;
  #status: FollowStatus = 'syncing';
  #version: Version | undefined;
  /** Set while the version is one of the source's present log, and it makes sense to ask for what came after it. */
  #resume: Version | undefined;
  /** True once rows of the source are there. */
  #began = false;
  #watcher: SourceWatcher | undefined;
  #cancelRetry: (() => void) | undefined;
  readonly #stopListening: (() => void)[] = [];
  readonly #counts = { commits: 0, changes: 0, resyncs: 0 };

  /** @internal Followers are made by {@link follow}. */
  constructor(source: FollowSource, options: FollowOptions) {
    this.#source = source;
    this.#options = options;
    this.#tables = followedTables(this.#options.tables);
    this.#byKind = new Map(this.#tables.map((table) => [table.kind, table]));
    this.#report = reportOf(this.#options.events, this.#tables);
    this.synced = new Promise<void>((resolve, reject) => {
      this.#resolveSynced = resolve;
      this.#rejectSynced = reject;
    });
    this.synced.catch(() => undefined);
    this.#takeOver();
    if (options.signal?.aborted === true) {
      this.#close(options.signal.reason);
      return;
    }
    this.#listen();
    // The first look is taken here, so that options that the source refuses are refused to the caller.
    void this.#run(this.#resume === undefined ? this.#look() : undefined);
  }

  get status(): FollowStatus {
    return this.#status;
  }

  /** The version of the state that the rows are in, where the source numbers its transactions. */
  get version(): Version | undefined {
    return this.#version;
  }

  /** The followed tables. */
  get kinds(): readonly K[] {
    return [...this.#byKind.keys()] as K[];
  }

  /** The followed rows of a kind, live. Throws `ERR_INVALID_FIND_BY` for a table that is not followed. */
  table<P extends K>(kind: P): FollowedRows<P> {
    const table = this.#byKind.get(kind);
    if (table === undefined) {
      throw new StoreError('ERR_INVALID_FIND_BY', `${kind} is not followed; name it in the option tables`, { kind, finder: 'table' });
    }
    return table as unknown as FollowedRows<P>;
  }

  /** Figures about what was followed and how far it is behind. O(tables). */
  stats(): FollowStats {
    const rows = this.#tables.reduce((sum, table) => sum + table.size, 0);
    return { status: this.#status, rows, ...this.#counts, lag: this.#meter.lag };
  }

  /**
   * Calls `handler` for each commit, at the moment when the rows have become what they are after it, or for each change of status. Whoever reads the rows
   * and registers a handler in one synchronous step misses nothing. A handler that throws keeps nobody from being told. Returns the function that removes it.
   */
  on<E extends keyof FollowerEvents>(event: E, handler: (payload: FollowerEvents<K>[E]) => void): () => void {
    return this.#handlers.on(event, handler as (payload: FollowerEvents[E]) => void);
  }

  /**
   * The rows of now as `initial` commit, once they are there, then every commit after it. Each call gives a stream of its own, which ends with the follower. A reader
   * that is too slow gets a net difference, never an error.
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
   * Resolves once the rows are at least as new as `version`, and handlers were told: to read one's own writes, `await follower.waitFor(store.version)`. Rejects
   * with `ERR_VERSIONING_UNSUPPORTED` for a source without versions, `ERR_STORE_CLOSED` when the follower closes before, or the signal's reason.
   */
  async waitFor(version: VersionInput | undefined, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    options.signal?.throwIfAborted();
    if (version === undefined) {
      throw new StoreError(
        'ERR_VERSIONING_UNSUPPORTED',
        'there is no version to wait for: the source has neither a proposer nor a history; give it one, as in new MemoryStore({ history: 1000 })',
        {},
      );
    }
    await this.#waits.until(versionOf(version), this.#began ? this.#version : undefined, this.#status === 'closed', options.signal);
  }

  /** Ends following. The rows stay as they are; streams end after what was not read yet. */
  close(): void {
    this.#close(undefined);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The contents that the options begin with. They count as rows, and become known with the first look. */
  #takeOver(): void {
    const { from } = this.#options;
    if (from === undefined) return;
    const objects = from.objects as Readonly<Partial<Record<Kind, readonly Kinds[Kind][]>>>;
    for (const table of this.#tables) table.replace(objects[table.kind] ?? [], []);
    this.#resume = from.version;
  }

  #listen(): void {
    const { signal } = this.#options;
    const abort = (): void => {
      this.#close(signal?.reason);
    };
    signal?.addEventListener('abort', abort);
    this.#stopListening.push(() => {
      signal?.removeEventListener('abort', abort);
    });
    const stale = this.#source.on?.('stale', (payload) => {
      if (this.#status === 'live') this.#setStatus('stale', payload?.reason);
    });
    const live = this.#source.on?.('live', () => {
      if (this.#status === 'stale' && this.#watcher !== undefined) this.#setStatus('live', undefined);
    });
    for (const stop of [stale, live]) if (stop !== undefined) this.#stopListening.push(stop);
  }

  #look(): Look {
    const read = (state: SourceState): Contents => ({
      version: state.version,
      rows: this.#tables.map(({ kind, by }) => state.table(kind).find(by ?? all)),
    });
    return this.#source.viewAndWatch(read, this.#watchOptions());
  }

  #watchOptions(): { readonly events: ReturnType<typeof sourceSelectors>; readonly limit: number | undefined } {
    return {
      events: sourceSelectors(this.#tables, () => {
        this.#meter.publish();
      }),
      limit: this.#options.limit,
    };
  }

  async #run(first: Look | undefined): Promise<void> {
    let look = first;
    let failures = 0;
    while (this.#status !== 'closed') {
      try {
        await this.#begin(look);
        look = undefined;
        failures = 0;
        if (!(await this.#read())) continue;
        this.#close(new StoreError('ERR_STORE_CLOSED', 'the followed store was closed', {}));
      } catch (error) {
        look = undefined;
        this.#letGo();
        if (isStoreError(error, 'ERR_STORE_CLOSED')) {
          this.#close(error);
        } else if (outrun.some((code) => isStoreError(error, code)) && failures === 0) {
          this.#resume = undefined;
          failures = 1;
        } else {
          failures += 1;
          await this.#pause(error, failures);
        }
      }
    }
  }

  /** Brings the rows up to date and leaves a watcher of what comes after. */
  async #begin(first: Look | undefined): Promise<void> {
    if (first === undefined) this.#meter.reset();
    if (this.#resume !== undefined && this.#source.watchFrom !== undefined) {
      const watcher = await this.#source.watchFrom(this.#resume, this.#watchOptions());
      if (!this.#keep(watcher)) return;
      if (!this.#began) this.#publish({ cause: 'initial', version: this.#resume, events: [] });
      this.#setStatus('live', undefined);
      return;
    }
    const looked = first ?? this.#look();
    const { value, watcher } = isPromise(looked) ? await looked : looked;
    if (!this.#keep(watcher)) return;
    const changes: ObjectEvent[] = [];
    this.#tables.forEach((table, index) => {
      table.replace(value.rows[index] ?? [], changes);
    });
    if (this.#began) this.#counts.resyncs += 1;
    // Whoever is told of the first rows may have begun with others.
    const cause = this.#began || this.#options.from !== undefined ? 'resync' : 'initial';
    this.#publish({ cause, version: value.version, events: changes });
    this.#setStatus('live', undefined);
  }

  /** Takes a watcher over; false when the follower was closed meanwhile. */
  #keep(watcher: SourceWatcher): boolean {
    if (this.#status === 'closed') {
      watcher.close();
      return false;
    }
    this.#watcher = watcher;
    return true;
  }

  /** Reads to the end of the watcher. False when one has to look anew instead. */
  async #read(): Promise<boolean> {
    const watcher = this.#watcher;
    if (watcher === undefined) return false;
    const commits = watcher.commits();
    for (;;) {
      const { done, value } = await commits.next();
      if (this.#watcher !== watcher) return false;
      if (done === true) return true;
      // A source that was reloaded is looked at anew: what its log skipped is nowhere to be read.
      if (value.reset === true) {
        this.#letGo();
        this.#resume = undefined;
        return false;
      }
      this.#apply(value);
    }
  }

  #apply(commit: Commit): void {
    const changes: ObjectEvent[] = [];
    for (const event of commit.events) this.#byKind.get(event.kind)?.apply(event, changes);
    this.#counts.commits += 1;
    this.#meter.apply(commit.events.length);
    this.#publish({ cause: 'commit', version: commit.version ?? this.#version, events: changes });
  }

  #publish(commit: FollowedCommit): void {
    this.#version = commit.version;
    this.#resume = commit.version;
    this.#counts.changes += commit.events.length;
    const begins = !this.#began;
    this.#began = true;
    const events = commit.events.filter((event) => this.#report.select(event));
    if (events.length > 0 || commit.cause === 'initial' || this.#report.commits) {
      const reported = Object.freeze<FollowedCommit>({ ...commit, events: Object.freeze(events) });
      this.#handlers.emit('commit', reported);
      if (!begins) for (const reader of this.#readers) reader.push(reported);
    }
    if (begins) {
      const initial = this.#initial();
      for (const reader of this.#readers) reader.push(initial);
      this.#resolveSynced();
    }
    this.#waits.reached(commit.version);
  }

  #initial(): FollowedCommit {
    const events: ObjectEvent[] = [];
    for (const table of this.#tables) for (const object of table) events.push(createEvent(table.kind, object));
    const selected = Object.freeze(events.filter((event) => this.#report.select(event)));
    return Object.freeze<FollowedCommit>({ cause: 'initial', version: this.#version, events: selected });
  }

  #pause(reason: unknown, failures: number): Promise<void> {
    if (this.#status === 'live' || this.#status === 'stale') this.#setStatus('stale', reason);
    else this.#handlers.emit('status', { status: this.#status, reason });
    const clock = this.#options.clock ?? systemClock;
    return new Promise((resolve) => {
      const cancel = clock.callAt(clock.now() + retryDelay(retries, failures), resolve);
      this.#cancelRetry = () => {
        cancel();
        resolve();
      };
    });
  }

  #setStatus(status: FollowStatus, reason: unknown): void {
    if (this.#status === status && reason === undefined) return;
    this.#status = status;
    this.#handlers.emit('status', Object.freeze<StatusChange>({ status, reason }));
  }

  #letGo(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #close(reason: unknown): void {
    if (this.#status === 'closed') return;
    const error = reason ?? new StoreError('ERR_STORE_CLOSED', 'the follower was closed', {});
    this.#setStatus('closed', reason);
    this.#letGo();
    this.#cancelRetry?.();
    for (const stop of this.#stopListening.splice(0)) stop();
    for (const reader of this.#readers) reader.end();
    this.#readers.clear();
    this.#rejectSynced(error);
    this.#waits.close(error);
  }
}

function isPromise<T extends object>(value: T | Promise<T>): value is Promise<T> {
  return 'then' in value;
}
