/**
 * What goes wrong with a key/value store. As everywhere in the package an expected failure is recognised by its `code`,
 * the message says what happened and the way out.
 */
export type KvErrorCode =
  /** No backend of that name is registered. */
  | 'ERR_KV_BACKEND_NOT_SUPPORTED'
  /** The backend's client is not installed; the message names the package to add. */
  | 'ERR_KV_CLIENT_MISSING'
  /** The backend does not have this call. */
  | 'ERR_KV_CALL_NOT_SUPPORTED'
  /** No server answered in time, and nothing was written. */
  | 'ERR_KV_NOT_REACHABLE'
  /** A lock could not be taken. */
  | 'ERR_KV_CANNOT_LOCK'
  /** The key is not what the condition expects: another `lastIndex`, or gone. */
  | 'ERR_KV_KEY_MODIFIED'
  | 'ERR_KV_KEY_NOT_FOUND'
  /** `atomicDelete` needs the pair that it is to delete. */
  | 'ERR_KV_PREVIOUS_NOT_SPECIFIED'
  | 'ERR_KV_KEY_EXISTS'
  /** The write may have happened, or may still happen: read before doing it again. */
  | 'ERR_KV_OUTCOME_UNKNOWN'
  | 'ERR_KV_INVALID_KEY'
  /** An argument or an option that makes no sense. */
  | 'ERR_KV_INVALID_ARGUMENT'
  /** Beyond the backend's `maxValueBytes`; nothing was sent. */
  | 'ERR_KV_VALUE_TOO_LARGE'
  /** User, password or right are refused. */
  | 'ERR_KV_NOT_PERMITTED'
  | 'ERR_KV_CLOSED'
  /** The backend refused for a reason of its own; `cause` is what it said. Nothing was written. */
  | 'ERR_KV_REFUSED';

/** An expected failure of a key/value store. */
export class KvError extends Error {
  readonly code: KvErrorCode;
  /** The key that it is about, where it is about one. */
  readonly key: string | undefined;

  constructor(code: KvErrorCode, message: string, options: ErrorOptions & { readonly key?: string | undefined } = {}) {
    super(`${message} [${code}]`, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'KvError';
    this.code = code;
    this.key = options.key;
  }
}

/**
 * True when `error` is a {@link KvError}, and has that code where one is given. It goes by the shape, so that errors of
 * a second copy of the package are recognised too.
 */
export function isKvError(error: unknown, code?: KvErrorCode): error is KvError {
  if (!(error instanceof Error) || error.name !== 'KvError') return false;
  const actual = (error as { readonly code?: unknown }).code;
  return typeof actual === 'string' && (code === undefined || actual === code);
}
