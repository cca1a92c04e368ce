/**
 * Followers, which keep rows in step with a store, and caches with queries of any field.
 *
 * @module swarmstate/cache
 */
export { follow } from './follow/follow.ts';
export { Follower } from './follow/follower.ts';
export type { FollowStats } from './follow/follower.ts';
export type {
  FollowFrom,
  FollowOptions,
  Followed,
  FollowedPart,
  KindOf,
  WaitOptions,
} from './follow/follow-options.ts';
export type { FollowSource, SourceState, SourceWatch, SourceWatcher } from './follow/follow-source.ts';
export type { FollowedCommit } from './follow/followed-commit.ts';
export type { FollowedRows } from './follow/followed-table.ts';
export type { FollowStatus, FollowerEvents, StatusChange } from './follow/status.ts';
export type { Lag } from './follow/lag-meter.ts';
export { LocalCache } from './cache/local-cache.ts';
export type { LocalCacheOptions } from './cache/cache-options.ts';
export type { LocalCacheStats } from './cache/local-cache.ts';
export type { CachedRows, CachedTable, Joined } from './cache/cached-table.ts';
export type { CachedResources, ResourceKind, ResourceRowsOptions } from './cache/resource-rows.ts';
export type { FindOptions, ViewOptions } from './cache/find-options.ts';
export type { LiveView } from './cache/live-view.ts';
export type { SortPath, QueryPath, ValueAt } from './cache/query/paths.ts';
export type { Condition, Operators, Query, SortKey } from './cache/query/query.ts';
export { systemClock } from './base/clock.ts';
export type { Clock } from './base/clock.ts';
