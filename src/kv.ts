/**
 * One interface over key/value stores, and service discovery on it.
 *
 * @module swarmstate/kv
 */
export { createStore, registerBackend } from './kv/registry.ts';
export { KvError, isKvError } from './errors/kv-error.ts';
export type { KvErrorCode, KvErrorConstructor, KvErrorData, KvFoundPair } from './errors/kv-error.ts';
export { MAX_KEY_BYTES } from './kv/api/key.ts';
export { MAX_TRANSACTION_OPERATIONS } from './kv/store/check-transaction.ts';
export { election } from './kv/lock/election.ts';
export type { KvElection, KvLeader, KvTerm } from './kv/lock/election.ts';
export { discover, register } from './kv/discovery.ts';
export type { RegisterOptions, Registration } from './kv/discovery.ts';
export type { KvChange, KvChanges, KvChangesOptions, KvPairs } from './kv/api/changes.ts';
export type {
  KvCondition,
  KvDeleteRangeOptions,
  KvDurability,
  KvEvent,
  KvHeldLock,
  KvLimits,
  KvListOptions,
  KvLock,
  KvLockOptions,
  KvOperation,
  KvOptions,
  KvPair,
  KvPairJson,
  KvPrevious,
  KvRange,
  KvRead,
  KvReadOptions,
  KvStoredPair,
  KvWatcher,
  KvWriteOptions,
} from './kv/api/calls.ts';
export type { KvStore } from './kv/api/kv-store.ts';
export type { KeepAlive, KeepAliveOptions } from './kv/api/keep-alive.ts';
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
