/** The fields of an encoded message by their numbers: written from the format of protobuf, and independent of src. */
export class MessageFields {
  readonly #numbers = new Map<number, number>();
  readonly #ranges = new Map<number, Uint8Array[]>();

  /** Throws a `RangeError` for bytes that are no message. */
  constructor(bytes: Uint8Array) {
    const reader = new Reader(bytes);
    while (!reader.isAtEnd) {
      const tag = reader.varint();
      const field = Math.floor(tag / 8);
      switch (tag % 8) {
        case 0:
          this.#numbers.set(field, reader.varint());
          break;
        case 1:
          reader.range(8);
          break;
        case 2: {
          const ranges = this.#ranges.get(field) ?? [];
          ranges.push(reader.range(reader.varint()));
          this.#ranges.set(field, ranges);
          break;
        }
        case 5:
          reader.range(4);
          break;
        default:
          throw new RangeError(`the field ${field} has the unknown type ${tag % 8}`);
      }
    }
  }

  /** The integer of a field; 0 where it is missing. */
  number(field: number): number {
    return this.#numbers.get(field) ?? 0;
  }

  /** All values of a field with bytes. */
  all(field: number): readonly Uint8Array[] {
    return this.#ranges.get(field) ?? [];
  }

  /** The last value of a field with bytes; undefined where it is missing. */
  bytes(field: number): Uint8Array | undefined {
    return this.all(field).at(-1);
  }

  text(field: number): string {
    return Buffer.from(this.bytes(field) ?? []).toString('utf8');
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const [byte] = this.range(1);
      value += ((byte as number) % 128) * factor;
      if ((byte as number) < 128) return value;
    }
  }

  range(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError('the message is cut off');
    const range = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return range;
  }
}
