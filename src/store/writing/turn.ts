import { StoreError } from '../../errors/store-error.ts';

/** Somebody who wants the turn. */
export interface Waiter<Job> {
  /** Set where those who wait may be served together: what this one wants done. */
  readonly job?: Job;
  readonly signal: AbortSignal | undefined;
  /** Called when the turn is theirs. */
  readonly grant: () => void;
  /** Called when it never will be: with the signal's reason, or `ERR_STORE_CLOSED`. */
  readonly refuse: (reason: unknown) => void;
}

/** What a holder that only keeps the turn for a while can be asked. */
export interface Offer {
  /** Somebody wants the turn: finish, and release it. */
  readonly giveUp: () => void;
  /**
   * Something has to be done at once that cannot be done in an open transaction: take that back for now. The turn stays
   * the holder's.
   */
  readonly interrupt: () => void;
}

/**
 * The right to write: one holder at a time, first come first served. Taking a free turn is synchronous and costs
 * nothing to speak of. A holder that only keeps the turn for a while (a batch between its steps) is asked to give it up
 * as soon as somebody waits.
 */
export class WriteTurn<Job> {
  readonly #waiters = new Map<Waiter<Job>, () => void>();
  #held = false;
  #offer: Offer | undefined;
  #closed = false;

  /** How many wait. */
  get waiting(): number {
    return this.#waiters.size;
  }

  get held(): boolean {
    return this.#held;
  }

  /**
   * Takes the turn when it is free (a holder that can, gives it up for that); false when the caller has to {@link
   * wait}.
   */
  tryTake(): boolean {
    this.assertOpen();
    this.#offer?.giveUp();
    return this.takeFree();
  }

  /** As {@link tryTake}, without asking anybody, and also when the turn is closed. */
  takeFree(): boolean {
    if (this.#held) return false;
    this.#held = true;
    return true;
  }

  /** Queues up. Exactly one of `grant` and `refuse` is called. */
  wait(waiter: Waiter<Job>): void {
    const abort = (): void => {
      this.#remove(waiter);
      waiter.refuse(waiter.signal?.reason);
    };
    this.#waiters.set(waiter, abort);
    waiter.signal?.addEventListener('abort', abort);
  }

  /** {@link wait} as a promise. */
  waitAlone(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((grant, refuse) => {
      this.wait({ signal, grant, refuse });
    });
  }

  /**
   * Takes the jobs out of the queue, in order, up to the first who has none, or to `most`. They are the holder's to do.
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

  /** Says what the holder can be asked; undefined: nothing now. */
  offer(offer: Offer | undefined): void {
    this.#offer = offer;
  }

  /** Interrupts a holder that can be; false when it cannot. */
  interrupt(): boolean {
    if (this.#offer === undefined) return false;
    this.#offer.interrupt();
    return true;
  }

  /** Hands the turn to the one who waits longest; it stays held in between, so that nobody gets ahead of them. */
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

  /** Refuses everybody who waits and whoever comes later; resolves when the holder is done. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const waiter of [...this.#waiters.keys()]) {
      this.#remove(waiter);
      waiter.refuse(closedError());
    }
    this.#offer?.giveUp();
    if (!this.#held) return;
    await new Promise<void>((resolve) => {
      const grant = (): void => {
        // Nobody has it any more: what comes after this comes too late.
        this.#held = false;
        resolve();
      };
      this.wait({ signal: undefined, grant, refuse: grant });
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Throws `ERR_STORE_CLOSED` once the turn was closed. */
  assertOpen(): void {
    if (this.#closed) throw closedError();
  }

  #remove(waiter: Waiter<Job>): void {
    const abort = this.#waiters.get(waiter);
    this.#waiters.delete(waiter);
    if (abort !== undefined) waiter.signal?.removeEventListener('abort', abort);
  }
}

function closedError(): StoreError<'ERR_STORE_CLOSED'> {
  return new StoreError('ERR_STORE_CLOSED', 'the store is closed for writing; its last state can still be read', {});
}
