import { KvError } from '../../errors/kv-error.ts';
import { kvOptionChecks } from '../../kv/api/option-checks.ts';
import { SeededRandom } from '../random/seeded-random.ts';
import type { KeepAlive, KeepAliveOptions } from '../../kv/api/keep-alive.ts';
import type { KvChanges, KvChangesOptions, KvPairs } from '../../kv/api/changes.ts';
import type {
  KvCondition,
  KvDeleteRangeOptions,
  KvDurability,
  KvEvent,
  KvLimits,
  KvListOptions,
  KvLock,
  KvLockOptions,
  KvOperation,
  KvOptions,
  KvPair,
  KvPrevious,
  KvRead,
  KvReadOptions,
  KvStoredPair,
  KvWatcher,
  KvWriteOptions,
} from '../../kv/api/calls.ts';
import type { KvStore } from '../../kv/api/kv-store.ts';

/**
 * The faults of a call. `refused`: it fails before it has an effect. `late`: it fails, and its effect comes afterwards.
 * `lost`: it fails after its effect. `delayed`: its answer arrives after the answer of a newer call.
 */
export type KvFault = 'refused' | 'late' | 'lost' | 'delayed';

export interface FaultyKvStoreOptions {
  readonly seed: number;
  /** The share of calls that get each fault, 0 by default. Together they are 1 at most. */
  readonly rates: Readonly<Partial<Record<KvFault, number>>>;
  /** Called with each fault when it is chosen, before the call runs. */
  readonly onFault?: ((fault: KvFault, call: string) => void) | undefined;
}

const checks = kvOptionChecks<FaultyKvStoreOptions>('FaultyKvStore', ['seed', 'rates', 'onFault']);
const rateChecks = kvOptionChecks<FaultyKvStoreOptions['rates']>('FaultyKvStore.rates', [
  'refused',
  'late',
  'lost',
  'delayed',
]);

/**
 * A store that passes calls to another store and makes some of them fail. The faults are random, and the same for the
 * same seed and the same calls. Streams, renewals and locks are passed on without faults. Effects and answers that are
 * held back go on after the next call, or with `settle`.
 *
 * @example
 * ```ts
 * import { createStore, isKvError } from 'swarmstate/kv';
 * import { FaultyKvStore } from 'swarmstate/testing';
 *
 * const kv = new FaultyKvStore(await createStore('memory'), { seed: 7, rates: { lost: 0.1, late: 0.1 } });
 * await kv.put('a', '1').catch((error: unknown) => {
 *   if (!isKvError(error, 'ERR_KV_OUTCOME_UNKNOWN')) throw error;
 * });
 * await kv.settle();
 * ```
 */
export class FaultyKvStore implements KvStore {
  readonly backend: string;
  readonly maxValueBytes: number;
  readonly limits: KvLimits;
  readonly readOnly: boolean;
  readonly durability: KvDurability;
  readonly #inner: KvStore;
  readonly #options: FaultyKvStoreOptions;
  readonly #random: SeededRandom;
  readonly #going = new Set<Promise<void>>();
  #held: (() => Promise<void>)[] = [];

  /** Throws `ERR_KV_INVALID_ARGUMENT` for unknown options and unknown faults. The rates are read at each call. */
  constructor(inner: KvStore, options: FaultyKvStoreOptions) {
    checks.names(options);
    rateChecks.names(options.rates);
    this.#inner = inner;
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
    this.backend = inner.backend;
    this.maxValueBytes = inner.maxValueBytes;
    this.limits = inner.limits;
    this.readOnly = inner.readOnly;
    this.durability = inner.durability;
  }

  put(key: string, value: Uint8Array | string, options?: KvWriteOptions): Promise<KvStoredPair> {
    return this.#call('put', true, () => this.#inner.put(key, value, options));
  }

  get(key: string, options?: KvReadOptions): Promise<KvStoredPair> {
    return this.#call('get', false, () => this.#inner.get(key, options));
  }

  delete(key: string, options?: KvOptions): Promise<void> {
    return this.#call('delete', true, () => this.#inner.delete(key, options));
  }

  getOrUndefined(key: string, options?: KvReadOptions): Promise<KvStoredPair | undefined> {
    return this.#call('getOrUndefined', false, () => this.#inner.getOrUndefined(key, options));
  }

  exists(key: string, options?: KvReadOptions): Promise<boolean> {
    return this.#call('exists', false, () => this.#inner.exists(key, options));
  }

  read(keys: readonly string[], options?: KvReadOptions): Promise<KvRead> {
    return this.#call('read', false, () => this.#inner.read(keys, options));
  }

