import { KvError, isKvError } from '../errors/kv-error.ts';
import { normalKey } from './api/key.ts';
import { pause } from './backend/pause.ts';
import type { KeepAlive } from './api/keep-alive.ts';
import type { KvOptions, KvPair, KvWatcher } from './api/calls.ts';
import type { KvStore } from './api/kv-store.ts';

export interface RegisterOptions extends KvOptions {
  /** Milliseconds for which a machine that died stays listed, at least. */
  readonly ttl: number;
}

/** A machine that is listed. */
export interface Registration {
  readonly key: string;
  /**
   * Aborts with the error when it is listed no more and will not be again: somebody else took its place, or the store
   * refuses.
   */
  readonly lost: AbortSignal;
  /** Takes the machine off the list at once, unless somebody else's entry has taken its place. */
  unregister(options?: KvOptions): Promise<void>;
}

/**
 * Lists a machine under `prefix/id` for as long as this process lives, until `unregister`; an entry of the same id is
 * replaced. An entry that expired while the store was not reachable is written again. Closing the store leaves it to
 * expire.
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
  const key = normalKey(`${normalKey(prefix)}/${normalKey(id)}`);
  return new Listing(kv, await kv.put(key, value, { ttl, signal }), ttl);
}

/** Follows who is listed: everybody, now and whenever that changes. A renewal is no change. */
export function discover(kv: KvStore, prefix: string, options: KvOptions = {}): KvWatcher<readonly KvPair[]> {
  return kv.watchTree(prefix, options);
}

class Listing implements Registration {
  readonly key: string;
  readonly #kv: KvStore;
  readonly #ttl: number;
  readonly #lost = new AbortController();
  readonly #ended = new AbortController();
  #pair: KvPair;
  #kept: KeepAlive;

  constructor(kv: KvStore, pair: KvPair, ttl: number) {
    this.key = pair.key;
    this.#kv = kv;
    this.#ttl = ttl;
    this.#pair = pair;
    this.#kept = this.#keep(pair);
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async unregister(options: KvOptions = {}): Promise<void> {
    this.#ended.abort();
    this.#kept.stop();
    try {
      await this.#kv.atomicDelete(this.key, this.#pair, options);
    } catch (error) {
      // Gone, or somebody else's: either way this machine is not listed any more.
      if (!isKvError(error, 'ERR_KV_KEY_NOT_FOUND') && !isKvError(error, 'ERR_KV_KEY_MODIFIED')) throw error;
    }
  }

  #keep(pair: KvPair): KeepAlive {
    const kept = this.#kv.keepAlive(pair, { ttl: this.#ttl });
    kept.lost.addEventListener('abort', () => void this.#listAgain());
    this.#pair = pair;
    this.#kept = kept;
    return kept;
  }

  /** Until it is listed, or never will be. */
  async #listAgain(): Promise<void> {
    const { signal } = this.#ended;
    let isInDoubt = false;
    while (!this.#isOver()) {
      try {
        const pair =
          (await this.#mine(isInDoubt)) ??
          (await this.#kv.atomicPut(this.key, this.#pair.value, undefined, { ttl: this.#ttl, signal }));
        if (!this.#isOver()) this.#keep(pair);
        return;
      } catch (error) {
        if (this.#isOver() || isKvError(error, 'ERR_KV_CLOSED')) return;
        if (isKvError(error, 'ERR_KV_OUTCOME_UNKNOWN')) isInDoubt = true;
        // Somebody was faster: the next round sees who.
        else if (!isKvError(error, 'ERR_KV_NOT_REACHABLE') && !isKvError(error, 'ERR_KV_KEY_EXISTS')) {
          this.#lost.abort(error);
          return;
        }
      }
      await pause(this.#ttl / 3, signal);
    }
  }

  #isOver(): boolean {
    return this.#ended.signal.aborted;
  }

  /** The entry, when it is there still or after all, undefined when there is none. Somebody else's is an error. */
  async #mine(isInDoubt: boolean): Promise<KvPair | undefined> {
    const { key, lastIndex, value } = this.#pair;
    try {
      const there = await this.#kv.get(key, { signal: this.#ended.signal });
      if (there.lastIndex === lastIndex || (isInDoubt && Buffer.compare(there.value, value) === 0)) return there;
    } catch (error) {
      if (isKvError(error, 'ERR_KV_KEY_NOT_FOUND')) return undefined;
      throw error;
    }
    throw new KvError('ERR_KV_KEY_MODIFIED', `somebody else has written ${key}; register under another id`, { key });
  }
}
