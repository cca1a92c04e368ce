import type { KvPair } from '../api/calls.ts';

/** What is stored for a key: the value behind a header of three numbers. */
export interface LmdbRecord {
  readonly lastIndex: bigint;
  /** Milliseconds; 0 for none. */
  readonly ttl: number;
  /** The wall clock, in whole milliseconds, from which the key counts as gone; 0 for never. */
  readonly expires: number;
  readonly value: Uint8Array;
}

const headerBytes = 24;

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

/** When a stored record expires, without a copy of its value. */
export function expiresOf(stored: Uint8Array): number {
  return new DataView(stored.buffer, stored.byteOffset, stored.byteLength).getFloat64(16);
}

export function isExpired(expires: number): boolean {
  return expires !== 0 && Date.now() >= expires;
}

export function pairOf(key: string, { value, lastIndex }: LmdbRecord): KvPair {
  return { key, value, lastIndex };
}
