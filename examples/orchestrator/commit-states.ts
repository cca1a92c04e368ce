import type { Kind, MemoryStore, ObjectEvent, ReadSnapshot, Watcher } from 'swarmstate';
import type { StoreSnapshot } from 'swarmstate/proto';

const kinds: readonly Kind[] = ['cluster', 'config', 'extension', 'network', 'node', 'resource', 'secret', 'service', 'task', 'volume'];

/** A commit, with the state that the store was in right after it. */
export interface CommittedState {
  readonly events: readonly ObjectEvent[];
  /** Ends with the turn of the loop that got it. */
  readonly state: ReadSnapshot;
}

/** What {@link watchStates} gives. */
export interface StateWatch {
  /** The contents that the first commit comes after. */
  readonly initial: StoreSnapshot;
  readonly watcher: Watcher;
  /** The commits, each with the state right after it, until the watcher ends. */
  states(): AsyncGenerator<CommittedState, void, undefined>;
}

/**
 * Watches a store commit by commit, each with the exact state that it made. A reader of the watch is always a little behind the store, so by the time it reads of a commit that
 * state is past. It has to be kept when the commit happens: a selector's `check` runs in that very moment, and a snapshot costs next to nothing.
 */
export function watchStates(store: MemoryStore, limit?: number): StateWatch {
  // One for each event, since a check does not know which event is the first of its commit.
  const kept: ReadSnapshot[] = [];
  const check = (): boolean => {
    kept.push(store.snapshot());
    return true;
  };
  const { value: initial, watcher } = store.viewAndWatch((tx) => store.save(tx), { events: kinds.map((kind) => ({ kind, check })), limit });
  async function* states(): AsyncGenerator<CommittedState, void, undefined> {
    try {
      for await (const { events } of watcher.commits()) {
        const [state, ...same] = kept.splice(0, events.length);
        for (const other of same) other.close();
        if (state === undefined) throw new Error('a commit came without its state');
        try {
          yield { events, state };
        } finally {
          state.close();
        }
      }
    } finally {
      watcher.close();
      for (const state of kept.splice(0)) state.close();
    }
  }
  return { initial, watcher, states };
}
