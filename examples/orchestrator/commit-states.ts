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
 * Keeps the exact state after each commit of a store until a reader asks for it. A reader of commits is always a little
 * behind the store: when it reads a commit, the state after that commit is gone. So the state has to be kept during the
 * commit: the `check` of a selector runs then, and a snapshot costs almost nothing. The store needs versions.
 */
export class CommitStates {
  readonly #states = new Map<Version['index'], ReadSnapshot>();
  readonly close: () => void;

  constructor(store: MemoryStore) {
    // The check selects nothing, so no event waits to be read.
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

  /** The state of a version, which the caller has to close; undefined if none was kept. Earlier states are closed. */
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
