import { Reader, Writer } from 'protobufjs/minimal.js';

/** Writes the fields of a message; those that hold what absence means are left out. */
export class MessageWriter {
  readonly #writer: Writer = Writer.create();

  bytes(field: number, value: Uint8Array): this {
    if (value.byteLength > 0) this.#writer.uint32((field << 3) | 2).bytes(value);
    return this;
  }

  text(field: number, value: string): this {
    if (value !== '') this.#writer.uint32((field << 3) | 2).string(value);
    return this;
  }

  /** A message without fields is written, too: that it is there may mean something. */
  message(field: number, value: Uint8Array): this {
    this.#writer.uint32((field << 3) | 2).bytes(value);
    return this;
  }

  integer(field: number, value: bigint): this {
    if (value === 0n) return this;
    const bits = BigInt.asUintN(64, value);
    this.#writer.uint32(field << 3);
    this.#writer.uint64({ low: Number(bits & 0xffffffffn) | 0, high: Number(bits >> 32n) | 0, unsigned: true });
    return this;
  }

  flag(field: number, value: boolean): this {
    if (value) this.#writer.uint32(field << 3).bool(true);
    return this;
  }

  finish(): Buffer {
    const bytes = this.#writer.finish();
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}

/** The fields of a message: integers as bigints, the rest as bytes that share the memory of the input. */
export class MessageReader {
  readonly #integers = new Map<number, bigint>();
  readonly #bytes = new Map<number, Uint8Array[]>();

  constructor(input: Uint8Array) {
    const reader = Reader.create(input);
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      const field = tag >>> 3;
      if ((tag & 7) === 0) this.#integers.set(field, varint(reader));
      else if ((tag & 7) === 2) {
        const values = this.#bytes.get(field);
        const value = reader.bytes();
        if (values === undefined) this.#bytes.set(field, [value]);
        else values.push(value);
      } else reader.skipType(tag & 7);
    }
  }

  has(field: number): boolean {
    return this.#integers.has(field) || this.#bytes.has(field);
  }

  integer(field: number): bigint {
    return BigInt.asIntN(64, this.#integers.get(field) ?? 0n);
  }

  bytes(field: number): Uint8Array {
    return this.#bytes.get(field)?.at(-1) ?? new Uint8Array();
  }

  text(field: number): string {
    return Buffer.from(this.bytes(field)).toString();
  }

  message(field: number): MessageReader {
    return new MessageReader(this.bytes(field));
  }

  messages(field: number): readonly MessageReader[] {
    return (this.#bytes.get(field) ?? []).map((value) => new MessageReader(value));
  }
}

function varint(reader: Reader): bigint {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = reader.buf[reader.pos++];
    if (byte === undefined || reader.pos > reader.len || shift > 63n) throw new RangeError('a number breaks off');
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}
