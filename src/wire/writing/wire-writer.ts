import { BufferWriter, Writer } from 'protobufjs/minimal.js';
import { NodeBuffer } from '../../base/host/bytes.ts';
import type { Int64, ReadonlyBytes } from '../values/types.ts';
import { sortedKeys } from './sorted-keys.ts';

/** A type of message, as the writer uses it. */
export interface WritableType<M extends object> {
  /** Writes the fields of a canonical message. */
  write(writer: WireWriter, value: M): void;
}

/** protobufjs's writer, the faster one where there is a `Buffer`. */
const HostWriter: typeof BufferWriter = NodeBuffer === undefined ? Writer : BufferWriter;

/** The largest buffer that is kept for the next message. */
const largestKept = 1 << 20;

/** protobufjs's writer, with one method per kind of field and lossless 64-bit integers. */
export class WireWriter extends HostWriter {
  stringField(tag: number, value: string): void {
    this.uint32(tag);
    this.string(value);
  }

  bytesField(tag: number, value: ReadonlyBytes): void {
    this.uint32(tag);
    this.bytes(value as Uint8Array);
  }

  boolField(tag: number, value: boolean): void {
    this.uint32(tag);
    this.bool(value);
  }

  int32Field(tag: number, value: number): void {
    this.uint32(tag);
    this.int32(value);
  }

  uint32Field(tag: number, value: number): void {
    this.uint32(tag);
    this.uint32(value);
  }

  /** Writes the 64 bits of a signed or unsigned integer. */
  int64Field(tag: number, value: Int64): void {
    this.uint32(tag);
    if (typeof value === 'number') {
      if (value >= 0 && value <= 0xffffffff) this.uint32(value);
      else this.int64(value);
    } else {
      this.int64({
        low: Number(BigInt.asIntN(32, value)),
        high: Number(BigInt.asIntN(32, value >> 32n)),
        unsigned: false,
      });
    }
  }

  floatField(tag: number, value: number): void {
    this.uint32(tag);
    this.float(value);
  }

  messageField<M extends object>(tag: number, value: M, type: WritableType<M>): void {
    this.uint32(tag);
    this.fork();
    type.write(this, value);
    this.ldelim();
  }

  stringListField(tag: number, list: readonly string[]): void {
    for (const value of list) this.stringField(tag, value);
  }

  int64ListField(tag: number, list: readonly Int64[]): void {
    for (const value of list) this.int64Field(tag, value);
  }

  messageListField<M extends object>(tag: number, list: readonly M[], type: WritableType<M>): void {
    for (const value of list) this.messageField(tag, value, type);
  }

  stringMapField(tag: number, map: { readonly [key: string]: string }): void {
    for (const key of sortedKeys(map)) {
      this.uint32(tag);
      this.fork();
      this.stringField(10, key);
      this.stringField(18, map[key] as string);
      this.ldelim();
    }
  }

  messageMapField<M extends object>(tag: number, map: { readonly [key: string]: M }, type: WritableType<M>): void {
    for (const key of sortedKeys(map)) {
      this.uint32(tag);
      this.fork();
      this.stringField(10, key);
      this.messageField(18, map[key] as M, type);
      this.ldelim();
    }
  }

  /** The bytes so far, in memory of their own. The writer is empty afterwards. */
  take(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.pos);
    this.finishInto(bytes);
    this.clear();
    return bytes;
  }

  /** Drops the bytes so far, also in the middle of a message. */
  clear(): void {
    this.pos = 0;
    this.states = null;
    if (this.buf.length > largestKept) {
      this.buf = NodeBuffer?.allocUnsafe(largestKept) ?? new Uint8Array(largestKept);
      this.view = null;
    }
  }
}
