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
  selectedRecords,
} from './layout.ts';
import { decodeRecord, decodeRecordHeader, expiresOf, isExpired, pairOf } from './record.ts';
import type { DriverRange, DriverSelection } from '../backend/driver.ts';
import type { KvPair } from '../api/calls.ts';
import type { LmdbDatabase } from './client.ts';
import type { LmdbRecord } from './record.ts';

/** The reads of one state of the database. A key that has expired counts as absent, even if it is not deleted yet. */
export class ReadAccess {
  readonly #database: LmdbDatabase;

  constructor(database: LmdbDatabase) {
    this.#database = database;
  }

  /** The number of the last write by any process. */
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

  /** The pairs of a selection, up to a number of bytes: one pair at least, unless there is none. */
  selected(selection: DriverSelection, maxBytes: number = Infinity): readonly KvPair[] {
    const { limit = Infinity, reverse, keysOnly } = selection;
    const pairs: KvPair[] = [];
    let bytes = 0;
    for (const { key: stored, value } of this.#database.getRange(selectedRecords(selection, reverse))) {
      const key = keyOfRecord(stored);
      if (isExpired(expiresOf(value)) || key === selection.before) continue;
      pairs.push(pairOf(key, keysOnly ? decodeRecordHeader(value) : decodeRecord(value)));
      bytes += value.byteLength + stored.byteLength;
      if (pairs.length >= limit || bytes >= maxBytes) break;
    }
    return pairs;
  }

  /** All pairs whose keys start with `prefix`. */
  pairs(prefix: string): readonly KvPair[] {
    const pairs: KvPair[] = [];
    for (const { key, value } of this.#database.getRange(recordRange(prefix))) {
      if (!isExpired(expiresOf(value))) pairs.push(pairOf(keyOfRecord(key), decodeRecord(value)));
    }
    return pairs;
  }

  /** All keys of a range, expired ones included. */
  keys(range: DriverRange): readonly string[] {
    return [...this.#database.getKeys(selectedRecords(range, false))].map(keyOfRecord);
  }

  hasExpired(): boolean {
    return [...this.#database.getKeys({ ...expiryRange(Date.now()), limit: 1 })].length > 0;
  }

  expiredKeys(): readonly string[] {
    return [...this.#database.getKeys(expiryRange(Date.now()))].map(keyOfExpiry);
  }

  /**
   * The keys that writes after `number` have changed: each once, in the order of their last change. Undefined when the
   * changes are no longer kept. Costs O(writes since `number`).
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
