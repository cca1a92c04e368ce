import type { InputWalk } from '../input/input-walk.ts';
import { WireReader } from '../reading/wire-reader.ts';
import type { JsonValue } from '../values/types.ts';
import { WireWriter } from '../writing/wire-writer.ts';
import { shortestFloat } from './float.ts';
import { bytesFromJson, bytesToJson, doubleFromJson, scalarFromJson } from './scalars.ts';

/**
 * A wrapper of protobuf that no message of swarmkit has as a field. It is known as the payload of an `Any` only. Its
 * JSON form is that of its `value`, field 1.
 */
export interface Wrapper {
  toJson(bytes: Uint8Array): JsonValue;
  fromJson(json: unknown, walk: InputWalk): Uint8Array<ArrayBuffer>;
}

/** The wrapper of that full name; undefined for any other type. */
export function wrapperOf(typeName: string): Wrapper | undefined {
  return wrappers.get(typeName);
}

const VARINT = 8;
const EIGHT_BYTES = 9;
const WITH_LENGTH = 10;
const FOUR_BYTES = 13;

const wrappers: ReadonlyMap<string, Wrapper> = new Map<string, Wrapper>([
  [
    'google.protobuf.StringValue',
    wrapper<string>({
      tag: WITH_LENGTH,
      unset: '',
      read: (reader) => reader.string(),
      write: (writer, value) => writer.stringField(WITH_LENGTH, value),
      toJson: (value) => value,
      fromJson: (json, walk) => scalarFromJson('string', json, walk) as string,
    }),
  ],
  [
    'google.protobuf.BytesValue',
    wrapper<Uint8Array<ArrayBuffer>>({
      tag: WITH_LENGTH,
      unset: new Uint8Array(0),
      read: (reader) => reader.bytes() as Uint8Array<ArrayBuffer>,
      write: (writer, value) => writer.bytesField(WITH_LENGTH, value),
      toJson: bytesToJson,
      fromJson: (json, walk) => bytesFromJson(json, walk) as Uint8Array<ArrayBuffer>,
    }),
  ],
  [
    'google.protobuf.UInt64Value',
    wrapper<number>({
      tag: VARINT,
      unset: 0,
      read: (reader) => reader.unsigned64(),
      write: (writer, value) => writer.int64Field(VARINT, value),
      toJson: String,
      fromJson: (json, walk) => scalarFromJson('uint64', json, walk) as number,
    }),
  ],
  [
    'google.protobuf.Int32Value',
    wrapper<number>({
      tag: VARINT,
      unset: 0,
      read: (reader) => reader.int32(),
      write: (writer, value) => writer.int32Field(VARINT, value),
      toJson: (value) => value,
      fromJson: (json, walk) => scalarFromJson('int32', json, walk) as number,
    }),
  ],
  [
    'google.protobuf.UInt32Value',
    wrapper<number>({
      tag: VARINT,
      unset: 0,
      read: (reader) => reader.uint32(),
      write: (writer, value) => writer.uint32Field(VARINT, value),
      toJson: (value) => value,
      fromJson: (json, walk) => scalarFromJson('uint32', json, walk) as number,
    }),
  ],
  [
    'google.protobuf.FloatValue',
    wrapper<number>({
      tag: FOUR_BYTES,
      unset: 0,
      read: (reader) => reader.float(),
      write: (writer, value) => writer.floatField(FOUR_BYTES, value),
      toJson: shortestFloat,
      fromJson: (json, walk) => scalarFromJson('float', json, walk) as number,
    }),
  ],
  [
    'google.protobuf.DoubleValue',
    wrapper<number>({
      tag: EIGHT_BYTES,
      unset: 0,
      read: (reader) => reader.double(),
      write: (writer, value) => void writer.uint32(EIGHT_BYTES).double(value),
      toJson: (value) => (Number.isFinite(value) ? value : String(value)),
      fromJson: doubleFromJson,
    }),
  ],
]);

interface WrapperParts<T> {
  /** The tag of `value`. */
  readonly tag: number;
  /** The value of an empty wrapper, which is not written. */
  readonly unset: T;
  read(reader: WireReader): T;
  write(writer: WireWriter, value: T): void;
  toJson(value: T): JsonValue;
  fromJson(json: unknown, walk: InputWalk): T;
}

function wrapper<T>(parts: WrapperParts<T>): Wrapper {
  const { tag, unset } = parts;
  return {
    toJson: (bytes) => {
      const reader = new WireReader(bytes);
      let value = unset;
      while (reader.pos < reader.len) {
        const found = reader.fieldTag();
        if (found === tag) value = parts.read(reader);
        else reader.skipField(found, (number) => number === 1);
      }
      return parts.toJson(value);
    },
    fromJson: (json, walk) => {
      const value = parts.fromJson(json, walk);
      const writer = new WireWriter();
      if (value !== unset && !(value instanceof Uint8Array && value.length === 0)) parts.write(writer, value);
      return writer.take();
    },
  };
}
