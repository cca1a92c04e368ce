import type { DriverRange } from '../../backend/driver.ts';
import type { LmdbRange } from './client.ts';

/**
 * The first byte of a database key says what is stored under it:
 *
 * - 0: the counter: the number of the last write, and the state of the kept changes
 * - 1, key: the record of a key
 * - 2, milliseconds, key: the time at which a key expires; an index, so that a sweep need not read all records
 * - 3: no longer written
 * - 4, number: the keys that a write has changed
 * - 5, number, key: the record of a write whose key has been written or deleted since, while its changes are kept
 */
const mark = { counter: 0, record: 1, expiry: 2, changes: 4, past: 5 } as const;

export const counterKey: Uint8Array = Uint8Array.of(mark.counter);

export function recordKey(key: string): Uint8Array {
  return marked(mark.record, Buffer.from(key));
}

/** The records of all keys that start with `prefix`. UTF-8 never has the byte 0xff, so it ends the range. */
export function recordRange(prefix: string): LmdbRange {
  return { start: recordKey(prefix), end: marked(mark.record, Buffer.from(prefix), Buffer.of(0xff)) };
}

/** The records of the keys of a range. Against the order, the first record may be that of the key `before`. */
export function selectedRecords({ prefix, after, before }: DriverRange, reverse: boolean): LmdbRange {
  const lowest = after === undefined || Buffer.compare(Buffer.from(after), Buffer.from(prefix)) < 0 ? prefix : after;
  // No key has a NUL, so this is the first place behind `after`. No key equals a prefix.
  const start = lowest === prefix ? recordKey(prefix) : marked(mark.record, Buffer.from(lowest), Buffer.of(0));
  const last = recordRange(prefix).end;
  const bound = before === undefined ? last : recordKey(before);
  const end = Buffer.compare(bound, last) < 0 ? bound : last;
  return reverse ? { start: end, end: recordKey(lowest), reverse: true } : { start, end };
}

export function keyOfRecord(stored: Uint8Array): string {
  return textFrom(stored, 1);
}

export function expiryKey(expires: number, key: string): Uint8Array {
  return marked(mark.expiry, number64(BigInt(expires)), Buffer.from(key));
}

/** The keys that have expired at the time `until`, in the order of their expiry. */
export function expiryRange(until: number): LmdbRange {
  return { start: marked(mark.expiry), end: marked(mark.expiry, number64(BigInt(until) + 1n)) };
}

export function keyOfExpiry(stored: Uint8Array): string {
  return textFrom(stored, 9);
}

/** The number of the last write, and what is kept of the writes before it. */
export interface Counter {
  readonly number: bigint;
  /** The changes of all writes after this one are kept. */
  readonly oldest: bigint;
  /** Bytes of the keys and values of the kept changes. */
  readonly bytes: number;
}

export function encodeCounter({ number, oldest, bytes }: Counter): Uint8Array {
  return Buffer.concat([number64(number), number64(oldest), number64(BigInt(bytes))]);
}

/** A counter of an earlier version is the number only: its changes had another form, and do not count. */
export function decodeCounter(stored: Uint8Array | undefined): Counter {
  if (stored === undefined) return { number: 0n, oldest: 0n, bytes: 0 };
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  const number = view.getBigUint64(0);
  if (stored.byteLength < 24) return { number, oldest: number, bytes: 0 };
  return { number, oldest: view.getBigUint64(8), bytes: Number(view.getBigUint64(16)) };
}

export function changesKey(number: bigint): Uint8Array {
  return marked(mark.changes, number64(number));
}

export function pastKey(number: bigint, key: string): Uint8Array {
  return marked(mark.past, number64(number), Buffer.from(key));
}

/** The past records of the writes up to `last`. */
export function pastRange(last: bigint): LmdbRange {
  return { start: marked(mark.past), end: marked(mark.past, number64(last + 1n)) };
}

/** The keys that a write changed. */
export interface Changes {
  /** Bytes of the keys and their new values. */
  readonly bytes: number;
  readonly keys: readonly string[];
}

/** Each key is followed by a NUL, which no key contains. */
export function encodeChanges({ bytes, keys }: Changes): Uint8Array {
  return Buffer.concat([number64(BigInt(bytes)), Buffer.from(keys.map((key) => `${key}\0`).join(''))]);
}

export function decodeChanges(stored: Uint8Array): Changes {
  return { bytes: Number(decodeNumber64(stored)), keys: textFrom(stored, 8).split('\0').slice(0, -1) };
}

function number64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}

function decodeNumber64(stored: Uint8Array): bigint {
  return new DataView(stored.buffer, stored.byteOffset, stored.byteLength).getBigUint64(0);
}

function marked(first: number, ...rest: readonly Buffer[]): Uint8Array {
  return Buffer.concat([Buffer.of(first), ...rest]);
}

function textFrom(stored: Uint8Array, start: number): string {
  return Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength).toString('utf8', start);
}
