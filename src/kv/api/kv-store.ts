import type { KeepAlive, KeepAliveOptions } from '../store/renewal.ts';

/** A key with its value, as one write left it. */
export interface KvPair {
  /** In normal form: segments that are not empty, joined by `/`, none in front and none behind. */
  readonly key: string;
  /** The caller's own copy. */
  readonly value: Uint8Array;
  /** Which write this is: larger with every write of the key. Not comparable between keys or between stores. */
  readonly lastIndex: bigint;
}

/** What `atomicPut` and `atomicDelete` compare: a whole pair, or only what counts of it. */
export type KvPrevious = Pick<KvPair, 'lastIndex'>;

export interface KvOptions {
  /**
   * Aborting rejects the call with `signal.reason`. A write that was sent already may have happened: it rejects with
   * `ERR_KV_OUTCOME_UNKNOWN`, and the reason is its `cause`.
   */
  readonly signal?: AbortSignal | undefined;
}

export interface KvReadOptions extends KvOptions {
  /**
   * True allows an answer that is not the newest, for less waiting. Without it a read sees every write that ended
   * before it began.
   */
  readonly stale?: boolean | undefined;
}

export interface KvWriteOptions extends KvOptions {
  /**
   * Milliseconds after which the key goes away by itself: not before, and when exactly depends on the backend (etcd
   * counts in whole seconds, rounded up). The next write of the key replaces it: without a ttl the key stays.
   */
  readonly ttl?: number | undefined;
  /**
   * Renews the ttl until somebody writes or deletes the key, or the store is closed. {@link KvStore.keepAlive} also
   * tells when it is lost.
   */
  readonly keepAlive?: boolean | undefined;
}

/** What has to hold for a transaction: the key is there or not, or is still what a write left. */
export type KvCondition =
  | { readonly key: string; readonly exists: boolean; readonly lastIndex?: undefined }
  | { readonly key: string; readonly lastIndex: bigint; readonly exists?: undefined };

export type KvOperation =
  | {
      readonly type: 'put';
      readonly key: string;
      readonly value: Uint8Array | string;
      readonly ttl?: number | undefined;
    }
  | { readonly type: 'delete'; readonly key: string };

export type KvEvent =
  | { readonly type: 'put'; readonly key: string; readonly pair: KvPair }
  | { readonly type: 'delete'; readonly key: string; readonly pair?: undefined };

/**
 * Follows a key or a tree. It ends in order when it or its store is closed, and rejects with what ended it in every
 * other case; it never just stops. Read by one reader at a time.
 */
export interface KvWatcher<T> extends AsyncIterableIterator<T>, AsyncDisposable {
  next(): Promise<IteratorResult<T, undefined>>;
  return(): Promise<IteratorResult<T, undefined>>;
  /** Ends the iteration, also one that waits. */
  close(): void;
}

/** A lock. No backend has locks yet: `newLock` rejects with `ERR_KV_CALL_NOT_SUPPORTED`. */
export interface KvLock {
  lock(options?: KvOptions): Promise<{ readonly lost: AbortSignal; readonly token: bigint }>;
  unlock(options?: KvOptions): Promise<void>;
}

export interface KvLockOptions extends KvOptions {
  readonly value?: Uint8Array | string | undefined;
  readonly ttl?: number | undefined;
}

/**
 * What survives when a write has resolved: nothing beyond the process, a crash of the machine, or the loss of a
 * minority of servers.
 */
export type KvDurability = 'none' | 'disk' | 'replicated';

/**
 * One key/value store, whatever is behind it. Keys are relative paths; a prefix means whole segments (`a/b` does not
 * list `a/bc`) and `''` is everything. Every call rejects with a `KvError` or with the reason of its signal; `watch`,
 * `watchTree` and `keepAlive`, which give no promise, throw at once for arguments that make no sense. Nothing is
 * retried behind the caller's back once a write was sent.
 *
 * @example
 * ```ts
 * import { createStore, isKvError } from 'swarmstate/kv';
 *
 * const kv = await createStore('memory');
 * const created = await kv.atomicPut('config/limit', '10', undefined);
 * try {
 *   await kv.atomicPut('config/limit', '20', created);
 * } catch (error) {
 *   if (!isKvError(error, 'ERR_KV_KEY_MODIFIED')) throw error; // somebody else was faster
 * }
 * await kv.close();
 * ```
 */
