import { onAbort } from '../../base/async/on-abort.ts';
import { KvError } from '../../errors/kv-error.ts';
import { normalKey, treePrefix } from '../api/key.ts';
import { TicketLock } from '../lock/lock.ts';
import { keyFold, treeFold } from './folds.ts';
import { ChangeStream, PairStream } from './revision-streams.ts';
import { Pair, stored } from './pair.ts';
import { Renewal } from './renewal.ts';
import { asksForAll, rangeOf, selectionOf } from './selections.ts';
import { StepWatcher } from './step-watcher.ts';
import {
  checkChangesOptions,
  checkDeleteRangeOptions,
  checkKeepAliveOptions,
  checkLockOptions,
  checkOptions,
  checkReadOptions,
  checkWriteOptions,
  noOptions,
} from '../api/option-checks.ts';
import {
  checkedConditions,
  checkedKeys,
  checkedOperations,
  checkedTtl,
  checkedValue,
  indexOf,
} from './check-transaction.ts';
import type { KeepAlive, KeepAliveOptions } from '../api/keep-alive.ts';
import type { KvChanges, KvChangesOptions, KvPairs } from '../api/changes.ts';
import type { DriverOperation, DriverPage, DriverStep, DriverTarget, KvDriver } from '../backend/driver.ts';
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
  KvWatcher,
  KvWriteOptions,
} from '../api/calls.ts';
import type { KvStore } from '../api/kv-store.ts';

/** When the writes of keys with a ttl were sent, by `performance.now()`: their ttl began then, or later. */
const sentAt = new WeakMap<KvPair, number>();

/** A store over a driver: the checks, atomic calls, watchers and renewals that are the same for all backends. */
export class DriverStore implements KvStore {
  readonly backend: string;
  readonly maxValueBytes: number;
  readonly limits: KvLimits;
  readonly readOnly: boolean;
  readonly durability: KvDurability;
  readonly #driver: KvDriver;
  readonly #watchers = new Set<{ close(): void }>();
  readonly #renewals = new Set<KeepAlive>();
  #closed: Promise<void> | undefined;

  constructor(backend: string, driver: KvDriver, readOnly: boolean) {
    this.backend = backend;
    this.maxValueBytes = driver.limits.valueBytes;
    this.limits = driver.limits;
    this.readOnly = readOnly;
    this.durability = driver.durability;
    this.#driver = driver;
  }

  async put(key: string, value: Uint8Array | string, options: KvWriteOptions = noOptions): Promise<Pair> {
    return this.#write(key, value, () => [], options);
  }

  async get(key: string, options: KvReadOptions = noOptions): Promise<Pair> {
    const normal = normalKey(key);
    const pair = await this.#read(normal, options);
    if (pair === undefined) throw conditionError({ key: normal, exists: true });
    return pair;
  }

  async getOrUndefined(key: string, options: KvReadOptions = noOptions): Promise<Pair | undefined> {
    return this.#read(normalKey(key), options);
  }

  async exists(key: string, options: KvReadOptions = noOptions): Promise<boolean> {
    return (await this.#read(normalKey(key), options)) !== undefined;
  }

  async delete(key: string, options: KvOptions = noOptions): Promise<void> {
    await this.transaction([{ key, exists: true }], [{ type: 'delete', key }], options);
  }

  async list(prefix: string, options: KvListOptions = noOptions): Promise<readonly Pair[]> {
    const selection = selectionOf(prefix, options);
    this.#begin(options);
    const { pairs } = await this.#driver.list(selection, { stale: options.stale === true, signal: options.signal });
    if (pairs.length === 0 && asksForAll(options)) throw nothingBelow(selection.prefix);
    return pairs.map((pair) => new Pair(pair));
  }

  pairs(prefix: string, options: KvListOptions = noOptions): KvPairs {
    const selection = selectionOf(prefix, options);
    this.#begin(noOptions);
    const read = (signal: AbortSignal): AsyncIterator<DriverPage> => {
      const call = { stale: options.stale === true, signal };
      return this.#driver.pages?.(selection, call) ?? onePage(this.#driver.list(selection, call));
    };
    return this.#opened(
      new PairStream({ backend: this.backend, read, signal: options.signal, onEnd: this.#ended }),
      options.signal,
    );
  }

  async read(keys: readonly string[], options: KvReadOptions = noOptions): Promise<KvRead> {
    const normal = checkedKeys(keys, this.limits);
    checkReadOptions(options);
    this.#begin(options);
    const { revision, pairs } = await this.#driver.read(normal, {
      stale: options.stale === true,
      signal: options.signal,
    });
    return { revision, pairs: pairs.map(stored) };
  }

