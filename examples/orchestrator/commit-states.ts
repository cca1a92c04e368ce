import type { Kind, MemoryStore, ReadSnapshot, Version } from 'swarmstate';

const kinds: readonly Kind[] = [
  'cluster',
  'config',
  'extension',
  'network',
  'node',
  'resource',
  'secret',
  'service',
  'task',
  'volume',
];

/**
 * Keeps the exact state that each commit of a store made, until it is asked for. Whoever reads commits is always a
 * little behind the store, so by the time they read of one that state is past. It has to be kept when the commit
 * happens: a selector's `check` runs in that very moment, and a snapshot costs next to nothing. Takes a store with
 * versions.
 */
export class CommitStates {
  readonly #states = new Map<Version['index'], ReadSnapshot>();
  readonly close: () => void;

  constructor(store: MemoryStore) {
    // Nothing is selected, so nothing waits to be read either.
    const check = (): boolean => {
      const index = store.version?.index;
      if (index !== undefined && !this.#states.has(index)) this.#states.set(index, store.snapshot());
      return false;
    };
    const watcher = store.watch({ events: kinds.map((kind) => ({ kind, check })) });
    this.close = () => {
      watcher.close();
      for (const state of this.#states.values()) state.close();
      this.#states.clear();
    };
  }

  /** The state that a version made, for the caller to close; undefined where none was kept. Earlier ones are let go. */
  take(version: Version | undefined): ReadSnapshot | undefined {
    for (const [index, state] of this.#states) {
      if (version === undefined || index > version.index) return undefined;
      this.#states.delete(index);
      if (index === version.index) return state;
      state.close();
    }
    return undefined;
  }
}
