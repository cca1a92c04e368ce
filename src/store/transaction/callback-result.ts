import { isRevoked } from '../../base/host/is-revoked.ts';
import { isThenable } from '../../base/synchronous.ts';
import { StoreError } from '../../errors/store-error.ts';

/** {@link isThenable} for the result of a callback. Throws `ERR_INVALID_OBJECT` for a revoked proxy. */
export function isPromised(result: unknown): result is PromiseLike<unknown> {
  try {
    return isThenable(result);
  } catch (error) {
    refuseRevokedResult(result, error);
    throw error;
  }
}

/** Throws `ERR_INVALID_OBJECT` for a result of a callback that nobody can look at: a revoked proxy. */
export function refuseRevokedResult(result: unknown, cause?: unknown): void {
  if (!isRevoked(result)) return;
  throw new StoreError(
    'ERR_INVALID_OBJECT',
    'a callback returned a proxy that was revoked, which nobody can read; ' +
      'return a copy that was made before the proxy was revoked, or nothing: () => { … }',
    { messageType: 'callback', path: [] },
    { cause },
  );
}
