/**
 * For those who read a store and act on it: followers that keep rows in step with it, caches for queries of any field,
 * kinds of objects of one's own, and what every control loop needs.
 *
 * @module swarmstate/cache
 */
export { follow } from './follow/follow.ts';
export { Follower } from './follow/follower.ts';
export type { FollowStats } from './follow/follower.ts';
export type { FollowFrom, FollowOptions, Followed, FollowedPart, KindOf } from './follow/follow-options.ts';
export type { FollowSource, SourceState, SourceWatch, SourceWatcher } from './follow/follow-source.ts';
export type { FollowedCommit } from './follow/followed-commit.ts';
export type { FollowedRows } from './follow/followed-table.ts';
export type { FollowStatus, FollowerEvents, StatusChange } from './follow/status.ts';
export type { Lag } from './follow/lag-meter.ts';
export { LocalCache } from './cache/local-cache.ts';
export type { LocalCacheOptions, LocalCacheStats } from './cache/local-cache.ts';
export type { CachedTable, FindOptions, Joined, ViewOptions } from './cache/cached-table.ts';
export type { LiveView } from './cache/live-view.ts';
export type { SortKey } from './cache/loki-table.ts';
export type { Condition, Query } from './cache/query.ts';
export { systemClock } from './base/clock.ts';
export type { Clock } from './base/clock.ts';
export { WorkQueue } from './loops/work-queue.ts';
export type { RunOptions, WorkQueueOptions } from './loops/work-queue.ts';
export type { BackOff } from './base/retry-delay.ts';
export type { RateLimit } from './loops/token-bucket.ts';
export { reconcileOnCommit } from './loops/reconcile-loop.ts';
export type { CommitSource, ReconcileLoop, ReconcileOptions } from './loops/reconcile-loop.ts';
export { updateWithRetry } from './loops/update-with-retry.ts';
export type { RetryOptions, UpdateTarget } from './loops/update-with-retry.ts';
export { defineResource } from './resources/resource-type.ts';
export type {
  ResourceCodec,
  ResourceDefinition,
  ResourceTable,
  ResourceType,
  TypedResource,
  TypedResourceEvent,
  TypedResourceInput,
  WritableResourceTable,
} from './resources/resource-type.ts';
