import type { KeepAlive, KeepAliveOptions } from './keep-alive.ts';
import type { KvChanges, KvChangesOptions, KvPairs } from './changes.ts';
import type {
  KvCondition,
  KvDeleteRangeOptions,
  KvDurability,
  KvEvent,
  KvLimits,
  KvListOptions,
  KvLock,
  KvLockOptions,
  KvOperation,
  KvOptions,
  KvPair,
  KvPrevious,
  KvRead,
  KvReadOptions,
  KvStoredPair,
  KvWatcher,
  KvWriteOptions,
} from './calls.ts';

/**
 * A key/value store, the same for every backend. Keys are relative paths. One slash at the start and one at the end of
 * a key or prefix are taken off: `/a/b/` is the key `a/b`. Every pair tells its key without them. A prefix stands
 * for whole segments: `a/b` does not list `a/bc`, and `''` lists everything.
 *
 * Every call that returns a promise rejects with a `KvError` or with the reason of its signal. The other calls
 * (`watch`, `watchTree`, `changes`, `pairs` and `keepAlive`) throw at once for invalid arguments. An option that a call
 * does not have is `ERR_KV_INVALID_ARGUMENT`. A write is sent once: the store never repeats it by itself.
 *
 * A write that a condition refuses rejects with `ERR_KV_KEY_EXISTS`, `ERR_KV_KEY_NOT_FOUND` or `ERR_KV_KEY_MODIFIED`.
 * The `pair` of the error is the one that the store found in that step, undefined for an absent key. The member is not
 * enumerable, so that no log shows the value.
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
 *   if (!isKvError(error, 'ERR_KV_KEY_MODIFIED')) throw error; // another writer was faster
 * }
 * await kv.close();
 * ```
 */
export interface KvStore extends AsyncDisposable {
  /** The name of the backend. */
  readonly backend: string;
  /** The same as `limits.valueBytes`. Larger values are `ERR_KV_VALUE_TOO_LARGE` and are not sent. */
  readonly maxValueBytes: number;
  readonly limits: KvLimits;
  /** True for a store that was opened with `readOnly`: its writes reject with `ERR_KV_READ_ONLY`. */
  readonly readOnly: boolean;
  readonly durability: KvDurability;

