import type { KvPair } from '../kv-store.ts';

/** A key as it is stored: the value behind a header of three numbers. */
export interface LmdbRecord {
  readonly lastIndex: bigint;
  /** Milliseconds; 0 for none. */
  readonly ttl: number;
  /** The wall clock, in milliseconds, from which the key counts as gone; 0 for never. */
  readonly expires: number;
  readonly value: Uint8Array;
}

const headerBytes = 24;

/** Keys live behind this byte, and the counter before it. */
const keyMark = 1;

export const counterKey: Uint8Array = Uint8Array.of(0);
const firstKey: Uint8Array = Uint8Array.of(keyMark);

export function storedKey(key: string): Uint8Array {
  return Buffer.concat([firstKey, Buffer.from(key)]);
}

export function keyOf(stored: Uint8Array): string {
  return Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength).toString('utf8', 1);
}

/** Where the keys that start with a prefix end: no UTF-8 has the byte 0xff. */
export function endOf(prefix: string): Uint8Array {
  return Buffer.concat([storedKey(prefix), Buffer.of(0xff)]);
}

export function encodeRecord(record: LmdbRecord): Uint8Array {
  const bytes = Buffer.alloc(headerBytes + record.value.byteLength);
  bytes.writeBigUInt64BE(record.lastIndex, 0);
  bytes.writeDoubleBE(record.ttl, 8);
  bytes.writeDoubleBE(record.expires, 16);
  bytes.set(record.value, headerBytes);
  return bytes;
}

/** Copies: what the database hands out lives in its memory map. */
export function decodeRecord(stored: Uint8Array): LmdbRecord {
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  return {
    lastIndex: view.getBigUint64(0),
    ttl: view.getFloat64(8),
    expires: view.getFloat64(16),
    value: Uint8Array.from(stored.subarray(headerBytes)),
  };
}

export function pairOf(key: string, { value, lastIndex }: LmdbRecord): KvPair {
  return { key, value, lastIndex };
}

export function encodeCounter(counter: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(counter);
  return bytes;
}

export function decodeCounter(stored: Uint8Array | undefined): bigint {
  return stored === undefined ? 0n : new DataView(stored.buffer, stored.byteOffset, stored.byteLength).getBigUint64(0);
}
