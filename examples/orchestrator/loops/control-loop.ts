import { isStoreError, newId } from 'swarmstate';
import type { MemoryStore, ObjectEvent, ReadTx, Selector, Tx, Watcher } from 'swarmstate';
import type { Clock } from '../clock.ts';
import { WorkQueue } from './work-queue.ts';

/** What every loop takes besides the store. */
export interface LoopOptions {
  readonly clock: Clock;
  /**
   * Hears of everything that went wrong. The loop goes on: what failed is tried again after {@link RETRY_AFTER}. There is no default, because a loop whose
   * errors nobody hears of is broken without anybody knowing.
   */
  readonly onError: (error: unknown, loop: string) => void;
  /** Stops the loop, as `stop()` does. */
  readonly signal?: AbortSignal | undefined;
  /** Makes the ids of new objects; swarmkit's kind of id where not given. */
  readonly newId?: (() => string) | undefined;
  /** How many events may wait to be read; the store's own limit where not given. */
  readonly watchLimit?: number | undefined;
}

/** A loop that runs. Everything it knows is in the store: stop it at any moment, start another one, and that goes on where this one was. */
export interface ControlLoop {
  readonly name: string;
  /** Resolves once the loop has ended and will not write any more; never rejects. */
  readonly done: Promise<void>;
  /** Ends the loop after the step it is in, and waits for that. */
  stop(): Promise<void>;
}

/** What a step may use besides its transaction. */
export interface StepContext {
  /** The time of this step, in milliseconds. */
  readonly now: number;
  newId(): string;
}

/**
 * What makes one loop different from another. A key names something the loop keeps in order: a service's id, a task's id. The store may have moved on
 * between an event and the step that follows from it, so an event only says which keys to look at. What is to be done, the step finds out
 * by reading, inside its own transaction.
 */
export interface LoopDefinition {
  readonly name: string;
  /** The changes that can give the loop something to do. */
  readonly events: readonly Selector[];
  /** All keys there are: the loop starts with them, and begins anew with them when its watch overflowed. */
  initialKeys(tx: ReadTx): Iterable<string>;
  /** The keys that an event concerns. `tx` is the state of now, which may be later than the event. */
  keysOf(event: ObjectEvent, tx: ReadTx): Iterable<string>;
  /**
   * Puts one key in order. Runs in a transaction, possibly more than once, and so has no side effects; what it looks for and does not find is gone, which is
   * no error. Running again when everything is in order changes nothing. Returns when to look again, should nothing happen before.
   */
  step(tx: Tx, key: string, context: StepContext): number | undefined;
}

/** Milliseconds until a step that threw is tried again. */
export const RETRY_AFTER = 1000;

/** Starts a loop on a store. */
export function startLoop(store: MemoryStore, definition: LoopDefinition, options: LoopOptions): ControlLoop {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  if (options.signal?.aborted === true) stop();
  options.signal?.addEventListener('abort', stop);
  const done = new LoopRun(store, definition, options, stopping.signal)
    .run()
    .finally(() => options.signal?.removeEventListener('abort', stop));
  return {
    name: definition.name,
    done,
    stop() {
      stop();
      return done;
    },
  };
}

class LoopRun {
  readonly #store: MemoryStore;
  readonly #definition: LoopDefinition;
  readonly #options: LoopOptions;
  readonly #stopping: AbortSignal;
  readonly #queue: WorkQueue;
  readonly #newId: () => string;

  constructor(store: MemoryStore, definition: LoopDefinition, options: LoopOptions, stopping: AbortSignal) {
    this.#store = store;
    this.#definition = definition;
    this.#options = options;
    this.#stopping = stopping;
    this.#queue = new WorkQueue(options.clock);
    this.#newId = options.newId ?? newId;
  }

  /**
   * Two activities side by side: one reads the watch and notes which keys changed, the other works on the keys. The reader never waits for a
   * write, so it keeps up with the store however slow the writes are.
   */
  async run(): Promise<void> {
    const close = (): void => this.#queue.close();
    if (this.#stopping.aborted) close();
    this.#stopping.addEventListener('abort', close);
    await Promise.all([this.#read().finally(close), this.#work()]);
  }

  async #read(): Promise<void> {
    while (!this.#stopping.aborted) {
      try {
        // One step for the look and the watch: nothing that changes in between can be missed, and nothing comes twice.
        const { value: keys, watcher } = this.#store.viewAndWatch((tx) => [...this.#definition.initialKeys(tx)], {
          events: this.#definition.events,
          limit: this.#options.watchLimit,
        });
        for (const key of keys) this.#queue.add(key);
        await this.#follow(watcher);
        // The watch ends in order when the loop is stopped or the store is closed. Neither leaves anything to do.
        return;
      } catch (error) {
        // Too slow for the store: the events that were missed do not matter, since the next round looks at everything again.
        if (isStoreError(error, 'ERR_WATCH_OVERFLOW')) continue;
        this.#report(error);
        await this.#pause();
      }
    }
  }

  async #follow(watcher: Watcher): Promise<void> {
    const close = (): void => watcher.close();
    this.#stopping.addEventListener('abort', close);
    try {
      for await (const { events } of watcher.commits()) {
        this.#store.view((tx) => {
          for (const event of events) for (const key of this.#definition.keysOf(event, tx)) this.#queue.add(key);
        });
      }
    } finally {
      watcher.close();
      this.#stopping.removeEventListener('abort', close);
    }
  }

  async #work(): Promise<void> {
    for (let keys = await this.#queue.take(); keys.length > 0; keys = await this.#queue.take()) {
      try {
        await this.#store.batch(async (batch) => {
          for (const key of keys) {
            // Stopped in the middle: what was done so far is complete in itself, and the next loop finds the rest.
            if (this.#stopping.aborted) return;
            try {
              this.#queue.setDue(key, await batch.update((tx) => this.#definition.step(tx, key, this.#context())));
            } catch (error) {
              if (endsBatch(error)) throw error;
              // The step left nothing behind; the other keys need not suffer.
              this.#report(error);
              this.#queue.setDue(key, this.#options.clock.now() + RETRY_AFTER);
            }
          }
        });
      } catch (error) {
        if (isStoreError(error, 'ERR_STORE_CLOSED')) return;
        this.#report(error);
        const again = this.#options.clock.now() + RETRY_AFTER;
        for (const key of keys) this.#queue.setDue(key, again);
      }
    }
  }

  #context(): StepContext {
    return { now: this.#options.clock.now(), newId: this.#newId };
  }

  #report(error: unknown): void {
    this.#options.onError(error, this.#definition.name);
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#stopping.removeEventListener('abort', end);
        resolve();
      };
      const cancel = this.#options.clock.callAt(this.#options.clock.now() + RETRY_AFTER, end);
      this.#stopping.addEventListener('abort', end);
    });
  }
}

/** True for the failures of a batch as a whole, after which its further steps fail too. */
function endsBatch(error: unknown): boolean {
  return isStoreError(error, 'ERR_BATCH_FAILED') || isStoreError(error, 'ERR_STORE_CLOSED') || isStoreError(error, 'ERR_TX_CLOSED');
}
