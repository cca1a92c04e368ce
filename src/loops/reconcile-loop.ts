import { onAbort } from '../base/async/on-abort.ts';
import { isClock, risingTime, systemClock } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import { isolated } from '../base/isolated.ts';
import { isFiniteFrom, isNumberIn } from '../base/options/option-checks.ts';
import { retryDelay } from '../base/retry-delay.ts';
import type { BackOff } from '../base/retry-delay.ts';
import { clockText, optionChecks } from '../model/option-checks.ts';
import { completeBackOff } from './back-off.ts';

/** A source of commits: a follower or a cache. */
export interface CommitSource {
  /** Calls `handler` after each commit. Returns the function that removes the handler. */
  on(event: 'commit', handler: () => void): () => void;
  /** Resolves once no more commits come. */
  readonly closed: Promise<void>;
}

/** Options of {@link reconcileOnCommit}. */
export interface ReconcileOptions {
  /** The milliseconds without a commit after which the loop runs. Default: 50. */
  readonly quietMs?: number | undefined;
  /**
   * The longest time from a commit to a run, in milliseconds, however many commits come; `Infinity` for no limit.
   * Default: 1,000.
   */
  readonly maxMs?: number | undefined;
  /** Called for every failed run; the loop tries again. */
  readonly onError: (error: unknown) => void;
  /** The delays after failures. Default: 5 ms, doubled with each failure in a row, up to a minute. */
  readonly backOff?: Partial<BackOff> | undefined;
  readonly clock?: Clock | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A running loop. */
export interface ReconcileLoop {
  /** Resolves once the loop and its last run have ended; never rejects. */
  readonly done: Promise<void>;
  /** Requests a run, as a commit does. */
  request(): void;
  /** Ends the loop after its current run. Resolves as `done`. */
  stop(): Promise<void>;
}

/**
 * Runs `reconcile` once at the beginning, and again after commits: once no commit has come for `quietMs`, so many
 * commits cost one run. Runs never overlap; a commit during a run leads to another run. The loop ends with its source.
 *
 * Throws `ERR_INVALID_OBJECT` for an option that is wrong or unknown.
 *
 * @example
 * ```ts
 * import { MemoryStore } from 'swarmstate';
 * import { follow } from 'swarmstate/cache';
 * import { reconcileOnCommit } from 'swarmstate/loops';
 *
 * const store = new MemoryStore();
 * const follower = follow(store, { tables: ['node'] });
 * const report = (): void => console.log(follower.table('node').size, 'nodes');
 * const loop = reconcileOnCommit(follower, report, { onError: console.error });
 * await loop.stop();
 * ```
 */
export function reconcileOnCommit(
  source: CommitSource,
  reconcile: () => Promise<void> | void,
  options: ReconcileOptions,
): ReconcileLoop {
  return new Reconciler(source, reconcile, checkedOptions(options));
}

interface CheckedOptions {
  readonly quietMs: number;
  readonly maxMs: number;
  readonly onError: (error: unknown) => void;
  readonly backOff: BackOff;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
}

const checks = optionChecks<ReconcileOptions>('ReconcileOptions', 'reconcileOnCommit', [
  'quietMs',
  'maxMs',
  'onError',
  'backOff',
  'clock',
  'signal',
]);

function checkedOptions(options: ReconcileOptions): CheckedOptions {
  checks.names(options);
  const { quietMs = 50, maxMs = 1000, onError, clock = systemClock, signal } = options;
  const milliseconds = 'a number of milliseconds, 0 or more';
  checks.valid(isFiniteFrom(quietMs, 0), 'quietMs', quietMs, milliseconds);
  checks.valid(isNumberIn(maxMs, 0), 'maxMs', maxMs, milliseconds);
  checks.valid(typeof onError === 'function', 'onError', onError, 'a function');
  checks.valid(isClock(clock), 'clock', clock, clockText);
  checks.signal(signal);
  return { quietMs, maxMs, onError, backOff: completeBackOff(checks, options.backOff), clock, signal };
}

class Reconciler implements ReconcileLoop {
  readonly done: Promise<void>;
  readonly #reconcile: () => Promise<void> | void;
  readonly #options: CheckedOptions;
  readonly #now: () => number;
  readonly #unlisten: (() => void)[];
  #end!: () => void;
  /** The time of the first commit after the start of the last run, and of the last commit. */
  #first: number | undefined;
  #last = 0;
  #cancel: (() => void) | undefined;
  #running = false;
  #stopped = false;
  #failures = 0;

  constructor(source: CommitSource, reconcile: () => Promise<void> | void, options: CheckedOptions) {
    this.#reconcile = reconcile;
    this.#options = options;
    this.#now = risingTime(options.clock);
    this.done = new Promise((resolve) => {
      this.#end = resolve;
    });
    const stop = (): void => void this.stop();
    this.#unlisten = [
      source.on('commit', () => {
        this.request();
      }),
    ];
    if (options.signal !== undefined) this.#unlisten.push(onAbort(options.signal, stop));
    void source.closed.then(stop);
    if (options.signal?.aborted === true) stop();
    else this.#runAt(this.#now());
  }

  request(): void {
    const now = this.#now();
    this.#first ??= now;
    this.#last = now;
    // While a retry is pending, its run will see this commit as well.
    if (!this.#running && this.#failures === 0) this.#schedule();
  }

  stop(): Promise<void> {
    if (!this.#stopped) {
      this.#stopped = true;
      this.#cancel?.();
      for (const stop of this.#unlisten) stop();
      if (!this.#running) this.#end();
    }
    return this.done;
  }

  #schedule(): void {
    if (this.#first === undefined) return;
    const { quietMs, maxMs } = this.#options;
    this.#runAt(Math.min(this.#last + quietMs, this.#first + maxMs));
  }

  #runAt(time: number): void {
    if (this.#stopped) return;
    this.#cancel?.();
    this.#cancel = this.#options.clock.callAt(time, () => void this.#run());
  }

  async #run(): Promise<void> {
    this.#running = true;
    this.#first = undefined;
    let failed: { readonly error: unknown } | undefined;
    try {
      await this.#reconcile();
    } catch (error) {
      failed = { error };
    }
    this.#running = false;
    this.#failures = failed === undefined ? 0 : this.#failures + 1;
    if (this.#stopped) this.#end();
    else if (failed === undefined) this.#schedule();
    else this.#runAt(this.#now() + retryDelay(this.#options.backOff, this.#failures));
    if (failed !== undefined) {
      const { error } = failed;
      isolated(() => {
        this.#options.onError(error);
      });
    }
  }
}