  changes(prefix: string, options: KvChangesOptions = noOptions): KvChanges {
    const below = treePrefix(prefix);
    checkChangesOptions(options);
    this.#begin(noOptions);
    const { from, signal } = options;
    const read = (stop: AbortSignal): ReturnType<KvDriver['changes']> => this.#driver.changes(below, from, stop);
    return this.#opened(new ChangeStream({ backend: this.backend, read, signal, onEnd: this.#ended }), signal);
  }

  async deleteTree(prefix: string, options: KvOptions = noOptions): Promise<void> {
    const below = treePrefix(prefix);
    checkOptions(options);
    this.#beginWrite('deleteTree', options);
    const range = { prefix: below, after: undefined, before: undefined };
    if ((await this.#driver.deleteRange(range, { signal: options.signal })) === 0) throw nothingBelow(below);
  }

  async deleteRange(prefix: string, options: KvDeleteRangeOptions = noOptions): Promise<number> {
    checkDeleteRangeOptions(options);
    const range = rangeOf(prefix, options);
    this.#beginWrite('deleteRange', options);
    return this.#driver.deleteRange(range, { signal: options.signal });
  }

  async atomicPut(
    key: string,
    value: Uint8Array | string,
    previous: KvPrevious | undefined,
    options: KvWriteOptions = noOptions,
  ): Promise<Pair> {
    const expected = previous as KvPrevious | null | undefined;
    return this.#write(
      key,
      value,
      (normal) => [
        expected === undefined || expected === null
          ? { key: normal, exists: false }
          : { key: normal, lastIndex: indexOf('previous', expected, normal) },
      ],
      options,
    );
  }

  async atomicDelete(key: string, previous: KvPrevious, options: KvOptions = noOptions): Promise<void> {
    const expected = previous as KvPrevious | null | undefined;
    if (expected === undefined || expected === null) {
      throw new KvError(
        'ERR_KV_PREVIOUS_NOT_SPECIFIED',
        `atomicDelete of ${key} needs the pair that it is to delete; get it first`,
        { key },
      );
    }
    const normal = normalKey(key);
    const conditions: KvCondition[] = [
      { key: normal, exists: true },
      { key: normal, lastIndex: indexOf('previous', expected, normal) },
    ];
    await this.transaction(conditions, [{ type: 'delete', key }], options);
  }

  async transaction(
    conditions: readonly KvCondition[],
    operations: readonly KvOperation[],
    options: KvOptions = noOptions,
  ): Promise<readonly Pair[]> {
    checkOptions(options);
    const checked = checkedConditions(conditions);
    return this.#commit(checked, checkedOperations(checked.length, operations, this.limits), options);
  }

  watch(key: string, options: KvOptions = noOptions): KvWatcher<KvEvent> {
    const normal = normalKey(key);
    checkOptions(options);
    return this.#follow({ key: normal }, keyFold(normal), options.signal);
  }

  watchTree(prefix: string, options: KvOptions = noOptions): KvWatcher<readonly Pair[]> {
    const below = treePrefix(prefix);
    checkOptions(options);
    return this.#follow({ prefix: below }, treeFold(), options.signal);
  }

  newLock(key: string, options: KvLockOptions = noOptions): Promise<KvLock> {
    return Promise.resolve().then(() => {
      const normal = normalKey(key);
      checkLockOptions(options);
      const { value = '', ttl = 20_000, keepValue = false } = options;
      const checked = { value: checkedValue(value, normal), ttl: checkedTtl(ttl, normal), keepValue };
      this.#beginWrite('newLock', options);
      return new TicketLock(this, normal, checked);
    });
  }

  keepAlive(pair: KvPair, options: KeepAliveOptions): KeepAlive {
    checkKeepAliveOptions(options);
    const { ttl, signal } = options;
    const key = normalKey((pair as KvPair | null | undefined)?.key as string);
    const lastIndex = indexOf('pair', pair, key);
    checkedTtl(ttl, key);
    this.#beginWrite('keepAlive', options);
    const renew = (stopped: AbortSignal): Promise<boolean> => this.#driver.renew(key, lastIndex, { signal: stopped });
    const renewal: KeepAlive = new Renewal({ backend: this.backend, key, ttl, since: sentAt.get(pair) }, renew, () => {
      this.#renewals.delete(renewal);
      forgetSignal?.();
    });
    const forgetSignal = signal === undefined ? undefined : onAbort(signal, () => renewal.stop());
    this.#renewals.add(renewal);
    return renewal;
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #end(): Promise<void> {
    for (const renewal of [...this.#renewals]) renewal.stop();
    for (const watcher of [...this.#watchers]) watcher.close();
    await this.#driver.close();
  }

  #begin({ signal }: KvOptions): void {
    if (this.#closed !== undefined)
      throw new KvError('ERR_KV_CLOSED', 'the store is closed; open another with createStore', {
        backend: this.backend,
      });
    signal?.throwIfAborted();
  }

  #beginWrite(operation: string, options: KvOptions): void {
    if (this.readOnly) {
      throw new KvError('ERR_KV_READ_ONLY', `the store was opened to read only; ${operation} writes`, {
        backend: this.backend,
        operation,
      });
    }
    this.#begin(options);
  }

  async #read(key: string, options: KvReadOptions): Promise<Pair | undefined> {
    checkReadOptions(options);
    this.#begin(options);
    return stored(await this.#driver.get(key, { stale: options.stale === true, signal: options.signal }));
  }

  async #write(
    key: string,
    value: Uint8Array | string,
    conditions: (normal: string) => readonly KvCondition[],
    options: KvWriteOptions,
  ): Promise<Pair> {
    const normal = normalKey(key);
    checkWriteOptions(options);
    const { ttl, keepAlive } = options;
    if (keepAlive === true && ttl === undefined) {
      throw new KvError('ERR_KV_INVALID_ARGUMENT', `keepAlive of ${normal} renews a ttl; give one`, {
        argument: 'ttl',
        key: normal,
      });
    }
    const operations = checkedOperations(1, [{ type: 'put', key: normal, value, ttl }], this.limits);
    const [pair] = await this.#commit(conditions(normal), operations, options);
    if (pair === undefined) throw new Error(`the driver of ${this.backend} lost a pair`);
    // The renewal ends by itself as soon as it finds another write of the key.
    if (keepAlive === true && ttl !== undefined && this.#closed === undefined) this.keepAlive(pair, { ttl });
    return pair;
  }

  async #commit(
    conditions: readonly KvCondition[],
    operations: readonly DriverOperation[],
    options: KvOptions,
  ): Promise<readonly Pair[]> {
    this.#beginWrite('transaction', options);
    const sent = performance.now();
    const result = await this.#driver.commit(conditions, operations, { signal: options.signal });
    if (result.failed !== undefined) {
      const condition = conditions[result.failed];
      throw condition === undefined
        ? new Error(`the driver of ${this.backend} blames a condition that is not there`)
        : conditionError(condition, stored(result.pair));
    }
    const { lastIndex } = result;
    return operations.flatMap((operation) => {
      if (operation.type !== 'put') return [];
      const pair = new Pair({ key: operation.key, value: operation.value.slice(), lastIndex });
      if (operation.ttl !== undefined) sentAt.set(pair, sent);
      return [pair];
    });
  }

  #follow<T>(
    target: DriverTarget,
    fold: (step: DriverStep) => readonly T[],
    signal: AbortSignal | undefined,
  ): KvWatcher<T> {
    this.#begin(noOptions);
    const follow = (stop: AbortSignal): AsyncIterator<DriverStep> => this.#driver.follow(target, stop);
    return this.#opened(new StepWatcher<DriverStep, T>(follow, fold, signal, this.#ended), signal);
  }

  /** Notes a stream, so that it ends with the store. */
  #opened<Stream extends { close(): void }>(stream: Stream, signal: AbortSignal | undefined): Stream {
    if (signal?.aborted !== true) this.#watchers.add(stream);
    return stream;
  }

  readonly #ended = (stream: { close(): void }): void => void this.#watchers.delete(stream);
}

async function* onePage(page: Promise<DriverPage>): AsyncGenerator<DriverPage, void> {
  yield await page;
}

function nothingBelow(prefix: string): KvError {
  return new KvError('ERR_KV_KEY_NOT_FOUND', `there is nothing below "${prefix}"`, { key: prefix });
}

/** `pair` is what the condition met. */
function conditionError(condition: KvCondition, pair?: KvPair): KvError {
  const { key } = condition;
  if (condition.exists === true) return new KvError('ERR_KV_KEY_NOT_FOUND', `there is no ${key}`, { key });
  if (condition.exists === false)
    return new KvError('ERR_KV_KEY_EXISTS', `${key} is there already; get it and pass it as previous`, { key, pair });
  return new KvError('ERR_KV_KEY_MODIFIED', `${key} has changed since it was read; get it again and decide anew`, {
    key,
    pair,
  });
}