export interface KvStore extends AsyncDisposable {
  /** The name of the backend. */
  readonly backend: string;
  /** A longer value, and a transaction whose values are longer together, is refused before anything is sent. */
  readonly maxValueBytes: number;
  readonly durability: KvDurability;
  readonly hasLocks: boolean;

  /** Writes whatever is there. A string is written as UTF-8. */
  put(key: string, value: Uint8Array | string, options?: KvWriteOptions): Promise<KvPair>;
  /** `ERR_KV_KEY_NOT_FOUND` for an absent key. */
  get(key: string, options?: KvReadOptions): Promise<KvPair>;
  /** `ERR_KV_KEY_NOT_FOUND` for an absent key. */
  delete(key: string, options?: KvOptions): Promise<void>;
  exists(key: string, options?: KvReadOptions): Promise<boolean>;
  /**
   * The present value (nothing for an absent key), then what changes. Changes arrive in order and the last one always
   * arrives; those between may be left out when they come faster than they are read. The watch starts with the call.
   */
  watch(key: string, options?: KvOptions): KvWatcher<KvEvent>;
  /**
   * The whole listing, possibly empty, at the start and whenever something below `prefix` has changed; several changes
   * may give one listing.
   */
  watchTree(prefix: string, options?: KvOptions): KvWatcher<readonly KvPair[]>;
  newLock(key: string, options?: KvLockOptions): Promise<KvLock>;
  /**
   * All pairs below `prefix`, at every depth and in the order of their UTF-8 bytes, the key itself left out.
   * `ERR_KV_KEY_NOT_FOUND` for none.
   */
  list(prefix: string, options?: KvReadOptions): Promise<readonly KvPair[]>;
  /** Deletes what `list` lists, at once. `ERR_KV_KEY_NOT_FOUND` for nothing. */
  deleteTree(prefix: string, options?: KvOptions): Promise<void>;
  /**
   * Without `previous` creates the key (`ERR_KV_KEY_EXISTS`), with it replaces that very write (`ERR_KV_KEY_MODIFIED`,
   * also when the key is gone). The pair it resolves to is the next `previous`.
   */
  atomicPut(
    key: string,
    value: Uint8Array | string,
    previous: KvPrevious | undefined,
    options?: KvWriteOptions,
  ): Promise<KvPair>;
  /**
   * Deletes that very write. `ERR_KV_KEY_NOT_FOUND` for an absent key, `ERR_KV_PREVIOUS_NOT_SPECIFIED` without
   * `previous`.
   */
  atomicDelete(key: string, previous: KvPrevious, options?: KvOptions): Promise<void>;
  /**
   * Does all operations when all conditions hold, otherwise nothing and rejects for the first condition that does not:
   * `ERR_KV_KEY_EXISTS`, `ERR_KV_KEY_NOT_FOUND` or `ERR_KV_KEY_MODIFIED`, with its `key`. At most 64 conditions and
   * operations together, one operation for a key. Resolves to the pairs that it put, in order.
   */
  transaction(
    conditions: readonly KvCondition[],
    operations: readonly KvOperation[],
    options?: KvOptions,
  ): Promise<readonly KvPair[]>;
  /**
   * Renews the ttl that `pair` was written with, every third of it, until it is stopped or the signal aborts. `lost` of
   * what it gives aborts when the pair is no longer there as it was written, with the error as its reason.
   */
  keepAlive(pair: KvPair, options: KeepAliveOptions): KeepAlive;
  /**
   * Ends watches in order, stops renewals and frees what the store holds; keys with a ttl then expire. Later calls
   * reject with `ERR_KV_CLOSED`, and so do those that wait, unless they end first; a write that was sent is then in
   * doubt, `ERR_KV_OUTCOME_UNKNOWN`.
   */
  close(): Promise<void>;
}
