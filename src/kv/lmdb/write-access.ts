import { ReadAccess } from './read-access.ts';
import { changesKey, counterKey, encodeKeys, expiryKey, number64, recordKey } from './layout.ts';
import { encodeRecord, expiresOf, isExpired } from './record.ts';
import type { LmdbDatabase } from './client.ts';
import type { LmdbRecord } from './record.ts';

/** For so many writes it is kept which keys they changed. A watcher that is further behind reads everything again. */
const keptChanges = 1000n;

/** A write that changed more than that, in bytes of keys, does not tell them one by one. */
const maxChangesBytes = 64 * 1024;

/**
 * What an action can do inside a write transaction. It keeps the counter, the expiries and the changes in step with the
 * records.
 */
export class WriteAccess extends ReadAccess {
  /** The number of this write, which is the `lastIndex` of all that it puts. */
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

  /** Starts the ttl again, which is no change that anybody is told. */
  renew(key: string, record: LmdbRecord): void {
    if (record.ttl > 0) this.#replace(key, { ...record, expires: expiryAfter(record.ttl) });
  }

  /** False when there is no such key; one that has expired is deleted, and false as well. */
  delete(key: string): boolean {
    const expires = this.#forget(key);
    if (expires === undefined) return false;
    this.#database.removeSync(recordKey(key));
    this.#changed.push(key);
    this.#hasWritten = true;
    return !isExpired(expires);
  }

  /** Stores what later writes and those who watch need to know. */
  finish(): void {
    if (this.#changed.length === 0) return;
    this.#database.putSync(counterKey, number64(this.number));
    const changes = encodeKeys(this.#changed);
    if (changes.byteLength <= maxChangesBytes) this.#database.putSync(changesKey(this.number), changes);
    if (this.number > keptChanges) this.#database.removeSync(changesKey(this.number - keptChanges));
  }

  #replace(key: string, record: LmdbRecord): void {
    this.#hasWritten = true;
    this.#forget(key);
    if (record.expires !== 0) this.#database.putSync(expiryKey(record.expires, key), Buffer.of(0));
    this.#database.putSync(recordKey(key), encodeRecord(record));
  }

  /** Takes the expiry of a key out of the index, and gives it: 0 for never, undefined where there is no such key. */
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
