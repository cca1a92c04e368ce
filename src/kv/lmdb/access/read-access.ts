import {
  changesKey,
  counterKey,
  decodeChanges,
  decodeCounter,
  expiryRange,
  keyOfExpiry,
  keyOfRecord,
  pastKey,
  recordKey,
  recordRange,
  selectedRecords,
} from './layout.ts';
import { decodeRecord, decodeRecordHeader, expiresOf, isExpired, pairOf } from './record.ts';
import type { Counter } from './layout.ts';
import type { DriverChange, DriverChanges, DriverRange, DriverSelection } from '../../backend/driver.ts';
import type { KvPair } from '../../api/calls.ts';
import type { LmdbDatabase, LmdbTransaction } from './client.ts';
import type { LmdbRecord } from './record.ts';

/** A look at changes ends with the write that makes these many changes, or bytes. */
const changesPerLook = 1000;
const bytesPerLook = 4 * 1024 * 1024;

/** The reads of one state of the database. A key that has expired counts as absent, even if it is not deleted yet. */
export class ReadAccess {
  readonly #database: LmdbDatabase;
  readonly #transaction: LmdbTransaction | undefined;

  /** `transaction` keeps the state of `counter` and `selected`; without it they read the newest state. */
  constructor(database: LmdbDatabase, transaction?: LmdbTransaction) {
    this.#database = database;
    this.#transaction = transaction;
  }

  /** The number of the last write by any process. */
  counter(): bigint {
    return this.history().number;
  }

  /** The last write by any process, and what is kept of those before it. */
  history(): Counter {
    return decodeCounter(this.#database.get(counterKey, { transaction: this.#transaction }));
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
    const range = { ...selectedRecords(selection, reverse), transaction: this.#transaction };
    for (const { key: stored, value } of this.#database.getRange(range)) {
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
    const { number: last, oldest } = this.history();
    if (number < oldest || number > last) return undefined;
    const keys = new Set<string>();
    for (let next = number + 1n; next <= last; next++) {
      const stored = this.#database.get(changesKey(next));
      if (stored === undefined) return undefined;
      for (const key of decodeChanges(stored).keys) {
        keys.delete(key);
        keys.add(key);
      }
    }
    return [...keys];
  }

  /**
   * The changes of keys that start with `prefix`, after the write `from`: those of whole writes, until there are
   * enough. Undefined when they are not kept. `isLast` is true when no later write is there.
   */
  changesAfter(from: bigint, prefix: string): (DriverChanges & { readonly isLast: boolean }) | undefined {
    const { number: last, oldest } = this.history();
    if (from < oldest || from > last) return undefined;
    const changes: DriverChange[] = [];
    let revision = from;
    let bytes = 0;
    while (revision < last && changes.length < changesPerLook && bytes < bytesPerLook) {
      revision++;
      const stored = this.#database.get(changesKey(revision));
      if (stored === undefined) return undefined;
      const changed = decodeChanges(stored);
      for (const key of changed.keys) {
        if (key.startsWith(prefix)) changes.push({ key, pair: this.#written(key, revision), revision });
      }
      if (changes.at(-1)?.revision === revision) bytes += changed.bytes;
    }
    return { revision, changes, isLast: revision === last };
  }

  /** The pair that a kept write has put; undefined when it has deleted the key. An expired pair counts. */
  #written(key: string, number: bigint): KvPair | undefined {
    const current = this.#database.get(recordKey(key));
    if (current !== undefined && decodeRecordHeader(current).lastIndex === number)
      return pairOf(key, decodeRecord(current));
    const past = this.#database.get(pastKey(number, key));
    return past === undefined ? undefined : pairOf(key, decodeRecord(past));
  }
}
