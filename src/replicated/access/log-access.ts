import type { Clock } from '../../base/clock.ts';
import { isKvError } from '../../errors/kv-error.ts';
import type { KvChanges } from '../../kv/api/changes.ts';
import type { KvCondition, KvOperation, KvPair } from '../../kv/api/calls.ts';
import type { KvStore } from '../../kv/api/kv-store.ts';
import { decodeClusterRecord, encodeClusterRecord } from '../generated/log.ts';
import type { ClusterRecord } from '../generated/log.ts';
import { corrupt, openPlain, sealPlain } from '../log/frame.ts';
import type { LogKeys } from '../log/layout.ts';
import { slotOf } from '../log/layout.ts';
import { logRefused } from '../log/refusal.ts';
import { FORMAT } from '../log/schema.ts';
import { failureOf, timed } from './call-time.ts';
import type { Failure } from './call-time.ts';

/** The guard of a log as it was read. A write asserts that it is still the same one. */
export interface Guard {
  readonly record: ClusterRecord;
  readonly lastIndex: bigint;
}

/** The outcome of one attempt to create an entry. */
export type Appended =
  | { readonly kind: 'created' }
  | { readonly kind: 'occupied'; readonly value: Uint8Array }
  | { readonly kind: 'trimmed' }
  | { readonly kind: 'guarded' }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly error: unknown };

/** The value of a slot. */
export interface SlotValue {
  readonly slot: number;
  readonly value: Uint8Array;
}

/** The calls of the key/value store that a log is made of. Each is bounded in time. */
export class LogAccess {
  readonly kv: KvStore;
  readonly keys: LogKeys;
  readonly #clock: Clock;
  readonly #callMs: number;

  constructor(kv: KvStore, keys: LogKeys, clock: Clock, callMs: number) {
    this.kv = kv;
    this.keys = keys;
    this.#clock = clock;
    this.#callMs = callMs;
  }

  /** Runs a call, bounded in time. */
  timed<T>(signal: AbortSignal | undefined, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return timed(this.#clock, this.#callMs, signal, call);
  }

  /** The guard; undefined where there is no log. Throws `ERR_LOG_REFUSED`. */
  async readGuard(signal?: AbortSignal): Promise<Guard | undefined> {
    const { pairs } = await this.timed(signal, (limited) => this.kv.read([this.keys.cluster], { signal: limited }));
    return pairs[0] === undefined ? undefined : this.guardOf(pairs[0]);
  }

  guardOf(pair: KvPair): Guard {
    const place = this.keys.place(this.keys.cluster);
    let record;
    try {
      record = decodeClusterRecord(openPlain(place, pair.value));
    } catch (error) {
      throw error instanceof RangeError ? corrupt(place, 'it is no record of a cluster', error) : error;
    }
    if (record.format !== FORMAT) {
      throw logRefused(
        'format',
        place,
        `the log has format ${record.format}, and this release reads ${FORMAT}; use the release that wrote it`,
      );
    }
    return { record, lastIndex: pair.lastIndex };
  }

  /**
   * Creates the entry of a slot, if it is the next one and lies above the floor: the entry before it must be there. A
   * trim deletes upwards and keeps the newest entry. So a late create finds the entry before it gone: it opens no
   * trimmed slot again, and leaves no gap (trap 4).
   */
  async append(slot: number, value: Uint8Array, guard: Guard, signal: AbortSignal | undefined): Promise<Appended> {
    const { keys } = this;
    const key = keys.entry(slot);
    const before = keys.entry(slot - 1);
    const conditions: readonly KvCondition[] = [
      { key, exists: false },
      { key: before, exists: true },
      { key: keys.cluster, lastIndex: guard.lastIndex },
    ];
    try {
      await this.timed(signal, (limited) =>
        this.kv.transaction(conditions, [{ type: 'put', key, value }], { signal: limited }),
      );
      return { kind: 'created' };
    } catch (error) {
      if (isKvError(error, 'ERR_KV_KEY_EXISTS') && error.key === key && error.pair !== undefined)
        return { kind: 'occupied', value: error.pair.value };
      if (isKvError(error, 'ERR_KV_KEY_NOT_FOUND') && error.key === before) return { kind: 'trimmed' };
      if (isKvError(error, 'ERR_KV_KEY_MODIFIED') && error.key === keys.cluster) return { kind: 'guarded' };
      return { kind: 'failed', failure: failureOf(error), error };
    }
  }

  /** The values from a slot on, that slot included, in order; at most `limit`. */
  async valuesFrom(slot: number, limit: number, signal?: AbortSignal): Promise<readonly SlotValue[]> {
    const { keys } = this;
    const pairs = await this.timed(signal, (limited) =>
      this.kv.list(keys.log, {
        limit,
        signal: limited,
        ...(slot === 0 ? {} : { after: keys.entry(slot - 1) }),
      }),
    );
    return pairs.map(({ key, value }) => ({ slot: this.slotOf(key), value }));
  }

  /** The slot in the key of an entry. Throws `ERR_LOG_REFUSED` for a key that no member wrote. */
  slotOf(key: string): number {
    const slot = slotOf(key.slice(this.keys.log.length + 1));
    if (slot !== undefined) return slot;
    throw logRefused(
      'foreign',
      this.keys.place(key),
      'no member of a log writes this key; give the log a prefix of its own',
    );
  }

  /** The value of one key, undefined where it is absent. */
  async read(key: string, signal?: AbortSignal): Promise<KvPair | undefined> {
    const { pairs } = await this.timed(signal, (limited) => this.kv.read([key], { signal: limited }));
    return pairs[0];
  }

  /** The changes of the log from now on. */
  changes(signal: AbortSignal): KvChanges {
    return this.kv.changes(this.keys.log, { signal });
  }

  /** Writes below conditions. Rejects as `KvStore.transaction` does. */
  async write(
    conditions: readonly KvCondition[],
    operations: readonly KvOperation[],
    signal?: AbortSignal,
  ): Promise<readonly KvPair[]> {
    return this.timed(signal, (limited) => this.kv.transaction(conditions, operations, { signal: limited }));
  }
}

/** The value of a guard. */
export function guardValue(record: ClusterRecord): Uint8Array {
  return sealPlain(encodeClusterRecord(record));
}
