import { KvError } from '../errors/kv-error.ts';
import type { KvBackend } from './backend/driver.ts';
import type { KvStore } from './api/kv-store.ts';
import { DriverStore } from './store/driver-store.ts';

/** The backends of the package are loaded when they are asked for, and their clients with them. */
const loaders = new Map<string, () => Promise<KvBackend>>([
  ['memory', async () => (await import('./memory/backend.ts')).memory],
  ['lmdb', async () => (await import('./lmdb/backend.ts')).lmdb],
  ['etcd', async () => (await import('./etcd/backend.ts')).etcd],
]);

/** Makes a backend known to {@link createStore} under its name; one of the same name is replaced. */
export function registerBackend(backend: KvBackend): void {
  loaders.set(backend.name, () => Promise.resolve(backend));
}

/**
 * Opens a store. Endpoints and options are those of the backend: addresses for `etcd`, one folder for `lmdb`, nothing
 * for `memory`. `ERR_KV_BACKEND_NOT_SUPPORTED` for a name that nobody registered, `ERR_KV_CLIENT_MISSING` when its
 * client is not installed.
 *
 * @example
 * ```ts
 * import { createStore } from 'swarmstate/kv';
 *
 * const kv = await createStore('etcd', ['http://10.0.0.1:2379', 'http://10.0.0.2:2379'], { timeoutMs: 3000 });
 * ```
 */
export async function createStore(
  name: string,
  endpoints: readonly string[] = [],
  options: object = {},
): Promise<KvStore> {
  const load = loaders.get(name);
  if (load === undefined) {
    const known = [...loaders.keys()].sort().join(', ');
    throw new KvError(
      'ERR_KV_BACKEND_NOT_SUPPORTED',
      `no backend is named "${name}"; there are ${known}, and registerBackend adds one`,
    );
  }
  const backend = await load();
  return new DriverStore(backend.name, await backend.open(endpoints, options));
}
