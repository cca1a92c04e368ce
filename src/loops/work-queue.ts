import { onAbort } from '../base/async/on-abort.ts';
import type { Clock } from '../base/clock.ts';
import { risingTime } from '../base/clock.ts';
import { isolated } from '../base/isolated.ts';
import { retryDelay } from '../base/retry-delay.ts';
import type { BackOff } from '../base/retry-delay.ts';
import { nextTurn, turnIsDue } from '../base/scheduling/turns.ts';
import { TokenBucket } from './token-bucket.ts';
import { checkClose, checkKey, checkQueueOptions, checkRun, checkTake, checkTime } from './work-queue-options.ts';
import type { CloseOptions, RunOptions, TakeOptions, WorkQueueOptions } from './work-queue-options.ts';

/** The state of a key in work: added again meanwhile, or forgotten. */
type InWork = 'taken' | 'again' | 'forgotten';

/**
 * A queue of the keys that a loop has to look at, now or later.
 *
 * - A key that is added ten times before it is taken is taken once, so the queue is never longer than the number of
 *   objects.
 * - A key in work is not handed out a second time. If it is added meanwhile, it comes again afterwards.
 * - A failed key comes again after a growing delay.
 * - The event loop gets its turn every few milliseconds, however many keys are ready.
 *
 * A key is anything but undefined. A time is a number of milliseconds of the queue's clock; one that has passed means
 * at once, and `Infinity` never. Other keys and times throw `ERR_INVALID_OBJECT`, and change nothing.
 *
 * All calls are O(1), except for the search for the next due key: O(keys that wait for their time), only when a key
 * became due or no key is ready.
 *
 * @example
 * ```ts
 * import { MemoryStore } from 'swarmstate';
 * import { follow } from 'swarmstate/cache';
 * import { WorkQueue } from 'swarmstate/loops';
 *
 * const store = new MemoryStore();
 * const queue = new WorkQueue({ rate: { perSecond: 100, burst: 10 } });
 * const services = follow(store, { tables: ['service'] });
 * for (const service of services.table('service')) queue.add(service.id);
 * services.on('commit', ({ events }) => {
 *   for (const { object } of events) queue.add(object.id);
 * });
 * const running = queue.run((id) => store.update((tx) => void tx.services.get(id)), { onError: console.error });
 * queue.close();
 * await running;
 * ```
 */
export class WorkQueue<K = string> {
  readonly #clock: Clock;
  readonly #now: () => number;
  readonly #backOff: BackOff;
  readonly #bucket: TokenBucket | undefined;
  readonly #ready = new Set<K>();
  /** The times at which keys become ready. */
  readonly #due = new Map<K, number>();
  /** No key is due before this time. */
  #earliest = Infinity;
  readonly #working = new Map<K, InWork>();
  readonly #failures = new Map<K, number>();
  readonly #wakes = new Set<() => void>();
  #closed = false;

  /** Throws `ERR_INVALID_OBJECT` for an option that is wrong or unknown. */
  constructor(options: WorkQueueOptions = {}) {
    const { clock, backOff, rate } = checkQueueOptions(options);
    this.#clock = clock;
    this.#now = risingTime(clock);
    this.#backOff = backOff;
    this.#bucket = rate === undefined ? undefined : new TokenBucket(rate, this.#now());
  }

