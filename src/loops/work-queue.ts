import { systemClock } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import { isolated } from '../base/isolated.ts';
import { defaultBackOff, retryDelay } from '../base/retry-delay.ts';
import type { BackOff } from '../base/retry-delay.ts';
import { TokenBucket } from './token-bucket.ts';
import type { RateLimit } from './token-bucket.ts';

/** Options of a {@link WorkQueue}. */
export interface WorkQueueOptions {
  /** Default: `systemClock`. */
  readonly clock?: Clock | undefined;
  /** The delays of failed keys. Default: 5 ms, doubled with each failure in a row, up to a minute. */
  readonly backOff?: Partial<BackOff> | undefined;
  /** The rate at which keys are handed out. Default: no limit. */
  readonly rate?: RateLimit | undefined;
}

/** Options of {@link WorkQueue.run}. */
export interface RunOptions<K> {
  /** The number of keys that are worked on at the same time. Default: 1. */
  readonly concurrency?: number | undefined;
  /** Closes the queue when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /** Called for every failure; the key is tried again. */
  readonly onError: (error: unknown, key: K) => void;
}

/**
 * A queue of the keys that a loop has to look at, now or later.
 *
 * - A key that is added ten times before it is taken is taken once, so the queue is never longer than the number of
 *   objects.
 * - A key in work is not handed out a second time. If it is added meanwhile, it comes again afterwards.
 * - A failed key comes again after a growing delay.
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
  readonly #backOff: BackOff;
  readonly #bucket: TokenBucket | undefined;
  readonly #ready = new Set<K>();
  /** The times at which keys become ready. */
  readonly #due = new Map<K, number>();
  /** No key is due before this time. */
  #earliest = Infinity;
  /** The keys in work; true for a key that was added again meanwhile. */
  readonly #working = new Map<K, boolean>();
  readonly #failures = new Map<K, number>();
  readonly #wakes = new Set<() => void>();
  #closed = false;

  constructor(options: WorkQueueOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#backOff = { ...defaultBackOff, ...options.backOff };
    this.#bucket = options.rate === undefined ? undefined : new TokenBucket(options.rate, this.#clock.now());
  }

  /** The number of keys that are ready or wait for their time. */
  get size(): number {
    let both = 0;
    for (const key of this.#due.keys()) if (this.#ready.has(key)) both += 1;
    return this.#ready.size + this.#due.size - both;
  }

  /** Makes a key ready: it is handed out as soon as possible. */
  add(key: K): void {
    if (this.#closed) return;
    if (this.#working.has(key)) this.#working.set(key, true);
    else this.#ready.add(key);
    this.#wake();
  }

  /**
   * Makes a key ready at `time`, by the queue's clock; this replaces an earlier time. Undefined removes the time: the
   * key waits until it is added.
   */
  addAt(key: K, time: number | undefined): void {
    if (this.#closed) return;
    if (time === undefined) this.#due.delete(key);
    else {
      this.#due.set(key, time);
      this.#earliest = Math.min(this.#earliest, time);
    }
    this.#wake();
  }

  /**
   * Waits for ready keys and takes up to `max` of them, in the order in which they became ready; none once the queue is
   * closed. Each taken key needs a `done` or a `retry`.
   */
  async take(max: number = Infinity): Promise<readonly K[]> {
    while (!this.#closed) {
      const keys = this.#takeReady(max);
      if (keys.length > 0) return keys;
      await this.#sleep();
    }
    return [];
  }

  /**
   * Ends the work on a key. `again` is the time at which the key becomes ready again; an earlier time that was set
   * meanwhile wins.
   */
  done(key: K, again?: number): void {
    this.#failures.delete(key);
    this.#finish(key, again);
  }

  /**
   * Ends the work on a key that failed. The key comes again after the delay for its failures in a row, even if it was
   * added meanwhile.
   */
  retry(key: K): void {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    this.#working.delete(key);
    this.addAt(key, this.#clock.now() + retryDelay(this.#backOff, failures));
  }

  /**
   * Works on keys until the queue is closed. The result of `work` is the time at which the key becomes ready again.
   * Resolves once all work has ended; never rejects.
   */
  async run(work: (key: K) => Promise<number | void> | number | void, options: RunOptions<K>): Promise<void> {
    const close = (): void => {
      this.close();
    };
    if (options.signal?.aborted === true) close();
    options.signal?.addEventListener('abort', close);
    const worker = async (): Promise<void> => {
      for (let [key] = await this.take(1); key !== undefined; [key] = await this.take(1)) {
        try {
          this.done(key, (await work(key)) ?? undefined);
        } catch (error) {
          this.retry(key);
          isolated(() => {
            options.onError(error, key);
          });
        }
      }
    };
    await Promise.all(Array.from({ length: options.concurrency ?? 1 }, worker));
    options.signal?.removeEventListener('abort', close);
  }

  /** Closes the queue: pending calls of {@link take} resolve with no keys, and later calls of `add` do nothing. */
  close(): void {
    this.#closed = true;
    this.#ready.clear();
    this.#due.clear();
    this.#wake();
  }

  #takeReady(max: number): readonly K[] {
    const now = this.#clock.now();
    if (this.#earliest <= now) this.#collectDue(now);
    const wanted = Math.min(max, this.#ready.size);
    const allowed = this.#bucket === undefined ? wanted : this.#bucket.take(wanted, now);
    const keys: K[] = [];
    for (const key of this.#ready) {
      if (keys.length >= allowed) break;
      this.#ready.delete(key);
      // The key is looked at now, so its time is done with.
      this.#due.delete(key);
      this.#working.set(key, false);
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

  #finish(key: K, again: number | undefined): void {
    const added = this.#working.get(key) === true;
    this.#working.delete(key);
    // A time that was set during the work still counts.
    const set = this.#due.get(key);
    this.addAt(key, again === undefined || set === undefined ? (again ?? set) : Math.min(again, set));
    if (added) this.add(key);
  }

  #wake(): void {
    for (const wake of this.#wakes) wake();
  }

  async #sleep(): Promise<void> {
    let next = Infinity;
    if (this.#ready.size > 0 && this.#bucket !== undefined) next = this.#bucket.nextAt(this.#clock.now());
    for (const [key, time] of this.#due) if (!this.#working.has(key)) next = Math.min(next, time);
    let cancel: (() => void) | undefined;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#wakes.delete(wake);
        cancel?.();
        resolve();
      };
      this.#wakes.add(wake);
      if (next !== Infinity) cancel = this.#clock.callAt(next, wake);
    });
  }
}
