export { StoreError, isStoreError } from './errors/store-error.ts';
export type { ErrorData, FieldPath, StoreErrorCode, StoreErrorConstructor } from './errors/store-error.ts';
export { MemoryStore } from './store/memory-store.ts';
export type { StoreStats, WriteOptions } from './store/memory-store.ts';
export type { Batch } from './store/batch.ts';
export type { ReadTable, ReadTx } from './store/read-transaction.ts';
export type { ReadSnapshot } from './store/read-snapshot.ts';
export type { Tx, WriteTable } from './store/write-transaction.ts';
export type { SynchronousResult } from './store/result-types.ts';
export type { LifecycleEvents } from './store/lifecycle.ts';
export type { Commit, CommitEvent, CreateEvent, DeleteEvent, ObjectEvent, StoreEvent, UpdateEvent } from './store/events.ts';
export { DEFAULT_CLUSTER_NAME, MAX_CHANGES_PER_TRANSACTION, MAX_TRANSACTION_BYTES, WEDGE_TIMEOUT_MS } from './store/constants.ts';
export { newId } from './store/new-id.ts';
export type { By } from './store/find-by.ts';
export { matches } from './store/finder-match.ts';
export {
  all,
  and,
  byCustom,
  byCustomPrefix,
  byDesiredState,
  byDriver,
  byId,
  byIdPrefix,
  byKind,
  byMembership,
  byName,
  byNamePrefix,
  byNodeId,
  byReferencedConfigId,
  byReferencedNetworkId,
  byReferencedSecretId,
  byRole,
  byRuntime,
  byServiceId,
  bySlot,
  byTaskState,
  byVolumeAttachment,
  byVolumeGroup,
  or,
} from './store/finders.ts';
export { Watcher } from './watch/watcher.ts';
export type { CommitSelector, ObjectAction, ObjectSelector, Selector, WatchOptions } from './watch/selector.ts';
