import type { Version, VersionInput } from '../../wire/generated/common.ts';

/** The holder of a write lock that was held for too long. */
export interface WedgedEvent {
  /** How long the lock has been held, in milliseconds. */
  readonly heldMs: number;
  /** The kind of call that holds the lock. */
  readonly holder: 'update' | 'batch' | 'restore';
  /** The number of writers in the write queue. */
  readonly waiting: number;
  /** The place where the holder was called; only with the option `debug`. */
  readonly callSite?: string;
}

/** The events of a store's own life, by name. */
export interface LifecycleEvents {
  /**
   * The write lock has been held for longer than `wedgeTimeoutMs`, most likely by a proposer that does not answer. Once
   * for each hold.
   */
  readonly wedged: WedgedEvent;
  /** The proposer cannot reach its engine: the contents may be old. */
  readonly stale: { readonly reason: unknown };
  /** The proposer reaches its engine again. */
  readonly live: undefined;
  /** The proposer's replica replaced the contents by those of a snapshot. */
  readonly reset: { readonly version: Version | undefined };
  /**
   * A log entry or snapshot of another member could not be applied: the contents differ from those of the other
   * members.
   */
  readonly diverged: { readonly error: unknown; readonly version: VersionInput };
  /**
   * The proposer did something that changes no outcome any more: it failed after `commit`, or called it twice or too
   * late.
   */
  readonly 'late-error': { readonly error: unknown };
  /** The store was closed: no writes any more, watchers have ended. */
  readonly closed: undefined;
}
