import type { Commit, StoreEvent } from '../model/events.ts';
import type { MemoryStore } from '../store/memory-store.ts';
import type { Change } from '../model/proposer.ts';
import { StoreSnapshot } from '../wire/generated/snapshot.ts';
import type { StoreSnapshotInput } from '../wire/generated/snapshot.ts';
import type { Watcher } from '../watch/watcher.ts';
import { checkAtomic, checkComplete, checkOldObjects, checkOrdered, checkUnique } from './event-checks.ts';
import { microtasksDone } from './ticks.ts';

/** Options of {@link recordEvents}. */
export interface RecordOptions {
  /** Records what this watcher delivers, instead of what one of its own does; it must have no selectors. */
  readonly watcher?: Watcher | undefined;
  /** The contents that the watcher's events follow; known by itself where the recorder has a watcher of its own. */
  readonly initial?: StoreSnapshotInput | undefined;
}

/**
 * Records every event of a store from here on, and checks what a stream of events promises. A check throws an error
 * that shows the events around the fault; it looks at what was recorded so far, so let {@link EventRecorder.settle}
 * come before it.
 *
 * @example
 * ```ts
 * import { MemoryStore } from 'swarmstate';
 * import { recordEvents } from 'swarmstate/testing';
 *
 * const store = new MemoryStore({ history: 100 });
 * const recorder = recordEvents(store);
 * await store.update((tx) => tx.nodes.create({ id: 'node-1' }));
 * await recorder.settle();
 * recorder.assertOrdered();
 * recorder.assertComplete();
 * recorder.close();
 * ```
 */
export function recordEvents(store: MemoryStore, options: RecordOptions = {}): EventRecorder {
  if (options.watcher !== undefined) return new EventRecorder(store, options.watcher, options.initial);
  const { value, watcher } = store.viewAndWatch((tx) => store.save(tx), { limit: Infinity });
  return new EventRecorder(store, watcher, options.initial ?? value);
}

/** See {@link recordEvents}. */
export class EventRecorder {
  readonly #store: MemoryStore;
  readonly #watcher: Watcher;
  readonly #initial: StoreSnapshot | undefined;
  readonly #events: StoreEvent[] = [];
  #end: { readonly error?: unknown } | undefined;

  /** @internal Recorders are made by {@link recordEvents}. */
  constructor(store: MemoryStore, watcher: Watcher, initial: StoreSnapshotInput | undefined) {
    this.#store = store;
    this.#watcher = watcher;
    this.#initial = initial === undefined ? undefined : StoreSnapshot.from(initial);
    void this.#record();
  }

  /** Everything so far. */
  get events(): readonly StoreEvent[] {
    return this.#events;
  }

  /** The transactions so far: those that a commit has closed. */
  get commits(): readonly Commit[] {
    const commits: Commit[] = [];
    let events: Commit['events'][number][] = [];
    for (const event of this.#events) {
      if (event.action === 'commit') {
        const { version, reset } = event;
        commits.push({
          events,
          ...(version === undefined ? {} : { version }),
          ...(reset === undefined ? {} : { reset }),
        });
        events = [];
      } else {
        events.push(event);
      }
    }
    return commits;
  }

  /** Set once the watcher has ended: with the error that ended it, if there was one. */
  get end(): { readonly error?: unknown } | undefined {
    return this.#end;
  }

  /** Resolves when what was published before is recorded. */
  settle(): Promise<void> {
    return microtasksDone();
  }

  /** Ends the recording; what was recorded stays. */
  close(): void {
    this.#watcher.close();
  }

  /** Throws unless every transaction is closed by its commit, and versions rise, all of them there or none. */
  assertOrdered(): void {
    checkOrdered(this.#events);
  }

  /** Throws when a version, or an event, was delivered twice. */
  assertUnique(): void {
    checkUnique(this.#events);
  }

  /**
   * Throws unless the commits are those of the log: each with the changes of the entry of its version, all of them and
   * in order, and none of the entries between the first and the last recorded is missing (but those that a reset has
   * skipped).
   */
  assertAtomic(log: Iterable<Change>): void {
    checkAtomic(this.#events, log);
  }

  /** Throws unless the events, replayed on the contents that they follow, give the present contents of the store. */
  assertComplete(): void {
    checkComplete(this.#events, this.#initialContents(), this.#store.save());
  }

  /**
   * Throws unless the old object of each update, and the object of each delete, is what the transactions before have
   * left, and each create is of an object that was not there. An update without an old object, which a replay may
   * deliver, is passed over.
   */
  assertOldObjects(): void {
    checkOldObjects(this.#events, this.#initialContents());
  }

  #initialContents(): StoreSnapshot {
    if (this.#initial !== undefined) return this.#initial;
    throw new Error('this needs the contents that the events follow: recordEvents(store, { watcher, initial })');
  }

  async #record(): Promise<void> {
    try {
      for await (const event of this.#watcher) this.#events.push(event);
      this.#end = {};
    } catch (error) {
      this.#end = { error };
    }
  }
}
