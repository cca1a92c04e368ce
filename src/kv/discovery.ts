import { isKvError } from './kv-error.ts';
import { normalKey } from './key.ts';
import type { KeepAlive } from './keep-alive.ts';
import type { KvOptions, KvPair, KvStore, KvWatcher } from './kv-store.ts';

export interface RegisterOptions extends KvOptions {
  /** Milliseconds for which a machine that died stays listed, at least. */
  readonly ttl: number;
}

/** A machine that is listed. */
export interface Registration {
  readonly key: string;
  /** Aborts with the error when the entry is lost: expired while the store was not reachable, or written by somebody else. */
  readonly lost: AbortSignal;
  /** Takes the machine off the list at once, unless somebody else's entry has taken its place. */
  unregister(options?: KvOptions): Promise<void>;
}

/**
 * Lists a machine under `prefix/id` for as long as this process lives and reaches the store; an entry of the same id is replaced.
 *
 * @example
 * ```ts
 * import { createStore, discover, register } from 'swarmstate/kv';
 *
 * const kv = await createStore('etcd', ['http://127.0.0.1:2379']);
 * const registration = await register(kv, 'machines', 'host-1', '10.0.0.1:7946', { ttl: 10_000 });
 * for await (const machines of discover(kv, 'machines')) console.log(machines.map(({ key }) => key));
 * await registration.unregister();
 * ```
 */
export async function register(
  kv: KvStore,
  prefix: string,
  id: string,
  value: Uint8Array | string,
  { ttl, signal }: RegisterOptions,
): Promise<Registration> {
  const key = normalKey(`${normalKey(prefix)}/${id}`);
  const pair = await kv.put(key, value, { ttl, signal });
  const kept: KeepAlive = kv.keepAlive(pair, { ttl });
  return {
    key,
    lost: kept.lost,
    async unregister(options: KvOptions = {}): Promise<void> {
      kept.stop();
      try {
        await kv.atomicDelete(key, pair, options);
      } catch (error) {
        // Gone, or somebody else's: either way this machine is not listed any more.
        if (!isKvError(error, 'ERR_KV_KEY_NOT_FOUND') && !isKvError(error, 'ERR_KV_KEY_MODIFIED')) throw error;
      }
    },
  };
}

/** Follows who is listed: everybody, now and whenever that changes. A renewal is no change. */
export function discover(kv: KvStore, prefix: string, options: KvOptions = {}): KvWatcher<readonly KvPair[]> {
  return kv.watchTree(prefix, options);
}
