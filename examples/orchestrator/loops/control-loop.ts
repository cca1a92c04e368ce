import { isStoreError, newId } from 'swarmstate';
import type { MemoryStore, ObjectEvent, ReadTx, Selector, SynchronousResult, Tx } from 'swarmstate';
import { follow } from 'swarmstate/cache';
import type { Clock, Followed } from 'swarmstate/cache';
import { WorkQueue } from 'swarmstate/loops';

/** Runs a step as a transaction. */
export type Update = <R extends SynchronousResult>(step: (tx: Tx) => R) => Promise<R>;

/** Options of every loop. */
export interface LoopOptions {
  readonly clock: Clock;
  /**
   * Called for every error. The loop goes on: a failed key is tried again after {@link RETRY_AFTER}, and then after
   * growing delays. There is no default, because nobody would notice a broken loop without a handler.
   */
  readonly onError: (error: unknown, loop: string) => void;
  /** Makes the transactions of the loop. A leader gives one that carries its term. Default: `store.update`. */
  readonly update?: Update | undefined;
  /** Stops the loop, as `stop()` does. */
  readonly signal?: AbortSignal | undefined;
  /** Makes the ids of new objects. Default: `newId`, which makes ids like swarmkit's. */
  readonly newId?: (() => string) | undefined;
  /** The number of events that may wait to be read. Default: the limit of the store. */
  readonly watchLimit?: number | undefined;
}

/**
 * A running loop. It keeps its knowledge in the store alone: after it was stopped, another loop goes on at the same
 * place.
 */
export interface ControlLoop {
  readonly name: string;
  /** Resolves once the loop has ended and does not write any more; never rejects. */
  readonly done: Promise<void>;
  /** Ends the loop after its current step. Resolves as `done`. */
  stop(): Promise<void>;
}

/** The values that a step may use besides its transaction. */
export interface StepContext {
  /** The time of this step, in milliseconds. */
  readonly now: number;
  newId(): string;
}

/**
 * The definition of one loop. A key is the id of an object that the loop looks after, such as a service or a task. The
 * store may change between an event and the step after it. So an event only tells which keys to look at, and the step
 * reads the store inside its own transaction.
 */
export interface LoopDefinition {
  readonly name: string;
  /** The tables, or parts of tables, whose changes the loop follows. */
  readonly tables: readonly Followed[];
  /** The changes that can give the loop something to do. */
  readonly events: readonly Selector[];
  /** All keys; the loop starts with them. */
  initialKeys(tx: ReadTx): Iterable<string>;
  /** The keys that an event concerns. `tx` reads the present state, which may be later than the event. */
  keysOf(event: ObjectEvent, tx: ReadTx): Iterable<string>;
  /**
   * Brings the object of one key to its desired state. The step runs in a transaction, possibly several times, so it
   * must not have side effects. A missing object was deleted, which is no error. A step on an object in its desired
   * state changes nothing. Returns the time at which to look again, if one is needed.
   */
  step(tx: Tx, key: string, context: StepContext): number | undefined;
}

/** The delay before a failed step is tried again for the first time, in milliseconds. */
export const RETRY_AFTER = 1000;

/** The entry of the queue that stands for all keys. */
const everything = Symbol('everything');

/**
 * Starts a loop on a store. The follower never waits for a write, so it keeps up with the store however slow the steps
 * are. The queue holds each key once, retries failures, and hands out keys at their times.
 */
export function startLoop(store: MemoryStore, definition: LoopDefinition, options: LoopOptions): ControlLoop {
  const { name, tables, events } = definition;
  const { clock, signal, watchLimit: limit, update = (step) => store.update(step) } = options;
  const context = { newId: options.newId ?? newId };
  const queue = new WorkQueue<string | typeof everything>({ clock, backOff: { initialMs: RETRY_AFTER } });
  const onError = (error: unknown): void => {
    // A leader whose term has ended is about to stop its loops: it wrote nothing.
    const isOver = isStoreError(error, 'ERR_STORE_CLOSED') || isStoreError(error, 'ERR_TERM_ENDED');
    if (!isOver) options.onError(error, name);
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
    if (key !== everything) return update((tx) => definition.step(tx, key, { ...context, now: clock.now() }));
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
