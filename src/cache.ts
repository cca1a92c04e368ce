/**
 * For those who read a store and act on it: followers that keep rows in step with it, caches for queries of any field,
 * kinds of objects of one's own, and what every control loop needs.
 *
 * @module swarmstate/cache
 */
export { follow } from './cache/follow.ts';
export { Follower } from './cache/follower.ts';
export type { FollowStats } from './cache/follower.ts';
export type { FollowFrom, FollowOptions, Followed, FollowedPart, KindOf } from './cache/follow-options.ts';
export type { FollowSource, SourceState, SourceWatch, SourceWatcher } from './cache/follow-source.ts';
export type { FollowedCommit } from './cache/followed-commit.ts';
export type { FollowedRows } from './cache/followed-table.ts';
export type { FollowStatus, FollowerEvents, StatusChange } from './cache/status.ts';
export type { Lag } from './cache/lag-meter.ts';
export { LocalCache } from './cache/local-cache.ts';
export type { LocalCacheOptions, LocalCacheStats } from './cache/local-cache.ts';
export type { CachedTable, FindOptions, Joined, ViewOptions } from './cache/cached-table.ts';
export type { LiveView } from './cache/live-view.ts';
export type { SortKey } from './cache/loki-table.ts';
export type { Condition, Query } from './cache/query.ts';
export { systemClock } from './cache/clock.ts';
export type { Clock } from './cache/clock.ts';
export { WorkQueue } from './cache/work-queue.ts';
export type { RunOptions, WorkQueueOptions } from './cache/work-queue.ts';
export type { BackOff } from './cache/retry-delay.ts';
export type { RateLimit } from './cache/token-bucket.ts';
export { reconcileOnCommit } from './cache/reconcile-loop.ts';
export type { CommitSource, ReconcileLoop, ReconcileOptions } from './cache/reconcile-loop.ts';
export { updateWithRetry } from './cache/update-with-retry.ts';
export type { RetryOptions, UpdateTarget } from './cache/update-with-retry.ts';
export { defineResource } from './cache/resource-type.ts';
export type {
  ResourceCodec,
  ResourceDefinition,
  ResourceTable,
  ResourceType,
  TypedResource,
  TypedResourceEvent,
  TypedResourceInput,
  WritableResourceTable,
} from './cache/resource-type.ts';
