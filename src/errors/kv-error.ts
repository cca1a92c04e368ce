import { isTypedError, typedErrorClass } from './typed-error.ts';
import type { TypedError, TypedErrorConstructor } from './typed-error.ts';

/** The pair that a refused condition met, as `KvPair` of `swarmstate/kv` has it. */
export interface KvFoundPair {
  readonly key: string;
  readonly value: Uint8Array;
  readonly lastIndex: bigint;
}

/** The data fields that an error has besides `code`, `key`, `message` and `cause`, by code. */
export interface KvErrorData {
  /** No backend of that name is registered. `known` lists the registered names. */
  ERR_KV_BACKEND_NOT_SUPPORTED: { readonly backend: string; readonly known: readonly string[] };
  /** The npm package of the backend's client is not installed, or could not be loaded. */
  ERR_KV_CLIENT_MISSING: { readonly backend: string; readonly packageName: string };
  /** The backend does not have this operation, a method of the store. */
  ERR_KV_CALL_NOT_SUPPORTED: { readonly backend: string; readonly operation: string };
  /** No server answered in time. Nothing was written. */
  ERR_KV_NOT_REACHABLE: { readonly backend: string };
  /** The lock could not be taken. */
  ERR_KV_CANNOT_LOCK: { readonly key: string };
  /**
   * The key has another `lastIndex` than the condition expects, or was deleted. `pair` is what is there now, undefined
   * for an absent key; it is not enumerable. Nothing was written.
   */
  ERR_KV_KEY_MODIFIED: { readonly key: string; readonly pair?: KvFoundPair | undefined };
  /** The key does not exist, or no key exists below the prefix `key`. Nothing was written. */
  ERR_KV_KEY_NOT_FOUND: { readonly key: string };
  /** `atomicDelete` was called without the pair to delete. */
  ERR_KV_PREVIOUS_NOT_SPECIFIED: { readonly key: string };
  /** The key exists already. `pair` is what is there; it is not enumerable. Nothing was written. */
  ERR_KV_KEY_EXISTS: { readonly key: string; readonly pair?: KvFoundPair | undefined };
  /** The write may have happened, or may still happen. Read before writing again. */
  ERR_KV_OUTCOME_UNKNOWN: { readonly backend: string };
  /** `key`, as it was given, is not a valid key or prefix. Nothing was sent. */
  ERR_KV_INVALID_KEY: { readonly key: string };
  /** An invalid argument or option; `argument` is its name. Nothing was sent. */
  ERR_KV_INVALID_ARGUMENT: { readonly argument: string };
  /**
   * A value exceeds `limits.valueBytes` of the store, or the values of the transaction together exceed
   * `limits.transactionBytes`. Nothing was sent.
   */
  ERR_KV_VALUE_TOO_LARGE: {
    readonly key: string;
    /** The size in bytes: of the value, or of the values up to that of `key`. */
    readonly bytes: number;
    /** The limit that is exceeded. */
    readonly limit: number;
  };
  /**
   * The store cannot tell the changes after a revision: they are no longer kept, or the store never had that revision.
   * `oldest` is the oldest revision that can be asked for.
   */
  ERR_KV_COMPACTED: { readonly backend: string; readonly oldest: bigint };
  /** The store was opened with `readOnly`. Nothing was written. */
  ERR_KV_READ_ONLY: { readonly backend: string; readonly operation: string };
  /** The server refused the user, the password, or the access. Nothing was written. */
  ERR_KV_NOT_PERMITTED: { readonly backend: string };
  /** The store was closed. */
  ERR_KV_CLOSED: { readonly backend: string };
  /** The backend refused for another reason; `cause` is its own error. Nothing was written. */
  ERR_KV_REFUSED: { readonly backend: string };
}

/** Every code that a {@link KvError} can have. */
export type KvErrorCode = keyof KvErrorData;

/** Every error may name the key that the call was about. */
type KeyedData = { [C in KvErrorCode]: KvErrorData[C] & { readonly key?: string | undefined } };

/** An expected failure of a key/value store, recognised by `code`. Narrow it with {@link isKvError}. */
export type KvError<C extends KvErrorCode = KvErrorCode> = TypedError<'KvError', KeyedData, C>;

export type KvErrorConstructor = TypedErrorConstructor<'KvError', KeyedData>;

/**
 * The error class of key/value stores. Backends of your own make their errors with it.
 *
 * @example
 * ```ts
 * import { KvError, createStore, isKvError } from 'swarmstate/kv';
 *
 * const kv = await createStore('memory');
 * try {
 *   await kv.put('image', new Uint8Array(kv.maxValueBytes + 1));
 * } catch (error) {
 *   if (!isKvError(error, 'ERR_KV_VALUE_TOO_LARGE')) throw error;
 *   console.log(`${error.key}: ${error.bytes} bytes, and ${error.limit} are allowed`);
 * }
 * const refused = new KvError('ERR_KV_REFUSED', 'the disk is full; delete some keys', { backend: 'mine' });
 * ```
 */
export const KvError: KvErrorConstructor = typedErrorClass('KvError');

/**
 * True when `error` is a {@link KvError}, and has that code where one is given; its data fields are then typed. The
 * test looks at the shape and not at the class, so that it also accepts errors of a second copy of the package.
 */
export function isKvError<C extends KvErrorCode = KvErrorCode>(error: unknown, code?: C): error is KvError<C> {
  return isTypedError(error, 'KvError', code);
}
