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
  /** The watcher to record, in place of a new one. The watcher must have no selectors. */
  readonly watcher?: Watcher | undefined;
  /** The contents before the watcher's first event. Not needed where the recorder makes the watcher. */
  readonly initial?: StoreSnapshotInput | undefined;
}

/**
 * Records every event of a store from now on, and checks the guarantees of a stream of events. A check throws an error
 * that shows the events around the fault. A check looks at the events recorded so far, so await
 * {@link EventRecorder.settle} before it.
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
  /** The version of the store at the last settle, where transactions are numbered; undefined before the first one. */
  #settledAt: { readonly version: number | undefined } | undefined;

  /** @internal Recorders are made by {@link recordEvents}. */
  constructor(store: MemoryStore, watcher: Watcher, initial: StoreSnapshotInput | undefined) {
    this.#store = store;
    this.#watcher = watcher;
    this.#initial = initial === undefined ? undefined : StoreSnapshot.from(initial);
    void this.#record();
  }

  /** The events so far. */
  get events(): readonly StoreEvent[] {
    return this.#events;
  }

  /** The transactions that a commit event has closed so far. */
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

  /** Set once the watcher has ended; `error` is the error that ended it, if any. */
  get end(): { readonly error?: unknown } | undefined {
    return this.#end;
  }

  /** Resolves when the events that were published before the call are recorded. */
  async settle(): Promise<void> {
    const version = this.#store.version?.index;
    await microtasksDone();
    this.#settledAt = { version };
  }

  /** Ends the recording. The recorded events stay. */
  close(): void {
    this.#watcher.close();
  }

  /**
   * Throws unless a commit closes every transaction, and versions rise. Either all commits have a version, or none has.
   */
  assertOrdered(): void {
    checkOrdered(this.#events);
  }

  /** Throws when a version or an event was delivered twice. */
  assertUnique(): void {
    checkUnique(this.#events);
  }

  /**
   * Throws unless the commits are the entries of the log from the first recorded version to the last. Each commit has
   * to have all changes of its entry, in order. Entries that a reset has skipped may be missing.
   */
  assertAtomic(log: Iterable<Change>): void {
    checkAtomic(this.#events, log);
  }

  /**
   * Throws unless a replay of the events on the initial contents gives the present contents of the store. Events that
   * are published and not yet recorded look like lost ones: await {@link settle} after the last write.
   */
  assertComplete(): void {
    const initial = this.#initialContents();
    try {
      checkComplete(this.#events, initial, this.#store.save());
    } catch (cause) {
      const { version } = this.#store;
      if (this.#settledAt !== undefined && this.#settledAt.version === version?.index) throw cause;
      throw new Error(
        `${(cause as Error).message}; the recorder may not have read all events: ` +
          'await recorder.settle() after the last write and before assertComplete()',
        { cause },
      );
    }
  }

  /**
   * Throws unless the old object of each update and the object of each delete are those that the transactions before
   * have left. A created object must not have been there. An update without an old object, which a replay may deliver,
   * is skipped.
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
