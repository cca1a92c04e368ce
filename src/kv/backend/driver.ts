import type { KvCondition, KvDurability, KvLimits, KvPair } from '../api/calls.ts';

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

export interface DriverReadCall extends DriverCall {
  readonly stale: boolean;
}

/** The keys that start with `prefix` (it ends with a slash, or is empty), without the two keys `after` and `before`. */
export interface DriverRange {
  readonly prefix: string;
  readonly after: string | undefined;
  readonly before: string | undefined;
}

export interface DriverSelection extends DriverRange {
  readonly limit: number | undefined;
  readonly reverse: boolean;
  /** True asks for pairs with empty values. */
  readonly keysOnly: boolean;
}

/** Pairs of a selection: in the order of their UTF-8 bytes, or against it, and as many as the limit allows. */
export interface DriverPage {
  /** The revision of the store at the moment of the pairs. */
  readonly revision: bigint;
  readonly pairs: readonly KvPair[];
}

export interface DriverRead {
  readonly revision: bigint;
  /** In the order of the keys that were asked for; undefined for an absent key. */
  readonly pairs: readonly (KvPair | undefined)[];
}

/** A change without `pair` is a delete. `revision` is the `lastIndex` of a write. */
export interface DriverChange {
  readonly key: string;
  readonly pair: KvPair | undefined;
  readonly revision: bigint;
}

/** All changes from the step before up to `revision`, in order. A revision is never split over two steps. */
export interface DriverChanges {
  readonly revision: bigint;
  readonly changes: readonly DriverChange[];
}

/**
 * `failed` is the position of the first condition that does not hold, and `pair` is what its key has; nothing was
 * written. Otherwise `lastIndex` is the number of this write, from 1 to 2^63 - 1, for all its puts. A write has a
 * larger number than all writes of the store before it.
 */
export type CommitResult =
  | { readonly failed: number; readonly pair?: KvPair | undefined }
  | { readonly failed?: undefined; readonly lastIndex: bigint };

/**
 * The part of a store that each backend implements. Checks of arguments, atomic calls and watchers are built on it and
 * are the same for all backends. The suite in `swarmstate/testing/kv` tests a driver through the store that
 * `createStore` opens.
 */
export interface KvDriver {
  /** Larger writes never reach the driver. */
  readonly limits: KvLimits;
  readonly durability: KvDurability;
  get(key: string, call: DriverReadCall): Promise<KvPair | undefined>;
  /** Reads keys at one moment. Without keys the answer is the revision only. */
  read(keys: readonly string[], call: DriverReadCall): Promise<DriverRead>;
  /** Reads exactly the pairs of a selection, at one moment. */
  list(selection: DriverSelection, call: DriverReadCall): Promise<DriverPage>;
  /**
   * Reads the pairs of a selection page by page, all as they were at one moment: every page has the same revision. The
   * first page comes even if it is empty. The stream is read on demand, and frees the moment when it is left. Without
   * this method the store reads everything with `list`.
   */
  pages?(selection: DriverSelection, call: DriverReadCall): AsyncIterator<DriverPage>;
  /**
   * Performs all operations or none. Rejects with `ERR_KV_OUTCOME_UNKNOWN` when the write
   * may have happened. Any other rejection says that it did not happen.
   */
  commit(
    conditions: readonly KvCondition[],
    operations: readonly DriverOperation[],
    call: DriverCall,
  ): Promise<CommitResult>;
  /** Deletes all keys of a range, in one step. Resolves to the number of deleted keys. */
  deleteRange(range: DriverRange, call: DriverCall): Promise<number>;
  /**
   * Gives the state, then every change, without a gap. Gives a `state` again whenever it cannot give the changes one by
   * one. The stream is read on demand, ends soon after `signal` aborts, and rejects when it cannot go on.
   */
  follow(target: DriverTarget, signal: AbortSignal): AsyncIterator<DriverStep>;
  /**
   * Gives every change of a key that starts with `prefix`, after the revision `from`, or after the call where it is
   * undefined. The first step has no changes, and the revision after which they begin. Rejects with `compacted` for
   * changes that are not kept, for a revision that the store never had, and for a slow reader that is overtaken. The
   * stream is read on demand, and ends soon after `signal` aborts.
   */
  changes(prefix: string, from: bigint | undefined, signal: AbortSignal): AsyncIterator<DriverChanges>;
  /** Starts the ttl of that write anew. Resolves to false when the key is no longer that write. */
  renew(key: string, lastIndex: bigint, call: DriverCall): Promise<boolean>;
  close(): Promise<void>;
}

/** A kind of store under its name. Register it with `registerBackend`. */
export interface KvBackend {
  readonly name: string;
  /**
   * Opens a driver. The backend defines its options, and checks endpoints and options itself: it refuses unknown
   * options with `ERR_KV_INVALID_ARGUMENT`. Rejects with `ERR_KV_CLIENT_MISSING` when the package of its client is not
   * installed. `mode` is given when the program asked for `readOnly`: nothing may be made or written then, and no write
   * reaches the driver.
   */
  open(endpoints: readonly string[], options: object, mode?: { readonly readOnly: boolean }): Promise<KvDriver>;
}
