import type { Commit } from '../model/events.ts';
import type { By } from '../model/find/finder.ts';
import type { SynchronousResult } from '../base/synchronous.ts';
import type { Version } from '../wire/generated/common.ts';
import type { Kind, Kinds } from '../wire/generated/kinds.ts';
import type { WatchOptions } from '../watch/selector.ts';

/** A consistent state of a source. */
export interface SourceState {
  /** The version of the state, where the source numbers its transactions. */
  readonly version: Version | undefined;
  table<K extends Kind>(kind: K): { find(by: By<K>): readonly Kinds[K][] };
}

/** The commits of a source from some state on. */
export interface SourceWatcher {
  commits(): AsyncIterator<Commit, undefined, undefined>;
  close(): void;
}

/** The result of a callback on a state of a source, and the commits after that state. */
export interface SourceWatch<R> {
  readonly value: R;
  readonly watcher: SourceWatcher;
}

/**
 * A source that can be followed. A `MemoryStore` is one; a client of a store in another process can be made one. The
 * objects have to be deeply frozen.
 *
 * The follower looks only at the `code` of an error. After `ERR_WATCH_OVERFLOW`, `ERR_LOG_COMPACTED` and
 * `ERR_VERSION_OUT_OF_BOUNDS` it reads all rows again at once. `ERR_STORE_CLOSED` ends it. After any other error it
 * tries again later, with growing delays.
 */
export interface FollowSource {
  /**
   * Runs `callback` on a state and watches from exactly that state on: every later commit is delivered once. A commit
   * with `reset` says that the contents of the source were replaced. A remote source returns a promise, and rejects it
   * when the connection fails. An error that is thrown synchronously is about the options; `follow` throws it on.
   */
  viewAndWatch<R extends SynchronousResult>(
    callback: (state: SourceState) => R,
    options: WatchOptions,
  ): SourceWatch<R> | Promise<SourceWatch<R>>;
  /** Watches the commits after a version, where the source still has them. */
  watchFrom?(version: Version, options: WatchOptions): Promise<SourceWatcher>;
  /** Emits `stale` when the contents of the source may be out of date, and `live` when they are up to date again. */
  on?(event: 'stale' | 'live', handler: (payload: { readonly reason: unknown } | undefined) => void): () => void;
}
