import { KvError, isKvError } from '../errors/kv-error.ts';
import { normalKey } from './api/key.ts';
import { checkOptions, kvOptionChecks, noOptions } from './api/option-checks.ts';
import { pause } from '../base/async/pause.ts';
import type { KeepAlive } from './api/keep-alive.ts';
import type { KvOptions, KvPair, KvWatcher } from './api/calls.ts';
import type { KvStore } from './api/kv-store.ts';

export interface RegisterOptions extends KvOptions {
  /** Milliseconds after which a machine that died is no longer listed; the backend may take somewhat longer. */
  readonly ttl: number;
}

const checks = kvOptionChecks<RegisterOptions>('register', ['ttl', 'signal']);

/** The entry of a machine in the list. */
export interface Registration {
  readonly key: string;
  /**
   * Aborts when the machine is no longer listed and will not be listed again: another machine took its id, or the store
   * refuses. The reason is a `KvError`.
   */
  readonly lost: AbortSignal;
  /** Removes the entry at once. The entry of another machine under the same id stays. */
  unregister(options?: KvOptions): Promise<void>;
}

/**
 * Lists a machine under `prefix/id` until `unregister` is called or this process ends. Replaces an entry of the same
 * id. An entry that expired while the store could not be reached is written again. After the store is closed, the entry
 * expires.
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
  options: RegisterOptions,
): Promise<Registration> {
  checks.names(options);
  const { ttl, signal } = options;
  // A missing ttl would make an entry that nothing removes.
  checks.valid(typeof ttl === 'number', 'ttl', ttl, 'a number of milliseconds');
  const key = normalKey(`${normalKey(prefix)}/${normalKey(id)}`);
  return new Listing(kv, await kv.put(key, value, { ttl, signal }), ttl);
}

/**
 * Follows the list: gives all entries at once and again after each change. A renewal is not a change.
 *
 * @example
 * ```ts
 * import { createStore, discover } from 'swarmstate/kv';
 *
 * const kv = await createStore('memory');
 * for await (const machines of discover(kv, 'machines')) console.log(machines.map(({ key }) => key));
 * ```
 */
export function discover(kv: KvStore, prefix: string, options: KvOptions = noOptions): KvWatcher<readonly KvPair[]> {
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

  async unregister(options: KvOptions = noOptions): Promise<void> {
    checkOptions(options);
    this.#ended.abort();
    this.#kept.stop();
    try {
      await this.#kv.atomicDelete(this.key, this.#pair, options);
    } catch (error) {
      // The entry is gone or belongs to another machine. In both cases this machine is no longer listed.
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

  /** Writes the entry again after it was lost. Ends when the machine is listed, unregistered, or lost for good. */
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
        // ERR_KV_KEY_EXISTS: another write was faster. The next round reads whose it was.
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

  /**
   * Reads this machine's entry; undefined when there is none. Throws `ERR_KV_KEY_MODIFIED` for another machine's entry.
   * After a write in doubt an entry with this machine's value counts as its own.
   */
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
