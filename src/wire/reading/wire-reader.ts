import { BufferReader, Reader } from 'protobufjs/minimal.js';
import { asBuffer, NodeBuffer } from '../../base/host/bytes.ts';
import { hashOf } from './byte-hash.ts';
import { emptyBytes, newMap } from '../values/record.ts';
import { goDurationProblem } from '../values/go-duration.ts';
import type { DurationValue } from '../values/go-duration.ts';
import type { Int64, ReadonlyBytes } from '../values/types.ts';
import type { ReadableType } from './readable-type.ts';
import { SHORTEST_SHARED } from './shared-messages.ts';
import type { SharedMessages } from './shared-messages.ts';
import { LONGEST_SHARED } from './shared-strings.ts';
import type { SharedStrings } from './shared-strings.ts';
import { isValidUtf8 } from './valid-utf8.ts';
import { RepeatedMessage, WireError } from './wire-error.ts';

/** protobufjs's reader, the faster one where there is a `Buffer`. */
const HostReader: typeof BufferReader = NodeBuffer === undefined ? Reader : BufferReader;

/** A type of message that a {@link WireReader} reads. */
type WireType<M extends object> = ReadableType<M, WireReader>;

/**
 * protobufjs's reader with strict checks. `len` is the end of the current message, so that no field reaches beyond it.
 * Varints have at most 64 bits; strings are valid UTF-8.
 */
export class WireReader extends HostReader {
  /** The halves of the last varint of more than one byte. */
  #low = 0;
  #high = 0;
  readonly #shared: SharedMessages | undefined;

  /** With `shared`, equal messages inside the input become one object. */
  constructor(bytes: Uint8Array, shared?: SharedMessages) {
    super(asBuffer(bytes));
    this.#shared = shared;
  }

  override uint32(): number {
    const byte = this.buf[this.pos] as number;
    if (byte < 128 && this.pos < this.len) {
      this.pos++;
      return byte;
    }
    this.#varint();
    return this.#low >>> 0;
  }

  override int32(): number {
    return this.uint32() | 0;
  }

