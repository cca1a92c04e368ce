import { isStoreError, newId } from 'swarmstate';
import type { MemoryStore, ObjectEvent, ReadTx, Selector, Tx } from 'swarmstate';
import { follow } from 'swarmstate/cache';
import { WorkQueue } from 'swarmstate/loops';
import type { Clock, Followed } from 'swarmstate/cache';

/** What every loop takes besides the store. */
export interface LoopOptions {
  readonly clock: Clock;
  /**
   * Hears of everything that went wrong. The loop goes on: what failed is tried again after {@link RETRY_AFTER}, and
   * then later and later. There is no default, because a loop whose errors nobody hears of is broken without anybody
   * knowing.
   */
  readonly onError: (error: unknown, loop: string) => void;
  /** Stops the loop, as `stop()` does. */
  readonly signal?: AbortSignal | undefined;
  /** Makes the ids of new objects; swarmkit's kind of id where not given. */
  readonly newId?: (() => string) | undefined;
  /** How many events may wait to be read; the store's own limit where not given. */
  readonly watchLimit?: number | undefined;
}

/**
 * A loop that runs. Everything it knows is in the store: stop it at any moment, start another one, and that goes on
 * where this one was.
 */
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
 * What makes one loop different from another. A key names something the loop keeps in order: a service's id, a task's
 * id. The store may have moved on between an event and the step that follows from it, so an event only says which keys
 * to look at. What is to be done, the step finds out by reading, inside its own transaction.
 */
export interface LoopDefinition {
  readonly name: string;
  /** The tables, or parts of tables, whose changes the loop follows. */
  readonly tables: readonly Followed[];
  /** The changes that can give the loop something to do. */
  readonly events: readonly Selector[];
  /** All keys there are: the loop starts with them. */
  initialKeys(tx: ReadTx): Iterable<string>;
  /** The keys that an event concerns. `tx` is the state of now, which may be later than the event. */
  keysOf(event: ObjectEvent, tx: ReadTx): Iterable<string>;
  /**
   * Puts one key in order. Runs in a transaction, possibly more than once, and so has no side effects; what it looks
   * for and does not find is gone, which is no error. Running again when everything is in order changes nothing.
   * Returns when to look again, should nothing happen before.
   */
  step(tx: Tx, key: string, context: StepContext): number | undefined;
}

/** Milliseconds until a step that threw is tried again for the first time. */
export const RETRY_AFTER = 1000;

/** Stands in the queue for all keys that there are. */
const everything = Symbol('everything');

/**
 * Starts a loop on a store. The follower never waits for a write, so it keeps up with the store however slow the steps
 * are; the queue keeps the keys apart, each once, and deals with failures and with times to come.
 */
export function startLoop(store: MemoryStore, definition: LoopDefinition, options: LoopOptions): ControlLoop {
  const { name, tables, events } = definition;
  const { clock, signal, watchLimit: limit } = options;
  const context = { newId: options.newId ?? newId };
  const queue = new WorkQueue<string | typeof everything>({ clock, backOff: { initialMs: RETRY_AFTER } });
  const onError = (error: unknown): void => {
    if (!isStoreError(error, 'ERR_STORE_CLOSED')) options.onError(error, name);
  };
  const follower = follow<Followed>(store, { tables, events, limit, clock, signal });
  follower.on('commit', (commit) => {
    try {
      const keys = store.view((tx) => commit.events.flatMap((event) => [...definition.keysOf(event, tx)]));
      for (const key of keys) queue.add(key);
    } catch (error) {
      onError(error);
      queue.add(everything);
    }
  });
  void follower.closed.then(() => queue.close());
  queue.add(everything);
  const work = (key: string | typeof everything): Promise<number | undefined> | undefined => {
    if (key !== everything) return store.update((tx) => definition.step(tx, key, { ...context, now: clock.now() }));
    for (const known of store.view((tx) => [...definition.initialKeys(tx)])) queue.add(known);
    return undefined;
  };
  const done = queue.run(work, { onError });
  return {
    name,
    done,
    stop() {
      follower.close();
      queue.close();
      return done;
    },
  };
}