  /** Writes the key unconditionally. A string is written as UTF-8. */
  put(key: string, value: Uint8Array | string, options?: KvWriteOptions): Promise<KvStoredPair>;
  /** Reads the newest pair. `ERR_KV_KEY_NOT_FOUND` for an absent key. */
  get(key: string, options?: KvReadOptions): Promise<KvStoredPair>;
  /** As `get`; undefined for an absent key. */
  getOrUndefined(key: string, options?: KvReadOptions): Promise<KvStoredPair | undefined>;
  /** Deletes the key. `ERR_KV_KEY_NOT_FOUND` for an absent key. */
  delete(key: string, options?: KvOptions): Promise<void>;
  exists(key: string, options?: KvReadOptions): Promise<boolean>;
  /**
   * Tells the current value first (nothing for an absent key), then each change, in order. The watch starts with this
   * call, not with the first read. A slow reader may miss changes in between, never the last one.
   */
  watch(key: string, options?: KvOptions): KvWatcher<KvEvent>;
  /**
   * Tells the whole listing at the start, even if it is empty, and again after changes below `prefix`. Several changes
   * may give one listing.
   */
  watchTree(prefix: string, options?: KvOptions): KvWatcher<readonly KvStoredPair[]>;
  /**
   * Makes a lock, not held yet, without asking the store. The waiting and the holder are keys below `key`, with the
   * value of the lock; the first to have come holds it. Keep other keys elsewhere.
   *
   * @example
   * ```ts
   * import { createStore } from 'swarmstate/kv';
   *
   * const kv = await createStore('lmdb', ['/var/lib/app/kv']);
   * const lock = await kv.newLock('app/lock', { value: 'host-1', ttl: 10_000 });
   * const { lost, condition } = await lock.lock();
   * lost.addEventListener('abort', () => console.error('lost', lost.reason));
   * await kv.transaction([condition], [{ type: 'put', key: 'app/total', value: '7' }]);
   * await lock.unlock();
   * ```
   */
  newLock(key: string, options?: KvLockOptions): Promise<KvLock>;
  /**
   * Reads all pairs below `prefix`, at every depth, without the key `prefix` itself. The order is that of the keys'
   * UTF-8 bytes. `ERR_KV_KEY_NOT_FOUND` when there is no such pair. With one of `after`, `before`, `limit`, `reverse`
   * and `keysOnly` the answer is an empty array then.
   */
  list(prefix: string, options?: KvListOptions): Promise<readonly KvStoredPair[]>;
  /**
   * Reads the same pairs one by one, all as they were at one moment. The store is asked for a page at a time, so that
   * any number of pairs can be read. The moment is that of the call or soon after. `ERR_KV_COMPACTED` when the store
   * can no longer tell the rest, because the reader was slow.
   *
   * @example
   * ```ts
   * import { createStore } from 'swarmstate/kv';
   *
   * const kv = await createStore('memory');
   * const pairs = kv.pairs('tasks', { keysOnly: true });
   * for await (const { key } of pairs) console.log(key);
   * // Everything that happens after that moment, without a gap.
   * const from = await pairs.revision;
   * for await (const { type, key } of kv.changes('tasks', { from })) console.log(type, key);
   * ```
   */
  pairs(prefix: string, options?: KvListOptions): KvPairs;
  /** Reads several keys at one moment, and tells its revision. `read([])` reads the revision only. */
  read(keys: readonly string[], options?: KvReadOptions): Promise<KvRead>;
  /**
   * Tells every change below `prefix`, in order, from a revision on; several changes of a key are several changes here.
   * A renewed ttl is no change, an expired key is a delete.
   *
   * `ERR_KV_COMPACTED` when the store no longer has the changes after that revision, or never came so far. A slow
   * reader that is overtaken gets the same error. Read the state with `pairs` then, and follow from its revision. The
   * `oldest` of the error is the oldest revision that can be asked for.
   */
  changes(prefix: string, options?: KvChangesOptions): KvChanges;
  /** Deletes, in one step, all pairs that `list` would return. `ERR_KV_KEY_NOT_FOUND` when there is none. */
  deleteTree(prefix: string, options?: KvOptions): Promise<void>;
  /** Deletes, in one step, the pairs below `prefix` between two keys. Resolves to the number of deleted pairs. */
  deleteRange(prefix: string, options?: KvDeleteRangeOptions): Promise<number>;
  /**
   * Without `previous` creates the key, or rejects with `ERR_KV_KEY_EXISTS`. With `previous` replaces exactly that
   * write, or rejects with `ERR_KV_KEY_MODIFIED` (also when the key was deleted). Resolves to the pair that the next
   * call takes as `previous`.
   */
  atomicPut(
    key: string,
    value: Uint8Array | string,
    previous: KvPrevious | undefined,
    options?: KvWriteOptions,
  ): Promise<KvStoredPair>;
  /**
   * Deletes exactly the write `previous`, or rejects with `ERR_KV_KEY_MODIFIED`. `ERR_KV_KEY_NOT_FOUND` for an absent
   * key, `ERR_KV_PREVIOUS_NOT_SPECIFIED` without `previous`.
   */
  atomicDelete(key: string, previous: KvPrevious, options?: KvOptions): Promise<void>;
  /**
   * Performs all operations if all conditions hold. Otherwise it performs none and rejects for the first condition that
   * does not hold: `ERR_KV_KEY_EXISTS`, `ERR_KV_KEY_NOT_FOUND` or `ERR_KV_KEY_MODIFIED`. The error has the `key`, and
   * the `pair` that is there. `limits` says how many conditions and operations, and how many bytes, a transaction can
   * have. Each key has one operation at most. Resolves to the pairs of the puts, in order.
   */
  transaction(
    conditions: readonly KvCondition[],
    operations: readonly KvOperation[],
    options?: KvOptions,
  ): Promise<readonly KvStoredPair[]>;
  /**
   * Renews the ttl of the write `pair` at once and then every third of the ttl, until `stop()` is called or the signal
   * aborts. The returned `lost` signal aborts when the key is no longer that write; the error is its reason. The ttl
   * counts from the moment when the write or the last renewal was sent. Pass the pair that the write gave: for a copy
   * of it the moment of this call counts.
   */
  keepAlive(pair: KvPair, options: KeepAliveOptions): KeepAlive;
  /**
   * Ends watches normally, stops renewals and frees all resources. Keys with a ttl then expire. Later calls, and
   * calls that still wait, reject with `ERR_KV_CLOSED`. A waiting write that was already sent rejects with
   * `ERR_KV_OUTCOME_UNKNOWN`.
   */
  close(): Promise<void>;
}
