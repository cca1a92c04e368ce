import type { FollowedCommit } from './followed-commit.ts';
import type { Kind } from '../wire/generated/kinds.ts';

/**
 * The status of a follower:
 *
 * - `syncing`: the initial rows are not there yet;
 * - `live`: the rows follow the source;
 * - `stale`: the source cannot be reached or is itself out of date; the rows stay as they were;
 * - `closed`: closed by its user or with its source, for good.
 */
export type FollowStatus = 'syncing' | 'live' | 'stale' | 'closed';

/** A change of status. */
export interface StatusChange {
  readonly status: FollowStatus;
  /** The error behind `stale` or `closed`; undefined without an error. */
  readonly reason: unknown;
}

/** The payloads of a follower's events. */
export interface FollowerEvents<K extends Kind = Kind> {
  /** The rows have changed and are now in the state after this commit. */
  readonly commit: FollowedCommit<K>;
  readonly status: StatusChange;
}
