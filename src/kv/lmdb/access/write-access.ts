import { ReadAccess } from './read-access.ts';
import {
  changesKey,
  counterKey,
  decodeChanges,
  encodeChanges,
  encodeCounter,
  expiryKey,
  pastKey,
  pastRange,
  recordKey,
} from './layout.ts';
import { decodeRecordHeader, encodeRecord, isExpired } from './record.ts';
import type { LmdbDatabase } from './client.ts';
import type { Counter } from './layout.ts';
import type { LmdbRecord } from './record.ts';

/** The most bytes that kept changes may take. The changes of the last write are always kept. */
const keptBytes = 16 * 1024 * 1024;

/**
 * A larger value is not kept once it is written over or deleted. The changes up to its write are dropped then. So a
 * delete does not need the room of a large value, and works on a full disk.
 */
const largestPast = 16 * 1024;

/**
 * The reads and writes of an action in a write transaction. They keep the counter, the expiry index and the kept
 * changes consistent with the records.
 */
export class WriteAccess extends ReadAccess {
  /** The number of this write, the `lastIndex` of all its puts. */
  readonly number: bigint;
  readonly #database: LmdbDatabase;
  readonly #before: Counter;
  readonly #changed: string[] = [];
  #bytes = 0;
  /** The changes up to this write cannot be told any more. */
  #lost = 0n;
  #hasWritten = false;

  constructor(database: LmdbDatabase) {
    super(database);
    this.#database = database;
    this.#before = this.history();
    this.number = this.#before.number + 1n;
  }

  get hasWritten(): boolean {
    return this.#hasWritten;
  }

  put(key: string, value: Uint8Array, ttl: number | undefined): void {
    this.#note(key, value.byteLength);
    this.#forget(key, true);
    this.#store(key, {
      lastIndex: this.number,
      ttl: ttl ?? 0,
      expires: ttl === undefined ? 0 : expiryAfter(ttl),
      value,
    });
  }

  /** Starts the ttl anew. Watchers are not told: a renewal is not a change. */
  renew(key: string, record: LmdbRecord): void {
    if (record.ttl === 0) return;
    this.#forget(key, false);
    this.#store(key, { ...record, expires: expiryAfter(record.ttl) });
  }

  /** Returns false for an absent key, and also for an expired one, which is deleted. */
  delete(key: string): boolean {
    const expires = this.#forget(key, true);
    if (expires === undefined) return false;
    this.#database.removeSync(recordKey(key));
    this.#note(key, 0);
    this.#hasWritten = true;
    return !isExpired(expires);
  }

  /**
   * Stores the counter and the changes of this write. To be called at the end of the transaction. `history` is the
   * number of writes whose changes are kept. Old ones are dropped an eighth of them at a time.
   */
  finish(history: number): void {
    if (this.#changed.length === 0) return;
    this.#database.putSync(changesKey(this.number), encodeChanges({ bytes: this.#bytes, keys: this.#changed }));
    const { oldest, bytes } = this.#keptAfter(history);
    this.#database.putSync(counterKey, encodeCounter({ number: this.number, oldest, bytes }));
  }

  /** Drops old changes, with their past records. Returns what is kept then. */
  #keptAfter(history: number): { readonly oldest: bigint; readonly bytes: number } {
    let { oldest, bytes } = this.#before;
    bytes += this.#bytes;
    const isFull = this.number - oldest > BigInt(history + Math.ceil(history / 8)) || bytes > keptBytes;
    if (!isFull && this.#lost <= oldest) return { oldest, bytes };
    const end = isFull ? this.number - BigInt(history) : 0n;
    while (
      oldest + 1n < this.number &&
      (oldest < end || oldest < this.#lost || (isFull && bytes > (keptBytes * 7) / 8))
    ) {
      oldest++;
      const stored = this.#database.get(changesKey(oldest));
      if (stored !== undefined) bytes -= decodeChanges(stored).bytes;
      this.#database.removeSync(changesKey(oldest));
    }
    for (const key of [...this.#database.getKeys(pastRange(oldest))]) this.#database.removeSync(key);
    return { oldest, bytes };
  }

  #note(key: string, bytes: number): void {
    this.#changed.push(key);
    this.#bytes += Buffer.byteLength(key) + (bytes > largestPast ? 0 : bytes);
  }

  #store(key: string, record: LmdbRecord): void {
    this.#hasWritten = true;
    if (record.expires !== 0) this.#database.putSync(expiryKey(record.expires, key), Buffer.of(0));
    this.#database.putSync(recordKey(key), encodeRecord(record));
  }

  /**
   * Removes the key from the expiry index, and keeps the record if it `isPast` and its write is still told. Returns its
   * expiry: 0 for never, undefined for an absent key.
   */
  #forget(key: string, isPast: boolean): number | undefined {
    const stored = this.#database.get(recordKey(key));
    if (stored === undefined) return undefined;
    const { expires, lastIndex } = decodeRecordHeader(stored);
    if (isPast && lastIndex > this.#before.oldest) {
      if (stored.byteLength > largestPast) this.#lost = lastIndex > this.#lost ? lastIndex : this.#lost;
      // A copy: the bytes lie in the memory map, which the next write changes.
      else this.#database.putSync(pastKey(lastIndex, key), Buffer.from(stored));
    }
    if (expires !== 0) this.#database.removeSync(expiryKey(expires, key));
    return expires;
  }
}

function expiryAfter(ttl: number): number {
  return Math.ceil(Date.now() + ttl);
}
