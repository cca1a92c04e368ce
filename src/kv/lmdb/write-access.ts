import { ReadAccess } from './read-access.ts';
import { changesKey, counterKey, encodeKeys, expiryKey, number64, recordKey } from './layout.ts';
import { encodeRecord, expiresOf, isExpired } from './record.ts';
import type { LmdbDatabase } from './client.ts';
import type { LmdbRecord } from './record.ts';

/** The number of writes whose changed keys are kept. A watcher that is further behind reads the state again. */
export const keptChanges = 1000;

/** The most bytes of changed keys that are kept for one write. After a larger write, watchers read the state again. */
const maxChangesBytes = 64 * 1024;

/**
 * The reads and writes of an action in a write transaction. They keep the counter, the expiry index and the kept
 * changes consistent with the records.
 */
export class WriteAccess extends ReadAccess {
  /** The number of this write, the `lastIndex` of all its puts. */
  readonly number: bigint;
  readonly #database: LmdbDatabase;
  readonly #changed: string[] = [];
  #hasWritten = false;

  constructor(database: LmdbDatabase) {
    super(database);
    this.#database = database;
    this.number = this.counter() + 1n;
  }

  get hasWritten(): boolean {
    return this.#hasWritten;
  }

  put(key: string, value: Uint8Array, ttl: number | undefined): void {
    this.#changed.push(key);
    this.#replace(key, {
      lastIndex: this.number,
      ttl: ttl ?? 0,
      expires: ttl === undefined ? 0 : expiryAfter(ttl),
      value,
    });
  }

  /** Starts the ttl anew. Watchers are not told: a renewal is not a change. */
  renew(key: string, record: LmdbRecord): void {
    if (record.ttl > 0) this.#replace(key, { ...record, expires: expiryAfter(record.ttl) });
  }

  /** Returns false for an absent key, and also for an expired one, which is deleted. */
  delete(key: string): boolean {
    const expires = this.#forget(key);
    if (expires === undefined) return false;
    this.#database.removeSync(recordKey(key));
    this.#changed.push(key);
    this.#hasWritten = true;
    return !isExpired(expires);
  }

  /** Stores the counter and the changed keys of this write. To be called at the end of the transaction. */
  finish(): void {
    if (this.#changed.length === 0) return;
    this.#database.putSync(counterKey, number64(this.number));
    const changes = encodeKeys(this.#changed);
    if (changes.byteLength <= maxChangesBytes) this.#database.putSync(changesKey(this.number), changes);
    const kept = BigInt(keptChanges);
    if (this.number > kept) this.#database.removeSync(changesKey(this.number - kept));
  }

  #replace(key: string, record: LmdbRecord): void {
    this.#hasWritten = true;
    this.#forget(key);
    if (record.expires !== 0) this.#database.putSync(expiryKey(record.expires, key), Buffer.of(0));
    this.#database.putSync(recordKey(key), encodeRecord(record));
  }

  /** Removes the key from the expiry index. Returns its expiry: 0 for never, undefined for an absent key. */
  #forget(key: string): number | undefined {
    const stored = this.#database.get(recordKey(key));
    if (stored === undefined) return undefined;
    const expires = expiresOf(stored);
    if (expires !== 0) this.#database.removeSync(expiryKey(expires, key));
    return expires;
  }
}

function expiryAfter(ttl: number): number {
  return Math.ceil(Date.now() + ttl);
}
