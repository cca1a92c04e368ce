/**
 * The parts of a control loop: a work queue, a loop that runs after commits, and an update that may wait.
 *
 * @module swarmstate/loops
 */
export { WorkQueue } from './loops/work-queue.ts';
export type { CloseOptions, RunOptions, TakeOptions, WorkQueueOptions } from './loops/work-queue-options.ts';
export type { BackOff } from './base/retry-delay.ts';
export type { RateLimit } from './loops/token-bucket.ts';
export { reconcileOnCommit } from './loops/reconcile-loop.ts';
export type { CommitSource, ReconcileLoop, ReconcileOptions } from './loops/reconcile-loop.ts';
export { updateWithRetry } from './loops/update-with-retry.ts';
export type { RetryOptions, UpdateTarget } from './loops/update-with-retry.ts';
export { systemClock } from './base/clock.ts';
export type { Clock } from './base/clock.ts';
