/** A key with its value, as one write left it. */
export interface KvPair {
  /** In normal form: non-empty segments joined by `/`, without a slash at either end. */
  readonly key: string;
  /** A copy that belongs to the caller. */
  readonly value: Uint8Array;
  /**
   * The number of the write, from 1 to 2^63 - 1: the revision of the store after the write. A later write of any key
   * has a larger number. All writes of one transaction have the same number. Numbers of different stores say nothing
   * about each other.
   */
  readonly lastIndex: bigint;
}

/** A pair as JSON. */
export interface KvPairJson {
  readonly key: string;
  /** In base64. */
  readonly value: string;
  /** In decimal digits: JSON has no bigints. */
  readonly lastIndex: string;
}

/** A pair that a store gave. */
export interface KvStoredPair extends KvPair {
  /** The value as UTF-8; bytes that are none become U+FFFD. */
  text(): string;
  /** The value as JSON. Throws a `SyntaxError` for any other value. */
  json(): unknown;
  /** For `JSON.stringify`, which does not take a bigint. */
  toJSON(): KvPairJson;
}

/**
 * The part of a pair that `atomicPut` and `atomicDelete` compare. A whole pair fits, too. A `lastIndex` that no store
 * can have given is `ERR_KV_INVALID_ARGUMENT`.
 */
export type KvPrevious = Pick<KvPair, 'lastIndex'>;

export interface KvOptions {
  /**
   * Aborting makes the call reject with `signal.reason`. A write that was already sent may still have happened: the
   * call then rejects with `ERR_KV_OUTCOME_UNKNOWN`, and the reason is its `cause`.
   */
  readonly signal?: AbortSignal | undefined;
}

export interface KvReadOptions extends KvOptions {
  /**
   * True allows an older answer in exchange for less waiting. Without it a read sees every write that ended before the
   * read began.
   */
  readonly stale?: boolean | undefined;
}

/** Bounds for keys, in the order of their UTF-8 bytes. Both are whole keys; they need not exist. */
export interface KvRange {
  /** Only keys behind this one. */
  readonly after?: string | undefined;
  /** Only keys in front of this one. */
  readonly before?: string | undefined;
}

/** The pairs that `list` and `pairs` read. */
export interface KvListOptions extends KvReadOptions, KvRange {
  /** The most pairs to read, a whole number of 1 or more. They are the first ones of the order. */
  readonly limit?: number | undefined;
  /** True turns the order around: the last key comes first. */
  readonly reverse?: boolean | undefined;
  /** True leaves the values at the store: every `value` is empty. */
  readonly keysOnly?: boolean | undefined;
}

export interface KvDeleteRangeOptions extends KvOptions, KvRange {}

/** Several keys as they were at one moment. */
export interface KvRead {
  /** The revision of the store at that moment: the `lastIndex` of the newest write before it, deletes included. */
  readonly revision: bigint;
  /** In the order of the keys that were asked for; undefined for an absent key. */
  readonly pairs: readonly (KvStoredPair | undefined)[];
}

/** The largest writes that a store takes. Larger ones are refused before anything is sent. */
export interface KvLimits {
  /** Bytes of one value. */
  readonly valueBytes: number;
  /** Bytes of all values of one transaction together. */
  readonly transactionBytes: number;
  /** Conditions and operations of one transaction together; also the most keys of one `read`. */
  readonly transactionOperations: number;
}

export interface KvWriteOptions extends KvOptions {
  /**
   * Milliseconds after which the key expires. The key is never deleted earlier; how much later depends on the backend
   * (etcd counts whole seconds, rounded up). The next write of the key replaces the ttl: a write without one makes the
   * key permanent.
   */
  readonly ttl?: number | undefined;
  /**
   * True renews the ttl until the key is written or deleted, or the store is closed. Use `KvStore.keepAlive` to
   * be told when the key is lost.
   */
  readonly keepAlive?: boolean | undefined;
}

/** A condition of a transaction: the key exists, does not exist, or was last written by the write `lastIndex`. */
export type KvCondition =
  | { readonly key: string; readonly exists: boolean; readonly lastIndex?: undefined }
  | { readonly key: string; readonly lastIndex: bigint; readonly exists?: undefined };

/** A write in a transaction. */
export type KvOperation =
  | {
      readonly type: 'put';
      readonly key: string;
      readonly value: Uint8Array | string;
      readonly ttl?: number | undefined;
    }
  | { readonly type: 'delete'; readonly key: string };

/** A change of a watched key. */
export type KvEvent =
  | { readonly type: 'put'; readonly key: string; readonly pair: KvStoredPair }
  | { readonly type: 'delete'; readonly key: string; readonly pair?: undefined };

/**
 * The stream of a watch. The stream ends normally when the watcher or its store is closed. In every other case it
 * rejects with the cause; it never stops silently. One reader reads it at a time.
 */
export interface KvWatcher<T> extends AsyncIterableIterator<T>, AsyncDisposable {
  next(): Promise<IteratorResult<T, undefined>>;
  return(): Promise<IteratorResult<T, undefined>>;
  /** Ends the iteration, including a pending `next()`. */
  close(): void;
}

/** A lock that is held. */
export interface KvHeldLock {
  /**
   * Aborts when the lock is lost: another writer deleted it, or it could not be renewed within its ttl. The reason is a
   * `KvError`.
   */
  readonly lost: AbortSignal;
  /** Larger than the token of every holder before. A receiver of writes can refuse those of an earlier holder by it. */
  readonly token: bigint;
  /** Holds while the lock is held. Give it to `transaction`, and a write of an earlier holder never happens. */
  readonly condition: KvCondition;
}

/**
 * A lock of one holder at a time. A holder that stands still for longer than the ttl may believe that the lock is still
 * held. Writes that must be safe carry the `condition` or the `token`.
 */
export interface KvLock {
  /**
   * Waits until the lock is held, in the order of asking, and keeps it until `unlock`. Aborting leaves the queue and
   * rejects with the reason. `ERR_KV_CANNOT_LOCK` when this object holds it or waits, or its place in the queue
   * expired.
   */
  lock(options?: KvOptions): Promise<KvHeldLock>;
  /** Lets the next one have the lock. `ERR_KV_CANNOT_LOCK` when this object does not hold it, or has lost it. */
  unlock(options?: KvOptions): Promise<void>;
}

export interface KvLockOptions extends KvOptions {
  /** Tells who holds the lock, to everybody who lists the keys below `key`; empty by default. */
  readonly value?: Uint8Array | string | undefined;
  /**
   * True leaves the value behind when the lock is given up: `unlock` writes it to the key of the lock itself, in the
   * same step. By default, and where the lock is lost, nothing stays.
   */
  readonly keepValue?: boolean | undefined;
  /** Milliseconds after which the lock of a holder that died is free, 20,000 by default. A holder renews it. */
  readonly ttl?: number | undefined;
}

/**
 * The failures that a resolved write survives. `none`: not even the end of the process. `process`: the end of the
 * process, not a crash of the machine. `disk`: a crash of the machine. `replicated`: the loss of a minority of the
 * servers.
 */
export type KvDurability = 'none' | 'process' | 'disk' | 'replicated';
