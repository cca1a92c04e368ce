import { nextTurn, turnIsDue } from '../base/scheduling/turns.ts';
import { StoreError, isStoreError } from '../errors/store-error.ts';
import type { Commit } from '../model/events.ts';
import { all } from '../model/find/finders.ts';
import type { WatchOptions } from '../watch/selector.ts';
import type { Version } from '../wire/generated/common.ts';
import type { Kind, Kinds } from '../wire/generated/kinds.ts';
import type { Clock } from '../base/clock.ts';
import type { FollowSource, SourceState, SourceWatch, SourceWatcher } from './follow-source.ts';
import type { FollowedTable } from './followed-table.ts';
import { LagMeter } from './lag-meter.ts';
import type { Lag } from './lag-meter.ts';
import { retryDelay } from '../base/retry-delay.ts';
import type { BackOff } from '../base/retry-delay.ts';

/** The rows of the followed tables of a source, read in one state. */
export interface Contents {
  readonly version: Version | undefined;
  /** One list for each followed table, in their order. */
  readonly rows: readonly (readonly Kinds[Kind][])[];
}

/** The receiver of a source's contents and commits. */
export interface SourceSink {
  /** All rows of a state. The next commits come after it. */
  contents(contents: Contents): void;
  /** The next commits come after this version, which the rows already have. */
  resumed(version: Version): void;
  commit(commit: Commit): void;
  /** The source did not answer. The connection tries again later. */
  failed(reason: unknown): void;
  /** The source has ended. No call comes after this one. */
  ended(error: unknown): void;
}

/** Options of a {@link SourceConnection}. */
export interface SourceConnectionOptions {
  readonly tables: readonly FollowedTable<Kind>[];
  readonly limit: number | undefined;
  readonly clock: Clock;
  /** The version after which to resume, where the source still has the later commits. */
  readonly resume: Version | undefined;
}

type Look = SourceWatch<Contents> | Promise<SourceWatch<Contents>>;

const retries: BackOff = { initialMs: 50, maxMs: 10_000, factor: 2 };

/** Errors after which the place in the log is lost, so that all rows have to be read. */
const outrun = [
  'ERR_WATCH_OVERFLOW',
  'ERR_LOG_COMPACTED',
  'ERR_VERSION_OUT_OF_BOUNDS',
  'ERR_VERSIONING_UNSUPPORTED',
] as const;

/** Errors about the options: another attempt would fail in the same way. */
const refused = ['ERR_INVALID_FIND_BY', 'ERR_INVALID_OBJECT'] as const;

/**
 * Keeps a watcher on a source. After an interruption it resumes from the log; where that is impossible, it reads all
 * rows again. While the source does not answer, it tries again with growing delays.
 */
export class SourceConnection {
  readonly #source: FollowSource;
  readonly #options: SourceConnectionOptions;
  readonly #sink: SourceSink;
  readonly #meter = new LagMeter();
  /** The version after which to resume; undefined when all rows have to be read. */
  #resume: Version | undefined;
  #watcher: SourceWatcher | undefined;
  #endPause: (() => void) | undefined;
  /** The number of failed attempts in a row. */
  #failures = 0;
  /**
   * True if all rows may be read again without a pause. That is allowed once for each connection: otherwise a source
   * that is always too fast would be read without end.
   */
  #looksAtOnce = true;
  /** True while the rows of a closed source are read for the last time. */
  #ending = false;
  #closed = false;

  constructor(source: FollowSource, options: SourceConnectionOptions, sink: SourceSink) {
    this.#source = source;
    this.#options = options;
    this.#sink = sink;
    this.#resume = options.resume;
  }

  /** True while there is a watcher. */
  get connected(): boolean {
    return this.#watcher !== undefined;
  }

  get lag(): Lag {
    return this.#meter.lag;
  }

  /** Connects. The first read happens synchronously, so that errors about the options are thrown to the caller. */
  start(): void {
    void this.#run(this.#resume === undefined ? this.#look() : undefined);
  }

  /** Ends the connection: the sink is not called any more, and no watcher stays in the source. */
  close(): void {
    this.#closed = true;
    this.#letGo();
    this.#endPause?.();
  }

