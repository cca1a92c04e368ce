import type { FieldModel, ScalarName, ValueType } from '../schema/model.ts';

/** The type of 64-bit integers in the generated interfaces. A `number` is exact up to 2^53; decoders refuse others. */
export type Integers = 'bigint' | 'number';

interface Scalar {
  /** Protobuf's wire type: 0 is a varint, 1 eight bytes, 2 has a length in front, 5 is four bytes. */
  readonly wireType: 0 | 1 | 2 | 5;
  readonly type: 'string' | 'Uint8Array' | 'boolean' | 'number' | '64 bits';
  /** The functions that read and write 64 bits. */
  readonly read?: string;
  readonly write?: string;
}

const scalars: { readonly [S in ScalarName]: Scalar } = {
  string: { wireType: 2, type: 'string' },
  bytes: { wireType: 2, type: 'Uint8Array' },
  bool: { wireType: 0, type: 'boolean' },
  float: { wireType: 5, type: 'number' },
  double: { wireType: 1, type: 'number' },
  int32: { wireType: 0, type: 'number' },
  uint32: { wireType: 0, type: 'number' },
  sint32: { wireType: 0, type: 'number' },
  fixed32: { wireType: 5, type: 'number' },
  sfixed32: { wireType: 5, type: 'number' },
  int64: { wireType: 0, type: '64 bits', read: 'readInt64', write: 'writeInt64' },
  uint64: { wireType: 0, type: '64 bits', read: 'readUint64', write: 'writeInt64' },
  sint64: { wireType: 0, type: '64 bits', read: 'readSint64', write: 'writeSint64' },
  fixed64: { wireType: 1, type: '64 bits', read: 'readFixed64', write: 'writeFixed64' },
  sfixed64: { wireType: 1, type: '64 bits', read: 'readSfixed64', write: 'writeFixed64' },
};

/** The TypeScript type of one value. */
export function valueType(value: ValueType, integers: Integers): string {
  if (value.kind !== 'scalar') return value.type.name;
  const { type } = scalars[value.name];
  return type === '64 bits' ? integers : type;
}

/** The TypeScript type of a field. */
export function fieldType({ label, value, keyType }: FieldModel, integers: Integers): string {
  const type = valueType(value, integers);
  if (label === 'repeated') return `readonly ${type}[]`;
  return label === 'map' ? `ReadonlyMap<${valueType(keyOf(keyType), integers)}, ${type}>` : type;
}

/** The type of a map's keys as that of a value. */
export function keyOf(keyType: ScalarName | undefined): ValueType {
  return { kind: 'scalar', name: keyType ?? 'string' };
}

/** The expression of the value that an unset field has. */
export function defaultValue(value: ValueType, integers: Integers): string {
  if (value.kind === 'message') return `new${value.type.name}()`;
  if (value.kind === 'enum') return '0';
  switch (scalars[value.name].type) {
    case 'string':
      return "''";
    case 'Uint8Array':
      return 'new Uint8Array(0)';
    case 'boolean':
      return 'false';
    case 'number':
      return '0';
    case '64 bits':
      return integers === 'bigint' ? '0n' : '0';
  }
}

/** The condition under which a field without presence is written. */
export function isSet(value: ValueType, member: string, integers: Integers): string {
  if (value.kind !== 'scalar') return `${member} !== undefined && ${member} !== 0`;
  if (value.name === 'float' || value.name === 'double') return `${member} !== undefined && !Object.is(${member}, 0)`;
  if (scalars[value.name].type === 'Uint8Array') return `${member} !== undefined && ${member}.length > 0`;
  if (scalars[value.name].type === 'boolean') return `${member} === true`;
  return `${member} !== undefined && ${member} !== ${defaultValue(value, integers)}`;
}

/** The wire type of one value. */
export function wireType(value: ValueType): number {
  if (value.kind === 'scalar') return scalars[value.name].wireType;
  return value.kind === 'enum' ? 0 : 2;
}

/** The expression that reads one value. */
export function readValue(value: ValueType, integers: Integers): string {
  if (value.kind === 'message')
    return value.type.hasCodec
      ? `readObject(reader, ${value.type.name})`
      : `readNested(reader, read${value.type.name})`;
  if (value.kind === 'enum') return `reader.int32() as ${value.type.name}`;
  const { read } = scalars[value.name];
  if (read === undefined) return `reader.${value.name}()`;
  return integers === 'bigint' ? `${read}(reader)` : `safeNumber(${read}(reader))`;
}

/** The statements that write one value, without a tag when that is undefined. */
export function writeValue(value: ValueType, expression: string, tag: number | undefined, integers: Integers): string {
  if (value.kind === 'message') {
    return value.type.hasCodec
      ? `writeObject(writer, ${String(tag)}, ${value.type.name}, ${expression});`
      : `writeNested(writer, ${String(tag)}, write${value.type.name}, ${expression});`;
  }
  const start = tag === undefined ? 'writer' : `writer.uint32(${tag})`;
  if (value.kind === 'enum') return `${start}.int32(${expression});`;
  const { write } = scalars[value.name];
  if (write === undefined) return `${start}.${value.name}(${expression});`;
  const argument = integers === 'bigint' ? expression : `BigInt(${expression})`;
  return `${tag === undefined ? '' : `${start};\n`}${write}(writer, ${argument});`;
}

/** True for values of which a list can stand behind one tag. */
export function isNumeric(value: ValueType): boolean {
  return wireType(value) !== 2;
}
