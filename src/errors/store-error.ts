import { isTypedError, typedErrorClass } from './typed-error.ts';
import type { TypedError, TypedErrorConstructor } from './typed-error.ts';

/**
 * The one error class of the package. Every expected failure carries a stable `code`; the message says what happened
 * and what to do about it, and the data of the code (see {@link ErrorData}) says where.
 */

/** A path into an object, from its root to the field at fault: `['spec', 'container', 'env', 3]`. */
export type FieldPath = readonly (string | number)[];

/** The version of a transaction. */
export interface VersionData {
  readonly index: number;
}

/**
 * The fault of a value of a replicated log. `foreign`: another program or cluster wrote the value. `format`: another
 * release did. `corrupt`: the value is damaged, or entries are missing. `schema`: the entry may hold fields that this
 * release does not know. `key`: the value cannot be decrypted. `chain`: the entry follows another log than the one that
 * was applied here. `apply`: the entry does not fit the contents. `contents`: the contents are not those of another
 * member at the same slot.
 */
export type LogFault = 'foreign' | 'format' | 'corrupt' | 'schema' | 'key' | 'chain' | 'apply' | 'contents';

/** The data fields that an error has besides `code`, `message` and `cause`, by code. */
export interface ErrorData {
  /** An object of that kind and id exists already. */
  ERR_EXIST: { readonly kind: string; readonly id: string };
  /** No object of that kind and id. */
  ERR_NOT_EXIST: { readonly kind: string; readonly id: string };
  /** Another object of that kind holds the name (or it is reserved, then `holder` is undefined). */
  ERR_NAME_CONFLICT: {
    readonly kind: string;
    readonly id: string;
    readonly conflictingName: string;
    readonly holder: string | undefined;
  };
  /** A finder that the table does not take, or something that is no finder. */
  ERR_INVALID_FIND_BY: { readonly kind: string | undefined; readonly finder: string };
  /** An update that was based on an older version than the stored one. */
  ERR_SEQUENCE_CONFLICT: {
    readonly kind: string;
    readonly id: string;
    /** The version that the given object is based on. */
    readonly base: VersionData;
    readonly stored: object;
    readonly given: object;
  };
  /** A resource whose kind no extension registers. */
  ERR_NO_KIND: { readonly id: string; readonly resourceKind: string };
  /** Extensions cannot be updated. */
  ERR_EXTENSION_IMMUTABLE: { readonly id: string };
  /** An extension cannot be deleted while resources of its kind exist. */
  ERR_EXTENSION_IN_USE: { readonly id: string; readonly resourceIds: readonly string[] };
  /** An input that its message cannot hold. `path` leads to the field at fault. */
  ERR_INVALID_OBJECT: { readonly messageType: string; readonly path: FieldPath };
  /** A store action or a commit event of an unknown kind. */
  ERR_UNKNOWN_ACTION: { readonly index: number };
  /** The store has neither a proposer nor a history. */
  ERR_VERSIONING_UNSUPPORTED: object;
  /** What was asked for is not kept any more. `oldest` is the oldest version that is. */
  ERR_LOG_COMPACTED: { readonly oldest: VersionData | undefined };
  /** A version that is not reached yet, or that cannot follow the current one. */
  ERR_VERSION_OUT_OF_BOUNDS: { readonly version: VersionData; readonly current: VersionData | undefined };
  /** One callback changed more than the proposer takes at once. Sizes in bytes. */
  ERR_TRANSACTION_TOO_LARGE: { readonly bytes: number; readonly limit: number };
  /** A commit inside a batch failed; `committed` counts the changes that are stored. */
  ERR_BATCH_FAILED: { readonly committed: number };
  /** A watcher was not read for so long that its buffer is full. */
  ERR_WATCH_OVERFLOW: { readonly limit: number };
  ERR_NESTED_UPDATE: object;
  ERR_ASYNC_CALLBACK: object;
  ERR_TX_CLOSED: object;
  ERR_STORE_CLOSED: object;
  /** A snapshot that this release does not read. */
  ERR_INVALID_SNAPSHOT: object;
  /** A snapshot without a matching seal: it was cut, or its bytes were changed. The numbers say how much was read. */
  ERR_INCOMPLETE_SNAPSHOT: { readonly objects: number; readonly bytes: number };
  /** Malformed bytes. `offset` is where in the input the malformed element starts or breaks off. */
  ERR_DECODE: { readonly messageType: string; readonly offset: number };
  ERR_PROPOSER_BROKEN: object;
  ERR_PROPOSAL_CONFLICT: object;
  ERR_OUTCOME_UNKNOWN: object;
  ERR_REPLICATED: object;
  /** A write to a store for reading. */
  ERR_READ_ONLY: object;
  /** Too many writers wait already, or the log of a replicated store cannot be reached. Nothing was written. */
  ERR_UNAVAILABLE: object;
  /** A value of a replicated log that this member must not apply; `key` is its key below the prefix. */
  ERR_LOG_REFUSED: { readonly reason: LogFault; readonly key: string };
  /** A log is there already, or something else is below its prefix. */
  ERR_NOT_EMPTY: { readonly prefix: string };
  /** Members that still use a log which was to be replaced. */
  ERR_MEMBERS_ALIVE: { readonly members: readonly string[] };
  /**
   * A write in a term that has ended, with the tokens of that term and of the newest one. All are undefined where the
   * writer does not lead.
   */
  ERR_TERM_ENDED: {
    readonly election: string | undefined;
    readonly token: bigint | undefined;
    readonly newest: bigint | undefined;
  };
}

/** Every code that a {@link StoreError} can have. */
export type StoreErrorCode = keyof ErrorData;

/** An expected failure, recognised by `code`. Narrow it with {@link isStoreError}. */
export type StoreError<C extends StoreErrorCode = StoreErrorCode> = TypedError<'StoreError', ErrorData, C>;

export type StoreErrorConstructor = TypedErrorConstructor<'StoreError', ErrorData>;

/**
 * The error class of the package.
 *
 * @example
 * ```ts
 * import { MemoryStore, isStoreError } from 'swarmstate';
 *
 * const store = new MemoryStore();
 * try {
 *   await store.update((tx) => tx.nodes.delete('no-such-node'));
 * } catch (error) {
 *   if (isStoreError(error, 'ERR_NOT_EXIST')) console.log(`${error.kind} ${error.id} is gone already`);
 *   else throw error;
 * }
 * ```
 */
export const StoreError: StoreErrorConstructor = typedErrorClass('StoreError');

/**
 * True when `error` is a {@link StoreError}, and has that code where one is given. It goes by the shape, not by the
 * class, so that errors of a second copy of the package are recognised too.
 */
export function isStoreError<C extends StoreErrorCode = StoreErrorCode>(
  error: unknown,
  code?: C,
): error is StoreError<C> {
  return isTypedError(error, 'StoreError', code);
}
