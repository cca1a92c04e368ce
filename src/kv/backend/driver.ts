import type { KvCondition, KvDurability, KvPair } from '../api/calls.ts';

/**
 * An operation as a driver gets it. The operation is checked, its key is in normal form, and its value is a copy that
 * the driver may keep. `ttl` is in milliseconds.
 */
export type DriverOperation =
  | { readonly type: 'put'; readonly key: string; readonly value: Uint8Array; readonly ttl: number | undefined }
  | { readonly type: 'delete'; readonly key: string };

/** The keys of a watch: one key, or all keys that start with `prefix`. A prefix ends with a slash, or is empty. */
export type DriverTarget =
  { readonly key: string; readonly prefix?: undefined } | { readonly prefix: string; readonly key?: undefined };

/**
 * A step of a watch. `state` is all pairs of the target; `changes` are the changes since the step before, in order. A
 * change without `pair` is a delete.
 */
export type DriverStep =
  | { readonly state: readonly KvPair[]; readonly changes?: undefined }
  | {
      readonly changes: readonly { readonly key: string; readonly pair: KvPair | undefined }[];
      readonly state?: undefined;
    };

export interface DriverCall {
  readonly signal: AbortSignal | undefined;
}

/**
 * `failed` is the position of the first condition that does not hold; nothing was written. Otherwise `lastIndex` is the
 * number of this write, from 1 to 2^63 - 1, for all its puts.
 */
export type CommitResult = { readonly failed: number } | { readonly failed?: undefined; readonly lastIndex: bigint };

/**
 * The part of a store that each backend implements. Checks of arguments, atomic calls and watchers are built on it and
 * are the same for all backends. The suite in `swarmstate/testing/kv` tests a driver through the store that
 * `createStore` opens.
 */
export interface KvDriver {
  readonly maxValueBytes: number;
  readonly durability: KvDurability;
  get(key: string, call: DriverCall & { readonly stale: boolean }): Promise<KvPair | undefined>;
  /** All pairs whose keys start with `prefix`, in any order. */
  list(prefix: string, call: DriverCall & { readonly stale: boolean }): Promise<readonly KvPair[]>;
  /**
   * Performs all operations or none. Rejects with `ERR_KV_OUTCOME_UNKNOWN` when the write
   * may have happened. Any other rejection says that it did not happen.
   */
  commit(
    conditions: readonly KvCondition[],
    operations: readonly DriverOperation[],
    call: DriverCall,
  ): Promise<CommitResult>;
  /** Deletes all keys that start with `prefix`, in one step. Resolves to the number of deleted keys. */
  deletePrefix(prefix: string, call: DriverCall): Promise<number>;
  /**
   * Gives the state, then every change, without a gap. Gives a `state` again whenever it cannot give the changes one by
   * one. The stream is read on demand, ends soon after `signal` aborts, and rejects when it cannot go on.
   */
  follow(target: DriverTarget, signal: AbortSignal): AsyncIterator<DriverStep>;
  /** Starts the ttl of that write anew. Resolves to false when the key is no longer that write. */
  renew(key: string, lastIndex: bigint, call: DriverCall): Promise<boolean>;
  close(): Promise<void>;
}

/** A kind of store under its name. Register it with `registerBackend`. */
export interface KvBackend {
  readonly name: string;
  /**
   * Opens a driver. The backend defines its options, and checks endpoints and options itself: it refuses unknown
   * options with `ERR_KV_INVALID_ARGUMENT`. Rejects with
   * `ERR_KV_CLIENT_MISSING` when the package of its client is not installed.
   */
  open(endpoints: readonly string[], options: object): Promise<KvDriver>;
}
