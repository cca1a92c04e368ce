import { systemClock } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import { isolated } from '../base/isolated.ts';
import { defaultBackOff, retryDelay } from '../base/retry-delay.ts';
import type { BackOff } from '../base/retry-delay.ts';
import { TokenBucket } from './token-bucket.ts';
import type { RateLimit } from './token-bucket.ts';

/** Options of a {@link WorkQueue}. */
export interface WorkQueueOptions {
  /** The system's where not given. */
  readonly clock?: Clock | undefined;
  /** How long a key that failed waits; 5 ms, doubled with each failure in a row, up to a minute, where not given. */
  readonly backOff?: Partial<BackOff> | undefined;
  /** How often keys are handed out; as often as they come where not given. */
  readonly rate?: RateLimit | undefined;
}

/** How {@link WorkQueue.run} works. */
export interface RunOptions<K> {
  /** How many keys are worked on at a time; 1 where not given. */
  readonly concurrency?: number | undefined;
  /** Closes the queue. */
  readonly signal?: AbortSignal | undefined;
  /** Hears of every failure; the key is tried again. */
  readonly onError: (error: unknown, key: K) => void;
}

/**
 * The keys that a loop has to look at, now or later. A key that is added ten times before it is taken is taken once, so
 * the queue is never longer than there are objects. A key that is being worked on is not handed out a second time:
 * added meanwhile, it comes again afterwards. A key that fails comes again after a delay that grows. All calls are
 * O(1); finding out what is due next, once something was due or nothing is ready, is O(keys that wait for their time).
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
  /** When a key that is not ready is to be looked at. */
  readonly #due = new Map<K, number>();
  /** No key is due before this time. */
  #earliest = Infinity;
  /** Keys that were handed out; true for those that were added again meanwhile. */
  readonly #working = new Map<K, boolean>();
  readonly #failures = new Map<K, number>();
  readonly #wakes = new Set<() => void>();
  #closed = false;

  constructor(options: WorkQueueOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#backOff = { ...defaultBackOff, ...options.backOff };
    this.#bucket = options.rate === undefined ? undefined : new TokenBucket(options.rate, this.#clock.now());
  }

  /** How many keys are ready, or wait for their time. */
  get size(): number {
    let both = 0;
    for (const key of this.#due.keys()) if (this.#ready.has(key)) both += 1;
    return this.#ready.size + this.#due.size - both;
  }

  /** Has a key looked at as soon as possible. */
  add(key: K): void {
    if (this.#closed) return;
    if (this.#working.has(key)) this.#working.set(key, true);
    else this.#ready.add(key);
    this.#wake();
  }

  /**
   * Has a key looked at from `time` on, by the queue's clock, instead of whatever time was set for it before;
   * undefined: not before it is added.
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
   * Waits for keys that are ready and takes up to `max` of them, in the order in which they became so; none once the
   * queue is closed. Each needs a `done` or a `retry`.
   */
  async take(max: number = Infinity): Promise<readonly K[]> {
    while (!this.#closed) {
      const keys = this.#takeReady(max);
      if (keys.length > 0) return keys;
      await this.#sleep();
    }
    return [];
  }

  /** A key was worked on. `again` is when to look at it again, unless a time that was set meanwhile comes first. */
  done(key: K, again?: number): void {
    this.#failures.delete(key);
    this.#finish(key, again);
  }

  /**
   * A key could not be worked on: it comes again after the delay for its failures in a row, also when it was added
   * meanwhile.
   */
  retry(key: K): void {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    this.#working.delete(key);
    this.addAt(key, this.#clock.now() + retryDelay(this.#backOff, failures));
  }

  /**
   * Works on keys until the queue is closed. What `work` gives is when to look at the key again. Resolves when all work
   * has ended; never rejects.
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

  /** Ends the queue: whoever waits in {@link take} gets nothing, what is added is forgotten. */
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
      // Whatever time was set: it is looked at now.
      this.#due.delete(key);
      this.#working.set(key, false);
      keys.push(key);
    }
    return keys;
  }

  /** Makes ready what is due, and finds out when the next one is. */
  #collectDue(now: number): void {
    this.#earliest = Infinity;
    for (const [key, time] of this.#due) {
      // One that is worked on is due when that has ended, and is looked at by then.
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
    // A time that somebody set meanwhile still counts.
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
