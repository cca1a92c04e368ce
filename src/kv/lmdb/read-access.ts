import {
  changesKey,
  counterKey,
  decodeKeys,
  decodeNumber64,
  expiryRange,
  keyOfExpiry,
  keyOfRecord,
  recordKey,
  recordRange,
} from './layout.ts';
import { decodeRecord, expiresOf, isExpired, pairOf } from './record.ts';
import type { KvPair } from '../api/calls.ts';
import type { LmdbDatabase } from './client.ts';
import type { LmdbRecord } from './record.ts';

/** What can be read at one moment. Keys that have expired and are not deleted yet count as gone. */
export class ReadAccess {
  readonly #database: LmdbDatabase;

  constructor(database: LmdbDatabase) {
    this.#database = database;
  }

  /** The number of the last write, of any process. */
  counter(): bigint {
    const stored = this.#database.get(counterKey);
    return stored === undefined ? 0n : decodeNumber64(stored);
  }

  record(key: string): LmdbRecord | undefined {
    const stored = this.#database.get(recordKey(key));
    return stored === undefined || isExpired(expiresOf(stored)) ? undefined : decodeRecord(stored);
  }

  pair(key: string): KvPair | undefined {
    const record = this.record(key);
    return record === undefined ? undefined : pairOf(key, record);
  }

  /** All pairs whose keys start with a prefix. */
  pairs(prefix: string): readonly KvPair[] {
    const pairs: KvPair[] = [];
    for (const { key, value } of this.#database.getRange(recordRange(prefix))) {
      if (!isExpired(expiresOf(value))) pairs.push(pairOf(keyOfRecord(key), decodeRecord(value)));
    }
    return pairs;
  }

  /** The keys that start with a prefix, those that have expired included. */
  keys(prefix: string): readonly string[] {
    return [...this.#database.getKeys(recordRange(prefix))].map(keyOfRecord);
  }

  hasExpired(): boolean {
    return [...this.#database.getKeys({ ...expiryRange(Date.now()), limit: 1 })].length > 0;
  }

  expiredKeys(): readonly string[] {
    return [...this.#database.getKeys(expiryRange(Date.now()))].map(keyOfExpiry);
  }

  /**
   * The keys that were changed after write `number`, each once, the last changed one last; undefined when that is not
   * known any more.
   */
  changedSince(number: bigint): readonly string[] | undefined {
    const last = this.counter();
    const keys = new Set<string>();
    for (let next = number + 1n; next <= last; next++) {
      const stored = this.#database.get(changesKey(next));
      if (stored === undefined) return undefined;
      for (const key of decodeKeys(stored)) {
        keys.delete(key);
        keys.add(key);
      }
    }
    return [...keys];
  }
}
