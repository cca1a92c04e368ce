import { StoreError } from '../errors/store-error.ts';

interface Waiter {
  readonly grant: () => void;
  readonly refuse: (reason: unknown) => void;
}

/**
 * The right to write: one holder at a time, first come first served. Taking a free turn is synchronous and costs nothing to speak of. A holder
 * that only keeps the turn for a while (a batch between its steps) is asked to give it up as soon as somebody waits.
 */
export class WriteTurn {
  readonly #waiters = new Set<Waiter>();
  #held = false;
  #whenContended: (() => void) | undefined;
  #closed = false;

  get waiting(): number {
    return this.#waiters.size;
  }

  get held(): boolean {
    return this.#held;
  }

  /** Takes the turn when it is free (a holder that can, gives it up for that); false when the caller has to {@link wait}. */
  tryTake(): boolean {
    this.assertOpen();
    this.#whenContended?.();
    if (this.#held) return false;
    this.#held = true;
    return true;
  }

  /** Resolves when the turn is the caller's. Rejects with `signal.reason`, and with `ERR_STORE_CLOSED`; then the caller has no turn to release. */
  wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiters.delete(waiter);
        signal?.removeEventListener('abort', abort);
      };
      const abort = (): void => {
        leave();
        reject(signal?.reason as Error);
      };
      const waiter: Waiter = {
        grant: () => {
          leave();
          resolve();
        },
        refuse: (reason) => {
          leave();
          reject(reason as Error);
        },
      };
      this.#waiters.add(waiter);
      signal?.addEventListener('abort', abort);
    });
  }

  /** Says that the holder gives up the turn (by calling {@link release}) when somebody wants it; undefined: not now. */
  offer(whenContended: (() => void) | undefined): void {
    this.#whenContended = whenContended;
  }

  /** Hands the turn to the one who waits longest; it stays held in between, so that nobody gets ahead of them. */
  release(): void {
    this.#whenContended = undefined;
    const [next] = this.#waiters;
    if (next === undefined) this.#held = false;
    else next.grant();
  }

  /** Refuses everybody who waits and whoever comes later; resolves when the holder is done. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const waiter of [...this.#waiters]) waiter.refuse(closedError());
    this.#whenContended?.();
    if (this.#held) await this.wait(undefined);
  }

  /** Throws `ERR_STORE_CLOSED` once the turn was closed. */
  assertOpen(): void {
    if (this.#closed) throw closedError();
  }
}

function closedError(): StoreError<'ERR_STORE_CLOSED'> {
  return new StoreError('ERR_STORE_CLOSED', 'the store is closed for writing; its last state can still be read', {});
}
