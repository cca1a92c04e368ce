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

/** A state of a source, as the callback saw it, and the commits after it. */
export interface SourceWatch<R> {
  readonly value: R;
  readonly watcher: SourceWatcher;
}

/**
 * What can be followed. A `MemoryStore` is such a source; a store in another process can be made one. Objects are
 * deeply frozen, and an error is recognised by its `code`: `ERR_WATCH_OVERFLOW`, `ERR_LOG_COMPACTED` and
 * `ERR_VERSION_OUT_OF_BOUNDS` make a follower look anew at once, `ERR_STORE_CLOSED` ends it, everything else makes it
 * try again after a while.
 */
export interface FollowSource {
  /**
   * Runs `callback` on a state and watches from exactly that state on: no commit is missing and none comes twice. A
   * commit with `reset` tells that the source's contents were replaced. A source that is far away answers with a
   * promise, also when it fails: what it throws at once is about the options, and thrown by `follow`.
   */
  viewAndWatch<R extends SynchronousResult>(
    callback: (state: SourceState) => R,
    options: WatchOptions,
  ): SourceWatch<R> | Promise<SourceWatch<R>>;
  /** The commits after a version, where the source still has them. */
  watchFrom?(version: Version, options: WatchOptions): Promise<SourceWatcher>;
  /** Tells when what the source has may be old, and when it is up to date again. */
  on?(event: 'stale' | 'live', handler: (payload: { readonly reason: unknown } | undefined) => void): () => void;
}
