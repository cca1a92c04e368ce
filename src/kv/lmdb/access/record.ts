import type { KvPair } from '../../api/calls.ts';

/** The stored form of a pair: a header of three numbers, then the value. */
export interface LmdbRecord {
  readonly lastIndex: bigint;
  /** Milliseconds; 0 without a ttl. */
  readonly ttl: number;
  /** The time at which the key expires, in whole milliseconds of the wall clock; 0 for never. */
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

/** Copies the value: the bytes that the database gives lie in its memory map. */
export function decodeRecord(stored: Uint8Array): LmdbRecord {
  return { ...decodeRecordHeader(stored), value: Uint8Array.from(stored.subarray(headerBytes)) };
}

/** A record with an empty value. */
export function decodeRecordHeader(stored: Uint8Array): LmdbRecord {
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  return {
    lastIndex: view.getBigUint64(0),
    ttl: view.getFloat64(8),
    expires: view.getFloat64(16),
    value: new Uint8Array(),
  };
}

/** The `expires` of a stored record, read without copying its value. */
export function expiresOf(stored: Uint8Array): number {
  return new DataView(stored.buffer, stored.byteOffset, stored.byteLength).getFloat64(16);
}

export function isExpired(expires: number): boolean {
  return expires !== 0 && Date.now() >= expires;
}

export function pairOf(key: string, { value, lastIndex }: LmdbRecord): KvPair {
  return { key, value, lastIndex };
}
