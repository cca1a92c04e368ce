import type { Version, VersionInput } from '../../wire/generated/common.ts';

/** Who has the turn, when it was held for too long. */
export interface WedgedEvent {
  /** For how long the turn has been held, in milliseconds. */
  readonly heldMs: number;
  /** What holds it. */
  readonly holder: 'update' | 'batch' | 'restore';
  /** How many writers wait for it. */
  readonly waiting: number;
  /** Where the holder was started; only with the option `debug`. */
  readonly callSite?: string;
}

/** What a store tells about itself, by event. */
export interface LifecycleEvents {
  /**
   * The turn to write has been held for longer than `wedgeTimeoutMs`, most likely by a proposer that does not answer.
   * Once for each hold.
   */
  readonly wedged: WedgedEvent;
  /** The proposer lost its engine: the contents may be old. */
  readonly stale: { readonly reason: unknown };
  /** The proposer has its engine again. */
  readonly live: undefined;
  /** A replica replaced the contents by those of a snapshot. */
  readonly reset: { readonly version: Version | undefined };
  /** An entry or a snapshot from elsewhere could not be applied: the contents differ from the other members'. */
  readonly diverged: { readonly error: unknown; readonly version: VersionInput };
  /**
   * The proposer did something that changes no outcome any more: it failed after `commit`, or called it twice or too
   * late.
   */
  readonly 'late-error': { readonly error: unknown };
  /** The store was closed: no writes any more, watchers have ended. */
  readonly closed: undefined;
}