  list(prefix: string, options?: KvListOptions): Promise<readonly KvStoredPair[]> {
    return this.#call('list', false, () => this.#inner.list(prefix, options));
  }

  pairs(prefix: string, options?: KvListOptions): KvPairs {
    return this.#inner.pairs(prefix, options);
  }

  changes(prefix: string, options?: KvChangesOptions): KvChanges {
    return this.#inner.changes(prefix, options);
  }

  deleteRange(prefix: string, options?: KvDeleteRangeOptions): Promise<number> {
    return this.#call('deleteRange', true, () => this.#inner.deleteRange(prefix, options));
  }

  deleteTree(prefix: string, options?: KvOptions): Promise<void> {
    return this.#call('deleteTree', true, () => this.#inner.deleteTree(prefix, options));
  }

  atomicPut(
    key: string,
    value: Uint8Array | string,
    previous: KvPrevious | undefined,
    options?: KvWriteOptions,
  ): Promise<KvStoredPair> {
    return this.#call('atomicPut', true, () => this.#inner.atomicPut(key, value, previous, options));
  }

  atomicDelete(key: string, previous: KvPrevious, options?: KvOptions): Promise<void> {
    return this.#call('atomicDelete', true, () => this.#inner.atomicDelete(key, previous, options));
  }

  transaction(
    conditions: readonly KvCondition[],
    operations: readonly KvOperation[],
    options?: KvOptions,
  ): Promise<readonly KvStoredPair[]> {
    return this.#call('transaction', true, () => this.#inner.transaction(conditions, operations, options));
  }

  newLock(key: string, options?: KvLockOptions): Promise<KvLock> {
    return this.#inner.newLock(key, options);
  }

  watch(key: string, options?: KvOptions): KvWatcher<KvEvent> {
    return this.#inner.watch(key, options);
  }

  watchTree(prefix: string, options?: KvOptions): KvWatcher<readonly KvStoredPair[]> {
    return this.#inner.watchTree(prefix, options);
  }

  keepAlive(pair: KvPair, options: KeepAliveOptions): KeepAlive {
    return this.#inner.keepAlive(pair, options);
  }

  /** Releases the effects and answers that are held back, and waits for them. */
  async settle(): Promise<void> {
    while (this.#held.length + this.#going.size > 0) {
      const held = this.#held;
      this.#held = [];
      await goOn(held);
      await Promise.all([...this.#going]);
    }
  }

  async close(): Promise<void> {
    await this.settle();
    await this.#inner.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #call<T>(name: string, writes: boolean, effect: () => Promise<T>): Promise<T> {
    const fault = this.#choose();
    if (fault !== undefined) this.#options.onFault?.(fault, name);
    const older = this.#held;
    this.#held = [];
    const answer = this.#run(fault, name, writes, effect);
    // Older calls that are held back go on after the caller of this newer call has got its answer.
    const after = settled(answer)
      .then(() => new Promise((resolve) => setImmediate(resolve)))
      .then(() => goOn(older))
      .finally(() => this.#going.delete(after));
    this.#going.add(after);
    return answer;
  }

  async #run<T>(fault: KvFault | undefined, name: string, writes: boolean, effect: () => Promise<T>): Promise<T> {
    const failure = (): KvError =>
      writes && fault !== 'refused'
        ? new KvError('ERR_KV_OUTCOME_UNKNOWN', `${name} was sent and not answered (a planned fault)`, {
            backend: this.backend,
          })
        : new KvError('ERR_KV_NOT_REACHABLE', `${name} did not get through (a planned fault)`, {
            backend: this.backend,
          });
    switch (fault) {
      case 'refused':
        throw failure();
      case 'late':
        this.#held.push(() => settled(effect()));
        throw failure();
      case 'lost':
        await settled(effect());
        throw failure();
      case 'delayed': {
        const answer = effect();
        await settled(answer);
        await new Promise<void>((resolve) => {
          this.#held.push(() => {
            resolve();
            return Promise.resolve();
          });
        });
        return answer;
      }
      case undefined:
        return effect();
    }
  }

  #choose(): KvFault | undefined {
    let left = this.#random.next();
    for (const fault of ['refused', 'late', 'lost', 'delayed'] as const) {
      left -= this.#options.rates[fault] ?? 0;
      if (left < 0) return fault;
    }
    return undefined;
  }
}

async function goOn(held: readonly (() => Promise<void>)[]): Promise<void> {
  for (const step of held) await step();
}

async function settled(promise: Promise<unknown>): Promise<void> {
  await promise.catch(() => undefined);
}
