import type { KvCondition, KvDurability, KvPair } from '../api/calls.ts';

/** An operation as a driver gets it: checked, keys in normal form, the value a copy that the driver may keep. */
export type DriverOperation =
  | { readonly type: 'put'; readonly key: string; readonly value: Uint8Array; readonly ttl: number | undefined }
  | { readonly type: 'delete'; readonly key: string };

/** What is followed: one key, or all keys that start with `prefix` (which ends with a slash, or is empty). */
export type DriverTarget =
  { readonly key: string; readonly prefix?: undefined } | { readonly prefix: string; readonly key?: undefined };

/** `state` is all there is; `changes` come after it, in order, a missing `pair` being a delete. */
export type DriverStep =
  | { readonly state: readonly KvPair[]; readonly changes?: undefined }
  | {
      readonly changes: readonly { readonly key: string; readonly pair: KvPair | undefined }[];
      readonly state?: undefined;
    };

export interface DriverCall {
  readonly signal: AbortSignal | undefined;
}

/** `failed` is the index of the first condition that does not hold; `lastIndex` is that of everything put. */
export type CommitResult = { readonly failed: number } | { readonly failed?: undefined; readonly lastIndex: bigint };

/**
 * What somebody who writes a backend implements; the checks, the atomic calls and the watchers are built over it. The
 * contract suite in `swarmstate/testing/kv` tests it through the store that `createStore` gives.
 */
export interface KvDriver {
  readonly maxValueBytes: number;
  readonly durability: KvDurability;
  get(key: string, call: DriverCall & { readonly stale: boolean }): Promise<KvPair | undefined>;
  /** In any order. */
  list(prefix: string, call: DriverCall & { readonly stale: boolean }): Promise<readonly KvPair[]>;
  /**
   * All or nothing. A write that may have happened rejects with `ERR_KV_OUTCOME_UNKNOWN`, anything else means that it
   * did not.
   */
  commit(
    conditions: readonly KvCondition[],
    operations: readonly DriverOperation[],
    call: DriverCall,
  ): Promise<CommitResult>;
  /** How many keys were deleted, all at once. */
  deletePrefix(prefix: string, call: DriverCall): Promise<number>;
  /**
   * The state, then changes, without a gap; a `state` again whenever changes cannot be told one by one. It is read on
   * demand, ends soon after `signal` aborts, and rejects when it cannot go on.
   */
  follow(target: DriverTarget, signal: AbortSignal): AsyncIterator<DriverStep>;
  /** Starts the ttl of that write again. False when the key is not that write any more. */
  renew(key: string, lastIndex: bigint, call: DriverCall): Promise<boolean>;
  close(): Promise<void>;
}

/** A kind of store under its name. */
export interface KvBackend {
  readonly name: string;
  /**
   * Options are the backend's own, checked by it. Rejects with `ERR_KV_CLIENT_MISSING` when the package of its client
   * is not installed.
   */
  open(endpoints: readonly string[], options: object): Promise<KvDriver>;
}
