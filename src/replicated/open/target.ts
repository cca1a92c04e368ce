import { StoreError } from '../../errors/store-error.ts';
import type { KvStore } from '../../kv/api/kv-store.ts';
import { quote } from '../../base/text/describe.ts';

/**
 * A key/value store of the caller's, and the prefix of the log in it. The key/value store stays open when the store is
 * closed.
 */
export interface KvTarget {
  readonly kv: KvStore;
  /** The log has everything below this prefix for itself. */
  readonly prefix: string;
}

/** The place of a log: an address, or a key/value store with a prefix. */
export type Target = string | KvTarget;

/** The prefix where the address has none. */
const DEFAULT_PREFIX = 'swarmstate';

/** The place of a log, opened. */
export interface OpenTarget extends KvTarget {
  /** True where the key/value store was opened here, and has to be closed here. */
  readonly owned: boolean;
}

/** An address, taken apart. */
export interface Address {
  readonly backend: string;
  readonly endpoints: readonly string[];
  readonly prefix: string;
  readonly options: object;
}

/** Opens the key/value store of a target. Rejects with `ERR_INVALID_OBJECT` and the errors of `createStore`. */
export async function openTarget(target: Target, engine: object, readOnly: boolean): Promise<OpenTarget> {
  if (typeof target === 'string') {
    const { backend, endpoints, prefix, options } = addressOf(target);
    const writing = readOnly && backend !== 'memory' ? { readOnly: true } : {};
    // Loaded here: an import of the store loads few files.
    const { createStore } = await import('../../kv/registry.ts');
    return { kv: await createStore(backend, endpoints, { ...options, ...writing, ...engine }), prefix, owned: true };
  }
  const given = target as { readonly kv?: Partial<KvStore>; readonly prefix?: unknown } | null | undefined;
  if (typeof given?.kv?.transaction !== 'function' || typeof given.prefix !== 'string') {
    throw invalid('target', `is an address, or an object with kv and prefix, not ${quote(target)}`);
  }
  return { kv: target.kv, prefix: target.prefix.replace(/^\/|\/$/g, ''), owned: false };
}

/**
 * Takes an address apart: `memory:`, `lmdb:PATH`, `etcd://HOST:PORT,…/PREFIX`, `consul://HOST:PORT,…/PREFIX`,
 * `zookeeper://…` or `zk://…`, `etcds://` and `consuls://` for TLS, and `NAME://…` for a backend that was registered.
 * Throws `ERR_INVALID_OBJECT`.
 */
export function addressOf(address: string): Address {
  const match = /^([a-z][a-z0-9+.-]*):(.*)$/s.exec(address);
  const scheme = match?.[1];
  const rest = match?.[2] ?? '';
  if (scheme === undefined) {
    throw invalid(
      'target',
      `is an address like lmdb:./data, etcd://host:2379/prefix or memory:, not ${quote(address)}`,
    );
  }
  if (scheme === 'memory') {
    if (rest !== '') throw invalid('target', `memory: has no path, and was given ${quote(rest)}`);
    return { backend: 'memory', endpoints: [], prefix: DEFAULT_PREFIX, options: {} };
  }
  if (scheme === 'lmdb') {
    const path = rest.startsWith('//') ? rest.slice(2) : rest;
    if (path === '') throw invalid('target', 'lmdb: needs the path of a folder, as in lmdb:./data');
    return { backend: 'lmdb', endpoints: [path], prefix: DEFAULT_PREFIX, options: {} };
  }
  return serverAddress(scheme, rest, address);
}

/** The backends of schemes that are not their names; `protocol` is that of endpoints that are URLs. */
const servers: ReadonlyMap<string, { readonly backend: string; readonly protocol?: string }> = new Map([
  ['etcd', { backend: 'etcd', protocol: 'http' }],
  ['etcds', { backend: 'etcd', protocol: 'https' }],
  ['consul', { backend: 'consul', protocol: 'http' }],
  ['consuls', { backend: 'consul', protocol: 'https' }],
  ['zk', { backend: 'zookeeper' }],
]);

/** An address of servers: `//USER:PASSWORD@HOST:PORT,HOST:PORT/PREFIX`, with a token in place of a user for Consul. */
function serverAddress(scheme: string, rest: string, address: string): Address {
  const parts = /^\/\/(?:([^@/]*)@)?([^/]+)(?:\/(.*))?$/s.exec(rest);
  const hosts = (parts?.[2] ?? '').split(',').filter((host) => host !== '');
  if (hosts.length === 0) {
    throw invalid('target', `${quote(address)} names no server; write ${scheme}://host:port,host:port/prefix`);
  }
  const prefix = (parts?.[3] ?? '').replace(/\/$/, '');
  const { backend, protocol } = servers.get(scheme) ?? { backend: scheme };
  const account = parts?.[1];
  const place = {
    backend,
    endpoints: protocol === undefined ? hosts : hosts.map((host) => `${protocol}://${host}`),
    prefix: prefix === '' ? DEFAULT_PREFIX : prefix,
  };
  if (backend !== 'consul') return { ...place, options: account === undefined ? {} : credentials(account) };
  // A store of Consul numbers its writes. So each place has a store of its own.
  const token = account === undefined ? {} : { token: decodeURIComponent(account) };
  return { ...place, prefix: DEFAULT_PREFIX, options: { prefix: place.prefix, ...token } };
}

function credentials(text: string): object {
  const [user = '', password = ''] = text.split(':', 2).map(decodeURIComponent);
  return { user, password };
}

function invalid(path: string, message: string): StoreError<'ERR_INVALID_OBJECT'> {
  return new StoreError('ERR_INVALID_OBJECT', `openStore: the ${path} ${message}`, {
    messageType: 'Target',
    path: [path],
  });
}
