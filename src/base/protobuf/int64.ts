import type { Reader, Writer } from 'protobufjs/minimal.js';

/** Reads a varint of up to 64 bits. Throws RangeError for a varint that is longer or cut off. */
export function readUint64(reader: Reader): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 64n; shift += 7n) {
    if (reader.pos >= reader.len) throw new RangeError('a varint is cut off');
    const byte = reader.buf[reader.pos++] as number;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asUintN(64, value);
  }
  throw new RangeError('a varint has more than 64 bits');
}

export function readInt64(reader: Reader): bigint {
  return BigInt.asIntN(64, readUint64(reader));
}

/** Reads a zigzag varint: the lowest bit is the sign. */
export function readSint64(reader: Reader): bigint {
  const bits = readUint64(reader);
  return (bits >> 1n) ^ -(bits & 1n);
}

/** Reads eight bytes, the lowest first. */
export function readFixed64(reader: Reader): bigint {
  const low = BigInt(reader.fixed32());
  return (BigInt(reader.fixed32()) << 32n) | low;
}

export function readSfixed64(reader: Reader): bigint {
  return BigInt.asIntN(64, readFixed64(reader));
}

/** Writes a varint of the 64 bits of a number, signed or not. */
export function writeInt64(writer: Writer, value: bigint): void {
  writer.uint64(halvesOf(value));
}

export function writeSint64(writer: Writer, value: bigint): void {
  writeInt64(writer, (value << 1n) ^ (value >> 63n));
}

export function writeFixed64(writer: Writer, value: bigint): void {
  writer.fixed64(halvesOf(value));
}

/** The number of the same value. Throws RangeError beyond 2^53, where a number is not exact. */
export function safeNumber(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${value} does not fit into a number`);
  return number;
}

/** The form in which protobufjs takes a 64-bit integer. */
interface Halves {
  readonly low: number;
  readonly high: number;
  readonly unsigned: boolean;
}

function halvesOf(value: bigint): Halves {
  return { low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)), unsigned: true };
}
