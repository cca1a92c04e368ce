import type { DescribedType, FieldDescriptor, FieldType } from '../fields/field.ts';
import type { EnumType } from '../values/enum-type.ts';
import { isMessageType } from '../fields/field.ts';
import type { InputWalk } from '../input/input-walk.ts';
import type { JsonValue, ReadonlyBytes } from '../values/types.ts';
import { ANY, anyToJson } from './any.ts';
import { shortestFloat } from './float.ts';
import type { JsonForm } from './json-options.ts';
import { bytesToJson } from './scalars.ts';
import { wellKnown } from './well-known.ts';

/** A canonical message in protobuf's JSON mapping. */
export function messageToJson(type: DescribedType, message: object, walk: InputWalk, form: JsonForm): JsonValue {
  if (type.typeName === ANY) return anyToJson(message, walk, form, messageToJson);
  const special = wellKnown(type.typeName);
  if (special !== undefined) return special.toJson(message, walk);
  const json: { [name: string]: JsonValue } = {};
  for (const field of type.fields) {
    const value = (message as { readonly [property: string]: unknown })[field.property];
    if (value !== undefined && Object.hasOwn(message, field.property) && !isDefault(field, value))
      json[form.names === 'camel' ? field.property : field.name] = walk.at(field.property, () =>
        fieldToJson(field, value, walk, form),
      );
  }
  return json;
}

function isDefault(field: FieldDescriptor, value: unknown): boolean {
  if (field.label === 'repeated') return (value as readonly unknown[]).length === 0;
  if (field.label === 'map') return Object.keys(value as object).length === 0;
  // Go's `time.Duration` is a number, which has a default.
  if (field.goDuration === true && isMessageType(field.type)) return value === field.type.empty;
  if (field.oneof !== undefined || isMessageType(field.type)) return false;
  return field.type === 'bytes'
    ? (value as ReadonlyBytes).length === 0
    : value === '' || value === false || value === 0;
}

function fieldToJson(field: FieldDescriptor, value: unknown, walk: InputWalk, form: JsonForm): JsonValue {
  switch (field.label) {
    case 'singular':
      return valueToJson(field.type, value, walk, form);
    case 'repeated':
      return (value as readonly unknown[]).map((element, index) =>
        walk.at(index, () => valueToJson(field.type, element, walk, form)),
      );
    case 'map':
      return mapToJson(field.type, value as { readonly [key: string]: unknown }, walk, form);
  }
}

/** The entries in the order of the map. `__proto__` becomes an ordinary member, as with `JSON.parse`. */
function mapToJson(
  type: FieldType,
  map: { readonly [key: string]: unknown },
  walk: InputWalk,
  form: JsonForm,
): JsonValue {
  const entries = Object.keys(map).map(
    (key) => [key, walk.at(key, () => valueToJson(type, map[key], walk, form))] as const,
  );
  return Object.fromEntries(entries);
}

function valueToJson(type: FieldType, value: unknown, walk: InputWalk, form: JsonForm): JsonValue {
  if (isMessageType(type)) return messageToJson(type, value as object, walk, form);
  if (typeof type === 'object') return form.enums === 'numbers' ? (value as number) : enumToJson(type, value as number);
  switch (type) {
    case 'bytes':
      return bytesToJson(value as ReadonlyBytes);
    case 'int64':
    case 'uint64':
      return String(value);
    case 'float':
      return shortestFloat(value as number);
    default:
      return value as JsonValue;
  }
}

function enumToJson(type: EnumType, value: number): JsonValue {
  const found = Object.entries(type.values).find(([, number]) => number === value);
  return found === undefined ? value : found[0];
}