  override bool(): boolean {
    const byte = this.buf[this.pos] as number;
    if (byte < 128 && this.pos < this.len) {
      this.pos++;
      return byte !== 0;
    }
    this.#varint();
    return (this.#low | this.#high) !== 0;
  }

  unsigned64(): number {
    const byte = this.buf[this.pos] as number;
    if (byte < 128 && this.pos < this.len) {
      this.pos++;
      return byte;
    }
    this.#varint();
    return combine(this.#high >>> 0, this.#low, false) as number;
  }

  signed64(): number {
    const byte = this.buf[this.pos] as number;
    if (byte < 128 && this.pos < this.len) {
      this.pos++;
      return byte;
    }
    this.#varint();
    return combine(this.#high | 0, this.#low, true) as number;
  }

  override bytes(): Uint8Array {
    const end = this.endOfLength();
    const bytes = new Uint8Array(end - this.pos);
    bytes.set(this.buf.subarray(this.pos, end));
    this.pos = end;
    return bytes;
  }

  /** {@link bytes}, with the shared constant for no bytes. */
  bytesField(): ReadonlyBytes {
    const bytes = this.bytes();
    return bytes.length === 0 ? emptyBytes : (bytes as Uint8Array<ArrayBuffer>);
  }

  override string(): string {
    return this.#shared === undefined ? this.#ownString() : this.#sharedString(this.#shared.strings);
  }

  /** A message inside the current one, with its length in front. */
  message<M extends object>(type: WireType<M>): M {
    const end = this.endOfLength();
    const length = end - this.pos;
    if (length === 0) return type.empty;
    return this.#shared === undefined || length < SHORTEST_SHARED
      ? this.readUpTo(end, type)
      : this.#shared.read(this, type, end);
  }

  /** Reads a message whose contents are between the position and `end`. */
  readUpTo<M extends object>(end: number, type: WireType<M>): M {
    const outer = this.len;
    this.len = end;
    const value = type.read(this);
    this.len = outer;
    return value;
  }

  /** A singular message. Throws {@link RepeatedMessage} at its second occurrence, which another reader merges. */
  singular<M extends object>(type: WireType<M>, before: M | undefined): M {
    if (before !== undefined) throw new RepeatedMessage();
    return this.message(type);
  }

  /** A duration that fits Go's `time.Duration`. */
  goDuration<D extends DurationValue>(type: WireType<D>): D {
    const start = this.pos;
    const value = this.message(type);
    const problem = goDurationProblem(value);
    if (problem !== undefined) throw new WireError(`a duration that ${problem}`, start);
    return value;
  }

  /** Appends a number, or all numbers of a packed list, to `list`. */
  unsigned64List(tag: number, list: number[]): void {
    if ((tag & 7) === 0) {
      list.push(this.unsigned64());
      return;
    }
    const end = this.endOfLength();
    const outer = this.len;
    this.len = end;
    while (this.pos < end) list.push(this.unsigned64());
    this.len = outer;
  }

  stringMapEntry(into: { [key: string]: string } | undefined): { [key: string]: string } {
    const map = into ?? newMap<string>();
    const outer = this.#enter();
    let key = '';
    let value = '';
    while (this.pos < this.len) {
      const tag = this.fieldTag();
      if (tag === 10) key = this.string();
      else if (tag === 18) value = this.string();
      else this.skipField(tag, isMapEntryField);
    }
    this.len = outer;
    map[key] = value;
    return map;
  }

  messageMapEntry<M extends object>(into: { [key: string]: M } | undefined, type: WireType<M>): { [key: string]: M } {
    const map = into ?? newMap<M>();
    const outer = this.#enter();
    let key = '';
    let value = type.empty;
    while (this.pos < this.len) {
      const tag = this.fieldTag();
      if (tag === 10) key = this.string();
      else if (tag === 18) value = this.message(type);
      else this.skipField(tag, isMapEntryField);
    }
    this.len = outer;
    map[key] = value;
    return map;
  }

  /** The tag of the next field: its number times 8, and the wire type. */
  fieldTag(): number {
    const byte = this.buf[this.pos] as number;
    if (byte < 128) {
      this.pos++;
      return byte;
    }
    return this.tag();
  }

  /** Skips a field of an unknown number. Refuses a field of a known number, because its wire type is wrong. */
  skipField(tag: number, isKnown: (number: number) => boolean): void {
    const number = tag >>> 3;
    if (number === 0) throw new WireError('a field with the number 0', this.pos);
    if (isKnown(number)) throw new WireError(`field ${number} with the wire type ${tag & 7}`, this.pos);
    this.#skip(tag);
  }

  /** Groups can be nested as deeply as the input is long. So their numbers are in a list, not on the call stack. */
  #skip(first: number): void {
    const groups: number[] = [];
    let tag = first;
    for (;;) {
      const start = this.pos;
      const number = tag >>> 3;
      switch (tag & 7) {
        case 0:
          this.uint32();
          break;
        case 1:
          this.skip(8);
          break;
        case 2:
          this.pos = this.endOfLength();
          break;
        case 3:
          groups.push(number);
          break;
        case 4:
          if (groups.pop() !== number) throw new WireError(`the end of group ${number}, which is not open`, start);
          break;
        case 5:
          this.skip(4);
          break;
        default:
          throw new WireError(`the wire type ${tag & 7}`, start);
      }
      if (groups.length === 0) return;
      tag = this.tag();
      if (tag >>> 3 === 0) throw new WireError('a field with the number 0', this.pos);
    }
  }

  #ownString(): string {
    const start = this.pos;
    const text = super.string();
    // The native decoder replaces invalid bytes by U+FFFD, so that only a text with U+FFFD needs a check.
    if (text.includes('\uFFFD')) this.#checkUtf8(start);
    return text;
  }

  #sharedString(strings: SharedStrings): string {
    const length = this.buf[this.pos] as number;
    const start = this.pos + 1;
    const end = start + length;
    // A string that is too long or empty is not kept. A string that is cut off has no length, or too large a one.
    if (!(length <= LONGEST_SHARED && length > 0 && end <= this.len)) return this.#ownString();
    const hash = hashOf(this.buf, start, end);
    const kept = strings.find(hash, this.buf, start, end);
    if (kept !== undefined) {
      this.pos = end;
      return kept;
    }
    const text = this.#ownString();
    strings.met(hash, text, length);
    return text;
  }

  /** Refuses a string that is not valid UTF-8. Its length is at `start`; the reader ends behind the string. */
  #checkUtf8(start: number): void {
    this.pos = start;
    const end = this.endOfLength();
    if (!isValidUtf8(this.buf.subarray(this.pos, end)))
      throw new WireError('a string that is not valid UTF-8', this.pos);
    this.pos = end;
  }

  #enter(): number {
    const end = this.endOfLength();
    const outer = this.len;
    this.len = end;
    return outer;
  }

  /** Reads a length, and returns the position behind the contents of that length. */
  endOfLength(): number {
    const byte = this.buf[this.pos] as number;
    let length = byte;
    if (byte < 128 && this.pos < this.len) this.pos++;
    else length = this.size();
    const end = this.pos + length;
    if (end > this.len)
      throw new WireError(`a length of ${length}, which reaches ${end - this.len} bytes beyond the end`, this.pos);
    return end;
  }

  #varint(): void {
    let low = 0;
    let high = 0;
    for (let shift = 0; ; shift += 7) {
      if (this.pos >= this.len) throw new WireError('a varint that is cut off', this.len);
      const byte = this.buf[this.pos++] as number;
      const bits = byte & 127;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else if (shift < 63) high |= bits << (shift - 32);
      else if (byte > 1) throw new WireError('a varint of more than 64 bits', this.pos - 1);
      else high |= bits << 31;
      if (byte < 128) break;
    }
    this.#low = low;
    this.#high = high;
  }
}

/** A 64-bit integer from its halves: a number if it is a safe integer, else a bigint. */
function combine(high: number, low: number, signed: boolean): Int64 {
  const value = high * 0x1_0000_0000 + (low >>> 0);
  if (Number.isSafeInteger(value)) return value;
  const bits = (BigInt(high) << 32n) | BigInt(low >>> 0);
  return signed ? BigInt.asIntN(64, bits) : BigInt.asUintN(64, bits);
}

function isMapEntryField(number: number): boolean {
  return number === 1 || number === 2;
}
