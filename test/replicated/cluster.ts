import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { KvError, createStore } from 'swarmstate/kv';
import type { KvCondition, KvOperation, KvOptions, KvPair, KvStore } from 'swarmstate/kv';
import { StoreSnapshot } from 'swarmstate/proto';
import { openStore } from 'swarmstate/replicated';
import type { ReplicatedOptions, ReplicatedStore } from 'swarmstate/replicated';

/** A call of `transaction`, and the call itself as the key/value store would do it. */
export interface Sent {
  readonly conditions: readonly KvCondition[];
  readonly operations: readonly KvOperation[];
  /** The keys that are written. */
  readonly keys: readonly string[];
  readonly go: () => Promise<readonly KvPair[]>;
}

/** Decides about a transaction: undefined lets it through. */
export type Hook = (sent: Sent) => Promise<readonly KvPair[]> | undefined;

/** A key/value store whose transactions go through a hook first. */
export class HookedKv {
  hook: Hook | undefined;
  /** True: every call fails, as if no server could be reached. */
  away = false;
  readonly kv: KvStore;

  /** `valueBytes`: the limit of a value that the store states; its own where not given. */
  constructor(inner: KvStore, valueBytes?: number) {
    this.kv = new Proxy(inner, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (name === 'limits' && valueBytes !== undefined) return { ...target.limits, valueBytes };
        if (typeof value !== 'function') return value;
        if (this.away && (name === 'read' || name === 'list' || name === 'transaction'))
          return () => Promise.reject(new KvError('ERR_KV_NOT_REACHABLE', 'away', { backend: 'memory' }));
        if (name !== 'transaction') return value.bind(target) as unknown;
        return (conditions: readonly KvCondition[], operations: readonly KvOperation[], options?: KvOptions) => {
          options?.signal?.throwIfAborted();
          // What was sent arrives, whatever becomes of the caller.
          const go = (): Promise<readonly KvPair[]> => target.transaction(conditions, operations);
          const keys = operations.map(({ key }) => key);
          return this.hook?.({ conditions, operations, keys, go }) ?? go();
        };
      },
    });
  }
}

/** Members of one log in memory. */
export class Cluster {
  readonly inner: KvStore;
  readonly #opened: ReplicatedStore[] = [];

  constructor(inner: KvStore) {
    this.inner = inner;
  }

  static async start(): Promise<Cluster> {
    return new Cluster(await createStore('memory'));
  }

  /** Another member, on the key/value store itself or on a hooked one. */
  async open(options: ReplicatedOptions = {}, kv: KvStore = this.inner): Promise<ReplicatedStore> {
    const store = await openStore({ kv, prefix: 'log' }, options);
    this.#opened.push(store);
    return store;
  }

  async end(): Promise<void> {
    for (const store of this.#opened) await store.close();
    await this.inner.close();
  }
}

/** The hash of a snapshot: equal contents have equal bytes. */
export function hashOf(store: ReplicatedStore): string {
  return createHash('sha256').update(StoreSnapshot.encode(store.save())).digest('hex');
}

/** The error of a write without an answer. */
export function noAnswer(): KvError {
  return new KvError('ERR_KV_OUTCOME_UNKNOWN', 'no answer', { backend: 'memory' });
}

/** True for the creation of an entry. */
export function isAppend({ keys }: Sent): boolean {
  return keys.some((key) => key.startsWith('log/log/'));
}

/** Waits until something holds, a turn of the event loop at a time. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await setImmediate();
}