  async #run(first: Look | undefined): Promise<void> {
    let look = first;
    while (!this.#closed) {
      if (look === undefined && turnIsDue()) await nextTurn();
      try {
        await this.#connect(look);
        this.#failures = 0;
        this.#looksAtOnce = true;
        if (await this.#read())
          this.#sink.ended(new StoreError('ERR_STORE_CLOSED', 'the followed store was closed', {}));
      } catch (error) {
        await this.#recover(error);
      }
      look = undefined;
    }
  }

  /** Decides how to go on after an error: end, read all rows again at once, or try again later. */
  async #recover(error: unknown): Promise<void> {
    this.#letGo();
    if (this.#closed) return;
    const ended = isStoreError(error, 'ERR_STORE_CLOSED');
    if (refused.some((code) => isStoreError(error, code)) || (ended && (this.#ending || this.#resume === undefined))) {
      this.#sink.ended(error);
      return;
    }
    // A source that closed while its log was read still shows its last state.
    this.#ending = ended;
    const lost = ended || outrun.some((code) => isStoreError(error, code));
    if (lost) this.#resume = undefined;
    if (lost && this.#looksAtOnce) {
      this.#looksAtOnce = false;
      return;
    }
    this.#failures += 1;
    await this.#pause(error);
  }

  /** Brings the sink up to date and opens a watcher for the commits after that. */
  async #connect(first: Look | undefined): Promise<void> {
    if (first === undefined) this.#meter.reset();
    const resume = this.#resume;
    if (resume !== undefined && this.#source.watchFrom !== undefined) {
      const watcher = await this.#source.watchFrom(resume, this.#watchOptions());
      if (this.#keep(watcher)) this.#sink.resumed(resume);
      return;
    }
    const looked = first ?? this.#look();
    const { value, watcher } = isPromise(looked) ? await looked : looked;
    if (!this.#keep(watcher)) return;
    this.#resume = value.version;
    this.#sink.contents(value);
  }

  /** Reads the watcher to its end and returns true; returns false when the connection has to be made again. */
  async #read(): Promise<boolean> {
    const watcher = this.#watcher;
    if (watcher === undefined) return false;
    const commits = watcher.commits();
    for (;;) {
      if (turnIsDue()) await nextTurn();
      const { done, value } = await commits.next();
      if (this.#watcher !== watcher) return false;
      if (done === true) return true;
      // After a reload all rows are read again: the log does not have the changes that the reload made.
      if (value.reset === true) {
        this.#letGo();
        this.#resume = undefined;
        return false;
      }
      this.#resume = value.version;
      this.#sink.commit(value);
      this.#meter.apply(value.events.length);
    }
  }

  #look(): Look {
    const read = (state: SourceState): Contents => ({
      version: state.version,
      rows: this.#options.tables.map(({ kind, by }) => state.table(kind).find(by ?? all)),
    });
    return this.#source.viewAndWatch(read, this.#watchOptions());
  }

  /** Options for a watch of every change of the followed tables, and of every commit for its version. */
  #watchOptions(): WatchOptions {
    const { tables, limit } = this.#options;
    const check = (): boolean => {
      this.#meter.publish();
      return true;
    };
    return { events: [...tables.map(({ kind, by }) => ({ kind, by, check })), { action: 'commit' }], limit };
  }

  /** Keeps the watcher; closes it and returns false when the connection was closed meanwhile. */
  #keep(watcher: SourceWatcher): boolean {
    if (this.#closed) {
      watcher.close();
      return false;
    }
    this.#watcher = watcher;
    return true;
  }

  #letGo(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  async #pause(reason: unknown): Promise<void> {
    this.#sink.failed(reason);
    if (this.#closed) return;
    const { clock } = this.#options;
    await new Promise<void>((resolve) => {
      const cancel = clock.callAt(clock.now() + retryDelay(retries, this.#failures), resolve);
      this.#endPause = () => {
        cancel();
        resolve();
      };
    });
  }
}

function isPromise<T extends object>(value: T | Promise<T>): value is Promise<T> {
  return 'then' in value;
}
