import type { SynchronousResult } from '../base/synchronous.ts';
import { StoreError } from '../errors/store-error.ts';
import type { Proposer, Replica } from '../model/proposer.ts';
import { MemoryStore } from '../store/memory-store.ts';
import type { StoreOptions } from '../store/options.ts';

/**
 * A store for reading. Finders, watchers, `follow`, `LocalCache` and `saveToFile` work as with any store. The contents
 * are those of another source: every way to change them rejects with `ERR_READ_ONLY`.
 */
export type ReadableStore = Pick<
  MemoryStore,
  'version' | 'view' | 'snapshot' | 'watch' | 'viewAndWatch' | 'watchFrom' | 'save' | 'saveTo' | 'stats' | 'on'
>;

/** The log behind a store for reading. */
export type ReadableLog = Pick<Proposer, 'getVersion' | 'changesBetween'>;

/** A store for reading, and the way in for its contents. */
export interface ReadableParts {
  readonly store: ReadableStore;
  readonly replica: Replica;
  /** Aborts when the store has closed. */
  readonly closed: AbortSignal;
  /** Ends the watchers after their unread events. Views go on working. */
  close(): Promise<void>;
}

/** Makes an empty store for reading. `log` serves `watchFrom` and gives the version of the contents. */
export function makeReadableStore(log: ReadableLog, options: Pick<StoreOptions, 'debug'> = {}): ReadableParts {
  let attached: { readonly replica: Replica; readonly closed: AbortSignal } | undefined;
  const proposer: Proposer = {
    proposeValue: () => Promise.reject(readOnly()),
    getVersion: () => log.getVersion(),
    changesBetween: (from, to) => log.changesBetween(from, to),
    attach: (replica, closed) => {
      attached = { replica, closed };
    },
  };
  const store = new ReadOnlyStore({ ...options, proposer });
  if (attached === undefined) throw new Error('a store attaches its proposer when it is made');
  return { store, ...attached, close: () => store.close() };
}

/** Refuses writes before anything else is looked at. The replica of the proposer is the only way in. */
class ReadOnlyStore extends MemoryStore {
  override update<R extends SynchronousResult>(): Promise<R> {
    return Promise.reject(readOnly());
  }

  override batch<R>(): Promise<R> {
    return Promise.reject(readOnly());
  }

  override restore(): Promise<void> {
    return Promise.reject(readOnly());
  }

  override restoreFrom(): Promise<void> {
    return Promise.reject(readOnly());
  }

  override restoreTable(): Promise<void> {
    return Promise.reject(readOnly());
  }

  override applyStoreActions(): Promise<void> {
    return Promise.reject(readOnly());
  }

  override apply(): Promise<void> {
    return Promise.reject(readOnly());
  }
}

function readOnly(): StoreError<'ERR_READ_ONLY'> {
  return new StoreError(
    'ERR_READ_ONLY',
    'the contents of this store are those of its source, and only the source changes them; ' +
      'for a copy that you can write, restore store.save() into a MemoryStore of your own',
    {},
  );
}
