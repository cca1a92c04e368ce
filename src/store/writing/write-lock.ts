import { onAbort } from '../../base/async/on-abort.ts';
import { StoreError } from '../../errors/store-error.ts';

/** A writer in the write queue. */
export interface Waiter<Job> {
  /** Set where waiting writers may be served together: the work of this one. */
  readonly job?: Job;
  readonly signal: AbortSignal | undefined;
  /** Called when the writer has the lock. */
  readonly grant: () => void;
  /** Called when the writer never gets the lock: with the signal's reason, or `ERR_STORE_CLOSED`. */
  readonly refuse: (reason: unknown) => void;
}

/** The requests that a holder between two steps can be asked for. */
export interface Offer {
  /** Another writer wants the lock: the holder finishes and releases it. */
  readonly giveUp: () => void;
  /**
   * A change cannot wait and needs a closed transaction: the holder takes its open transaction back and keeps the lock.
   */
  readonly interrupt: () => void;
}

/**
 * The right to write: one holder at a time, first come first served. Taking a free lock is synchronous and costs two
 * assignments. A holder between two steps (a batch) is asked to give the lock up as soon as another writer waits.
 */
export class WriteLock<Job> {
  readonly #maxWaiting: number;
  readonly #waiters = new Map<Waiter<Job>, (() => void) | undefined>();
  #held = false;
  #offer: Offer | undefined;
  #closed = false;

  /** `maxWaiting` writers may wait. */
  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting;
  }

  /** The length of the write queue. */
  get waiting(): number {
    return this.#waiters.size;
  }

  get held(): boolean {
    return this.#held;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Takes the lock where it is free, after asking a holder that made an offer. False: the caller has to
   * {@link enqueue}. Throws `ERR_STORE_CLOSED`.
   */
  tryAcquire(): boolean {
    this.assertOpen();
    this.#offer?.giveUp();
    return this.acquireFree();
  }

  /** Takes the lock where it is free, without asking the holder, and also on a closed lock. */
  acquireFree(): boolean {
    if (this.#held) return false;
    this.#held = true;
    return true;
  }

  /** Joins the write queue. Exactly one of `grant` and `refuse` is called. */
  enqueue(waiter: Waiter<Job>): void {
    const { signal } = waiter;
    const stop =
      signal === undefined
        ? undefined
        : onAbort(signal, () => {
            this.#remove(waiter);
            waiter.refuse(signal.reason);
          });
    this.#waiters.set(waiter, stop);
  }

  /** {@link enqueue} as a promise. */
  acquire(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((grant, refuse) => {
      this.enqueue({ signal, grant, refuse });
    });
  }

  /**
   * Takes up to `most` jobs from the front of the queue, up to the first writer without a job. The holder does them.
   */
  takeJobs(most: number): Job[] {
    const jobs: Job[] = [];
    for (const waiter of this.#waiters.keys()) {
      if (waiter.job === undefined || jobs.length >= most) break;
      this.#remove(waiter);
      jobs.push(waiter.job);
    }
    return jobs;
  }

  /** Sets the requests that the holder can be asked for; undefined: none now. */
  offer(offer: Offer | undefined): void {
    this.#offer = offer;
  }

  /** Asks a holder that made an offer to give the lock up. */
  requestRelease(): void {
    this.#offer?.giveUp();
  }

  /** Interrupts a holder that made an offer; false where there is none. */
  interrupt(): boolean {
    if (this.#offer === undefined) return false;
    this.#offer.interrupt();
    return true;
  }

  /**
   * Hands the lock to the writer that waits longest. The lock stays held in between, so that no other writer gets
   * ahead.
   */
  release(): void {
    this.#offer = undefined;
    const [next] = this.#waiters.keys();
    if (next === undefined) {
      this.#held = false;
      return;
    }
    this.#remove(next);
    next.grant();
  }

  /** Refuses all waiting and later writers; resolves when the holder has released the lock. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.refuseWaiting(closedError());
    this.#closed = true;
    this.#offer?.giveUp();
    if (!this.#held) return;
    await new Promise<void>((resolve) => {
      const grant = (): void => {
        // The lock is free for good: later changes are refused.
        this.#held = false;
        resolve();
      };
      this.enqueue({ signal: undefined, grant, refuse: grant });
    });
  }

  /** Refuses every writer that waits now. The holder goes on. */
  refuseWaiting(reason: unknown): void {
    // On a closed lock, only the close itself waits.
    if (this.#closed) return;
    for (const waiter of [...this.#waiters.keys()]) {
      this.#remove(waiter);
      waiter.refuse(reason);
    }
  }

  /** Throws `ERR_STORE_CLOSED` once the lock was closed. */
  assertOpen(): void {
    if (this.#closed) throw closedError();
  }

  /** Throws `ERR_UNAVAILABLE` when the write queue is full. */
  assertRoom(): void {
    if (this.waiting < this.#maxWaiting) return;
    throw new StoreError(
      'ERR_UNAVAILABLE',
      `${this.waiting} writers wait already, which is the limit (maxWaiting); try again later`,
      {},
    );
  }

  #remove(waiter: Waiter<Job>): void {
    const stop = this.#waiters.get(waiter);
    this.#waiters.delete(waiter);
    stop?.();
  }
}

function closedError(): StoreError<'ERR_STORE_CLOSED'> {
  return new StoreError('ERR_STORE_CLOSED', 'the store is closed for writing; its last state can still be read', {});
}
