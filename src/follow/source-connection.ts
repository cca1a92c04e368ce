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
  /** In the order of the tables. */
  readonly rows: readonly (readonly Kinds[Kind][])[];
}

/** Who takes over what a source has. */
export interface SourceSink {
  /** All rows, of the state that the next commits follow on. */
  contents(contents: Contents): void;
  /** The next commits follow on this version, which is the one that there was. */
  resumed(version: Version): void;
  commit(commit: Commit): void;
  /** The source did not answer; it is tried again after a while. */
  failed(reason: unknown): void;
  /** The source has ended, and nothing comes any more. */
  ended(error: unknown): void;
}

/** What a {@link SourceConnection} goes by. */
export interface SourceConnectionOptions {
  readonly tables: readonly FollowedTable<Kind>[];
  readonly limit: number | undefined;
  readonly clock: Clock;
  /** The version to go on from, where the source can tell what came after it. */
  readonly resume: Version | undefined;
}

type Look = SourceWatch<Contents> | Promise<SourceWatch<Contents>>;

const retries: BackOff = { initialMs: 50, maxMs: 10_000, factor: 2 };

/** Ends of a watcher after which its place in the log is lost, and only all the rows help. */
const outrun = [
  'ERR_WATCH_OVERFLOW',
  'ERR_LOG_COMPACTED',
  'ERR_VERSION_OUT_OF_BOUNDS',
  'ERR_VERSIONING_UNSUPPORTED',
] as const;

/** What makes every further attempt pointless: the options are wrong. */
const refused = ['ERR_INVALID_FIND_BY', 'ERR_INVALID_OBJECT'] as const;

/**
 * Keeps a watcher on a source, whatever happens: reads commits, goes on from the log after an interruption, looks at
 * everything anew where that is not possible, and tries again later where the source does not answer.
 */
export class SourceConnection {
  readonly #source: FollowSource;
  readonly #options: SourceConnectionOptions;
  readonly #sink: SourceSink;
  readonly #meter = new LagMeter();
  /** The version to go on from; undefined where all rows have to be read. */
  #resume: Version | undefined;
  #watcher: SourceWatcher | undefined;
  #endPause: (() => void) | undefined;
  /** Attempts that failed in a row. */
  #failures = 0;
  /**
   * Whether the next look at everything may come without a pause: once for each connection, so that a source that is
   * too fast is not asked without end.
   */
  #looksAtOnce = true;
  /** The source has ended, and is looked at for the last time. */
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

  /**
   * Begins. The first look is taken at once, so that options that the source refuses are refused to the caller, by a
   * throw.
   */
  start(): void {
    void this.#run(this.#resume === undefined ? this.#look() : undefined);
  }

  /** Nothing is told any more, and nothing stays in the source. */
  close(): void {
    this.#closed = true;
    this.#letGo();
    this.#endPause?.();
  }

  async #run(first: Look | undefined): Promise<void> {
    let look = first;
    while (!this.#closed) {
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

  /** Decides what an error leads to: the end, another look at once, or another attempt after a while. */
  async #recover(error: unknown): Promise<void> {
    this.#letGo();
    if (this.#closed) return;
    const ended = isStoreError(error, 'ERR_STORE_CLOSED');
    if (refused.some((code) => isStoreError(error, code)) || (ended && (this.#ending || this.#resume === undefined))) {
      this.#sink.ended(error);
      return;
    }
    // A source that ended while its log was read still shows its last state.
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

  /** Brings the sink up to date and leaves a watcher of what comes after. */
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

  /** Reads to the end of the watcher. False when one has to connect anew instead. */
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

  /** Every change of what is followed, and every commit for its version. */
  #watchOptions(): WatchOptions {
    const { tables, limit } = this.#options;
    const check = (): boolean => {
      this.#meter.publish();
      return true;
    };
    return { events: [...tables.map(({ kind, by }) => ({ kind, by, check })), { action: 'commit' }], limit };
  }

  /** Takes a watcher over; false when this was closed meanwhile. */
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