  /** The number of keys that are ready or wait for their time. */
  get size(): number {
    let both = 0;
    for (const key of this.#due.keys()) if (this.#ready.has(key)) both += 1;
    return this.#ready.size + this.#due.size - both;
  }

  /** Makes a key ready: it is handed out as soon as possible. */
  add(key: K): void {
    checkKey(key);
    if (this.#closed) return;
    this.#makeReady(key);
    this.#wake();
  }

  /**
   * Makes a key ready at `time`, by the queue's clock; this replaces an earlier time. Undefined removes the time: the
   * key waits until it is added.
   */
  addAt(key: K, time: number | undefined): void {
    checkKey(key);
    checkTime(time);
    if (this.#closed) return;
    if (time === undefined) this.#due.delete(key);
    else {
      this.#due.set(key, time);
      this.#earliest = Math.min(this.#earliest, time);
    }
    this.#wake();
  }

  /**
   * Removes a key: it is not handed out until it is added again, and its failures are forgotten. If the key is in work,
   * neither its `done` nor its `retry` brings it back.
   */
  forget(key: K): void {
    checkKey(key);
    this.#ready.delete(key);
    this.#due.delete(key);
    this.#failures.delete(key);
    if (this.#working.has(key)) this.#working.set(key, 'forgotten');
  }

  /**
   * Waits for ready keys and takes up to `max` of them, in the order in which they became ready; none once the queue is
   * closed. Each taken key needs a `done` or a `retry`.
   *
   * A caller that stops waiting has to abort the signal: a call that is only forgotten, as in a `Promise.race`, takes
   * the next keys. Rejects with the signal's reason; then it has taken none.
   */
  async take(max: number = Infinity, options: TakeOptions = {}): Promise<readonly K[]> {
    checkTake(max, options);
    const { signal } = options;
    signal?.throwIfAborted();
    for (;;) {
      if ((this.#ready.size > 0 || this.#earliest <= this.#now()) && turnIsDue()) await nextTurn();
      signal?.throwIfAborted();
      const keys = this.#takeReady(max);
      if (keys.length > 0) return keys;
      if (this.#closed && this.#ready.size === 0) return [];
      await this.#sleep(signal);
    }
  }

  /**
   * Ends the work on a key. `again` is the time at which the key becomes ready again; an earlier time that was set
   * meanwhile wins.
   */
  done(key: K, again?: number): void {
    checkKey(key);
    checkTime(again);
    this.#failures.delete(key);
    const state = this.#working.get(key);
    this.#working.delete(key);
    if (!this.#closed) {
      // A time that was set during the work still counts.
      const set = this.#due.get(key);
      const given = state === 'forgotten' ? undefined : again;
      this.addAt(key, given === undefined || set === undefined ? (given ?? set) : Math.min(given, set));
    }
    if (state === 'again') this.#makeReady(key);
    this.#wake();
  }

  /**
   * Ends the work on a key that failed. The key comes again after the delay for its failures in a row, even if it was
   * added meanwhile.
   */
  retry(key: K): void {
    checkKey(key);
    const state = this.#working.get(key);
    this.#working.delete(key);
    if (this.#closed || state === 'forgotten') {
      this.#failures.delete(key);
      this.#wake();
      return;
    }
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    this.addAt(key, this.#now() + retryDelay(this.#backOff, failures));
  }

  /**
   * Works on keys until the queue is closed. The result of `work` is the time at which the key becomes ready again; any
   * other result than a time is a failure.
   *
   * Resolves once all work has ended. Rejects only with `ERR_INVALID_OBJECT`, for options that are wrong or unknown.
   */
  async run(work: (key: K) => Promise<number | void> | number | void, options: RunOptions<K>): Promise<void> {
    const concurrency = checkRun(work, options);
    const { signal, onError } = options;
    const close = (): void => {
      this.close();
    };
    if (signal?.aborted === true) close();
    const forget = signal && onAbort(signal, close);
    const worker = async (): Promise<void> => {
      for (let keys = await this.take(1); keys.length > 0; keys = await this.take(1)) {
        const key = keys[0] as K;
        try {
          this.done(key, (await work(key)) ?? undefined);
        } catch (error) {
          this.retry(key);
          isolated(() => {
            onError(error, key);
          });
        }
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    forget?.();
  }

  /**
   * Closes the queue: later calls of `add` do nothing. Pending calls of {@link take} resolve with no keys; with
   * `drain`, once no key is ready any more.
   */
  close(options: CloseOptions = {}): void {
    checkClose(options);
    this.#closed = true;
    this.#due.clear();
    this.#earliest = Infinity;
    if (options.drain !== true) {
      this.#ready.clear();
      for (const [key, state] of this.#working) if (state === 'again') this.#working.set(key, 'taken');
    }
    this.#wake();
  }

  #makeReady(key: K): void {
    if (this.#working.has(key)) this.#working.set(key, 'again');
    else this.#ready.add(key);
  }

  #takeReady(max: number): readonly K[] {
    const now = this.#now();
    if (this.#earliest <= now) this.#collectDue(now);
    const wanted = Math.min(max, this.#ready.size);
    const allowed = this.#bucket === undefined ? wanted : this.#bucket.take(wanted, now);
    const keys: K[] = [];
    for (const key of this.#ready) {
      if (keys.length >= allowed) break;
      this.#ready.delete(key);
      // The key is looked at now, so its time is done with.
      this.#due.delete(key);
      this.#working.set(key, 'taken');
      keys.push(key);
    }
    return keys;
  }

  /** Makes the due keys ready, and finds the time of the next one. */
  #collectDue(now: number): void {
    this.#earliest = Infinity;
    for (const [key, time] of this.#due) {
      // A key in work stays due until its work has ended.
      if (this.#working.has(key)) continue;
      if (time > now) {
        this.#earliest = Math.min(this.#earliest, time);
      } else {
        this.#due.delete(key);
        this.#ready.add(key);
      }
    }
  }

  #wake(): void {
    for (const wake of this.#wakes) wake();
  }

  /** Waits until a key may have become ready, until the queue is closed, or until the signal aborts. */
  async #sleep(signal: AbortSignal | undefined): Promise<void> {
    let next = Infinity;
    if (this.#ready.size > 0 && this.#bucket !== undefined) next = this.#bucket.nextAt(this.#now());
    for (const [key, time] of this.#due) if (!this.#working.has(key)) next = Math.min(next, time);
    let cancel: (() => void) | undefined;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#wakes.delete(wake);
        forget?.();
        cancel?.();
        resolve();
      };
      this.#wakes.add(wake);
      const forget = signal && onAbort(signal, wake);
      if (next !== Infinity) cancel = this.#clock.callAt(next, wake);
    });
  }
}
