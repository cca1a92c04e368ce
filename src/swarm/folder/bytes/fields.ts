/** Bytes that are not the message that they should be. The caller knows the place, and makes an error of it. */
export class Malformed extends Error {}

const WIRE_VARINT = 0;
const WIRE_BYTES = 2;

/**
 * Reads the fields of a protobuf message, and is stricter than protobuf: wrong types, numbers beyond 2^53 and lengths
 * beyond the end are {@link Malformed}. The fields tell a message of another type: checksums of a log do not cover the
 * type of a record.
 */
export class FieldReader {
  /** The number of the present field. */
  number = 0;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #position: number;
  #wire = 0;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
  }

  /** The place behind everything that was read. */
  get position(): number {
    return this.#position;
  }

  /** Goes to the next field; false at the end. */
  next(): boolean {
    if (this.#position >= this.#end) return false;
    const tag = this.#varint();
    this.number = Math.floor(tag / 8);
    this.#wire = tag % 8;
    return true;
  }

  /** The value of the present field: a whole number up to 2^53. */
  uint(): number {
    if (this.#wire !== WIRE_VARINT) throw new Malformed(`field ${this.number} is no number`);
    return this.#varint();
  }

  /** The value of the present field: 64 bits. */
  uint64(): bigint {
    if (this.#wire !== WIRE_VARINT) throw new Malformed(`field ${this.number} is no number`);
    let value = 0n;
    for (let shift = 0n; shift < 64n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new Malformed('a number has more than 64 bits');
  }

  /** The value of the present field, in the memory of the message. */
  bytes(): Uint8Array {
    if (this.#wire !== WIRE_BYTES) throw new Malformed(`field ${this.number} is no sequence of bytes`);
    const length = this.#varint();
    const start = this.#position;
    if (length > this.#end - start) throw new Malformed(`field ${this.number} reaches beyond the end`);
    this.#position = start + length;
    return this.#bytes.subarray(start, this.#position);
  }

  /** The message has no such field. */
  unknown(): Malformed {
    return new Malformed(`a field ${this.number} that the message does not have`);
  }

  #byte(): number {
    if (this.#position >= this.#end) throw new Malformed('a number is cut off');
    return this.#bytes[this.#position++] as number;
  }

  #varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (value > Number.MAX_SAFE_INTEGER || factor > 2 ** 56) throw new Malformed('a number is beyond 2^53');
      if (byte < 0x80) return value;
    }
  }
}

/** Throws {@link Malformed} for a field that has to be there, and is not. */
export function present<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Malformed(`${name} is missing`);
  return value;
}
