import { missingPackage } from '../../base/text/missing-package.ts';
import { KvError } from '../../errors/kv-error.ts';

/**
 * Loads the client package of a backend, so that only programs that open such a store need it installed. Rejects with
 * `ERR_KV_CLIENT_MISSING` when `load` fails; the message says which package to install, or why it could not be loaded.
 *
 * @example
 * ```ts
 * import { loadClient } from 'swarmstate/kv/backend';
 *
 * const grpc = await loadClient('mine', '@grpc/grpc-js', () => import('@grpc/grpc-js'));
 * ```
 */
export async function loadClient<T>(backend: string, packageName: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const message = `the backend ${backend} needs the package ${missingPackage(packageName, cause)}`;
    throw new KvError('ERR_KV_CLIENT_MISSING', message, { backend, packageName }, { cause });
  }
}
