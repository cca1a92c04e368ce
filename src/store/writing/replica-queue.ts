import { Fifo } from '../../base/fifo.ts';
import { nextTurn, turnIsDueAfterCall } from '../../base/scheduling/turns.ts';
import { StoreError } from '../../errors/store-error.ts';
import type { WriteLock } from './write-lock.ts';

/** A change that waits. */
interface Entry {
  /** Set for a change of one synchronous step. */
  readonly work: (() => void) | undefined;
  /** For a change that is prepared first: settles with the preparation. */
  readonly preparation: Promise<void> | undefined;
  /** Set once the preparation has ended: the rest of the change, which needs the lock. */
  prepared: (() => Promise<void>) | undefined;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The changes that a proposer brings from other members. They run in their order, ahead of every writer in the write
 * queue, as soon as no transaction is open: at once where the lock is free or its holder can be interrupted, else when
 * the holder has ended its transaction.
 */
export class ReplicaQueue {
  readonly #lock: WriteLock<unknown>;
  readonly #finish: () => void;
  readonly #entries = new Fifo<Entry>();
  #running = false;

  /** `finish` ends a hold of the lock, see `StoreWriter.finish`. */
  constructor(lock: WriteLock<unknown>, finish: () => void) {
    this.#lock = lock;
    this.#finish = finish;
  }

  /** The number of changes that wait. */
  get length(): number {
    return this.#entries.length;
  }

  /**
   * Adds a change of one synchronous step. Settles with it, and after a turn of the event loop where one is due.
   * Rejects with `ERR_STORE_CLOSED` in a closed store.
   */
  add(work: () => void): Promise<void> {
    const added = this.#add(work);
    return turnIsDueAfterCall() ? added.finally(nextTurn) : added;
  }

  #add(work: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed()) {
        reject(closedError());
        return;
      }
      this.#entries.push({ work, preparation: undefined, prepared: undefined, resolve, reject });
      if (this.#lock.acquireFree()) {
        this.run();
        this.#lock.release();
      } else if (this.#lock.interrupt()) {
        this.run();
      }
    });
  }

  /**
   * Adds a change that is prepared beside the store, while writers go on. The preparation resolves to the rest of the
   * change, which runs with the lock held; changes that were added later wait for it. Settles with the change.
   */
  addPrepared(prepare: () => Promise<() => Promise<void>>): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed()) {
        reject(closedError());
        return;
      }
      const preparation = prepare().then(
        (prepared) => {
          entry.prepared = prepared;
          this.#wake(entry);
        },
        (error: unknown) => {
          // Nothing was changed; the changes behind this one go on.
          this.#entries.remove(entry);
          reject(error);
          this.#wake(undefined);
        },
      );
      const entry: Entry = { work: undefined, preparation, prepared: undefined, resolve, reject };
      this.#entries.push(entry);
    });
  }

  /** Runs the synchronous changes at the front. The caller holds the lock, and no transaction is open. */
  run(): void {
    if (this.#running) return;
    this.#running = true;
    try {
      for (let entry = this.#entries.first; entry?.work !== undefined; entry = this.#entries.first) {
        this.#entries.shift();
        try {
          entry.work();
          entry.resolve();
        } catch (error) {
          entry.reject(error);
        }
      }
    } finally {
      this.#running = false;
    }
  }

  /**
   * Starts the prepared change at the front, if its preparation has ended. Its promise never rejects. The caller holds
   * the lock until then, and no transaction is open.
   */
  startReady(): Promise<void> | undefined {
    const entry = this.#entries.first;
    if (entry?.prepared === undefined) return undefined;
    this.#entries.shift();
    return entry.prepared().then(entry.resolve, entry.reject);
  }

  /**
   * Runs everything that waits, preparations included; undefined where that has happened already. For a holder whose
   * next attempt would fail on the old state.
   */
  drain(): Promise<void> | undefined {
    this.run();
    return this.#entries.length === 0 ? undefined : this.#drain();
  }

  async #drain(): Promise<void> {
    for (let entry = this.#entries.first; entry !== undefined; entry = this.#entries.first) {
      await entry.preparation;
      await this.startReady();
      this.run();
    }
  }

  /** A preparation has ended: its change runs now if the lock is free, else when the holder finishes. */
  #wake(entry: Entry | undefined): void {
    if (this.#isClosed()) {
      for (const waiting of this.#entries.takeAll()) waiting.reject(closedError());
      return;
    }
    if (entry !== undefined && this.#entries.first !== entry) return;
    if (this.#lock.acquireFree()) this.#finish();
    else this.#lock.requestRelease();
  }

  #isClosed(): boolean {
    return this.#lock.closed && !this.#lock.held;
  }
}

function closedError(): StoreError<'ERR_STORE_CLOSED'> {
  return new StoreError('ERR_STORE_CLOSED', 'the store is closed; a change of the proposer came too late', {});
}
