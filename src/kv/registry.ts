import { isList, isRecord } from '../base/host/is-revoked.ts';
import { KvError } from '../errors/kv-error.ts';
import type { KvBackend } from './backend/driver.ts';
import type { KvStore } from './api/kv-store.ts';
import { DriverStore } from './store/driver-store.ts';

/** The loaders of the known backends by name. A backend and its client are loaded when a store of it is opened. */
const loaders = new Map<string, () => Promise<KvBackend>>([
  ['memory', async () => (await import('./memory/backend.ts')).memory],
  ['lmdb', async () => (await import('./lmdb/backend.ts')).lmdb],
  ['etcd', async () => (await import('./etcd/backend.ts')).etcd],
  ['zookeeper', async () => (await import('./zookeeper/backend.ts')).zookeeper],
  ['consul', async () => (await import('./consul/backend.ts')).consul],
]);

/** Makes a backend known to {@link createStore} under its name. Replaces a backend of the same name. */
export function registerBackend(backend: KvBackend): void {
  loaders.set(backend.name, () => Promise.resolve(backend));
}

/**
 * Opens a store. The backend defines the meaning of endpoints and options: `consul`, `etcd` and `zookeeper` take
 * addresses of servers, `lmdb` the path of one folder, `memory` nothing. With the option `readOnly: true`, which every
 * backend has, nothing is made and nothing written: writes reject with `ERR_KV_READ_ONLY`. Rejects with
 * `ERR_KV_BACKEND_NOT_SUPPORTED` for an unknown name, with `ERR_KV_CLIENT_MISSING` when the backend's client is not
 * installed, and with the backend's own errors.
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
  if (!isList(endpoints) || !endpoints.every((endpoint) => typeof endpoint === 'string'))
    throw invalid('endpoints', 'an array of strings');
  if (!isRecord(options)) throw invalid('options', 'an object');
  const load = loaders.get(name);
  if (load === undefined) {
    const known = [...loaders.keys()].sort();
    throw new KvError(
      'ERR_KV_BACKEND_NOT_SUPPORTED',
      `no backend is named "${name}"; there are ${known.join(', ')}, and registerBackend adds one`,
      { backend: name, known },
    );
  }
  const { readOnly = false, ...own } = options as { readonly readOnly?: unknown };
  if (typeof readOnly !== 'boolean') throw invalid('readOnly', 'true or false');
  const backend = await load();
  const driver = readOnly ? backend.open(endpoints, own, { readOnly }) : backend.open(endpoints, own);
  return new DriverStore(backend.name, await driver, readOnly);
}

function invalid(argument: string, expected: string): KvError {
  return new KvError('ERR_KV_INVALID_ARGUMENT', `createStore takes ${expected} as ${argument}`, { argument });
}
