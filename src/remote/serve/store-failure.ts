import { isStoreError } from '../../errors/store-error.ts';
import { RpcFailure } from '../rpc/rpc-failure.ts';

/** The status for an error of the store; undefined for an error that no peer can bring about. */
export function storeFailure(error: unknown): RpcFailure | undefined {
  if (isStoreError(error, 'ERR_WATCH_OVERFLOW')) {
    return new RpcFailure(
      'resourceExhausted',
      `the reader is too slow: more than ${error.limit} events waited; watch again, and list or resume`,
    );
  }
  return undefined;
}
