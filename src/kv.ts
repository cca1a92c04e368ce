/**
 * One interface over key/value stores, and service discovery on it.
 *
 * @module swarmstate/kv
 */
export { createStore, registerBackend } from './kv/registry.ts';
export { KvError, isKvError } from './errors/kv-error.ts';
export type { KvErrorCode, KvErrorConstructor, KvErrorData } from './errors/kv-error.ts';
export { MAX_KEY_BYTES } from './kv/api/key.ts';
export { MAX_TRANSACTION_OPERATIONS } from './kv/store/check-transaction.ts';
export { discover, register } from './kv/discovery.ts';
export type { RegisterOptions, Registration } from './kv/discovery.ts';
export type {
  KvCondition,
  KvDurability,
  KvEvent,
  KvLock,
  KvLockOptions,
  KvOperation,
  KvOptions,
  KvPair,
  KvPrevious,
  KvReadOptions,
  KvWatcher,
  KvWriteOptions,
} from './kv/api/calls.ts';
export type { KvStore } from './kv/api/kv-store.ts';
export type { KeepAlive, KeepAliveOptions } from './kv/api/keep-alive.ts';
export type {
  CommitResult,
  DriverCall,
  DriverOperation,
  DriverStep,
  DriverTarget,
  KvBackend,
  KvDriver,
} from './kv/backend/driver.ts';
