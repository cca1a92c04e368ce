import type { FollowedCommit } from './followed-commit.ts';
import type { Kind } from '../wire/generated/kinds.ts';

/**
 * How a follower is: `syncing` until it has the initial rows; `live`; `stale` while the source cannot be reached or is
 * itself not up to date, when the rows stay as they were last; `closed`, by itself or with its source, for good.
 */
export type FollowStatus = 'syncing' | 'live' | 'stale' | 'closed';

/** A change of status. */
export interface StatusChange {
  readonly status: FollowStatus;
  /** Why it is stale, or what closed it; undefined where nothing went wrong. */
  readonly reason: unknown;
}

/** What a follower tells, by event. */
export interface FollowerEvents<K extends Kind = Kind> {
  /** The rows changed, and are now as after this commit. */
  readonly commit: FollowedCommit<K>;
  readonly status: StatusChange;
}
