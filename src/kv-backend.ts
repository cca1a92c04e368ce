/**
 * The kit for authors of backends of `swarmstate/kv`: what a driver implements, and the helpers that the backends of
 * the package are built with. `swarmstate/testing/kv` has the suite that every backend must pass.
 *
 * @module swarmstate/kv/backend
 */
export { ChangeHistory } from './kv/backend/change-history.ts';
export type { ChangeHistoryOptions } from './kv/backend/change-history.ts';
export { compacted } from './kv/backend/compacted.ts';
export { conditionHolds } from './kv/backend/condition.ts';
export { isInRange, selectPairs } from './kv/backend/selection.ts';
export { isTarget } from './kv/backend/target.ts';
export { loadClient } from './kv/backend/load-client.ts';
export { pause } from './base/async/pause.ts';
export { unknownOutcome } from './kv/backend/unknown-outcome.ts';
export { WakeUp } from './kv/backend/wake-up.ts';
export type {
  CommitResult,
  DriverCall,
  DriverChange,
  DriverChanges,
  DriverOperation,
  DriverPage,
  DriverRange,
  DriverRead,
  DriverReadCall,
  DriverSelection,
  DriverStep,
  DriverTarget,
  KvBackend,
  KvDriver,
} from './kv/backend/driver.ts';
