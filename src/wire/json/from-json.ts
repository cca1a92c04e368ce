import { isList, isRecord } from '../../base/host/is-revoked.ts';
import { nearestName } from '../input/nearest-name.ts';
import { isMessageType } from '../fields/field.ts';
import type { DescribedType, FieldDescriptor, FieldType } from '../fields/field.ts';
import type { EnumType } from '../values/enum-type.ts';
import type { InputWalk } from '../input/input-walk.ts';
import { newMap } from '../values/record.ts';
import { ANY, anyFromJson } from './any.ts';
import { scalarFromJson } from './scalars.ts';
import { wellKnown } from './well-known.ts';

/** The canonical message that a value in protobuf's JSON mapping describes. */
export function jsonToMessage(type: DescribedType, json: unknown, walk: InputWalk): object {
  return type.walk(membersFromJson(type, json, walk), undefined, walk);
}

function membersFromJson(type: DescribedType, json: unknown, walk: InputWalk): object {
  if (type.typeName === ANY) return anyFromJson(json, walk, jsonToMessage);
  return wellKnown(type.typeName)?.fromJson(json, walk) ?? readMembers(type, json, walk);
}

function readMembers(type: DescribedType, json: unknown, walk: InputWalk): object {
  const object = jsonObject(json, walk);
  const members = newMap<unknown>();
  const seen = new Set<FieldDescriptor>();
  for (const name of Object.keys(object)) {
    const field = type.fields.find((candidate) => candidate.name === name) ?? type.properties.get(name);
    if (field === undefined) return refuseUnknown(type, name, walk);
    if (seen.has(field)) walk.fail(`the same field as another member by its other name.`, name);
    seen.add(field);
    const value = object[name];
    if (value !== null) members[field.property] = walk.at(name, () => fieldFromJson(field, value, walk));
  }
  return members;
}

function refuseUnknown(type: DescribedType, name: string, walk: InputWalk): never {
  const near = nearestName(
    name,
    type.fields.map((field) => field.name),
  );
  walk.fail(`${type.typeName} has no such field.${near === undefined ? '' : ` Did you mean ${near}?`}`, name);
}

function jsonObject(json: unknown, walk: InputWalk): { readonly [name: string]: unknown } {
  if (!isRecord(json)) walk.refuse('an object', json);
  return json;
}

function fieldFromJson(field: FieldDescriptor, json: unknown, walk: InputWalk): unknown {
  switch (field.label) {
    case 'singular':
      return valueFromJson(field.type, json, walk);
    case 'repeated':
      if (!isList(json)) walk.refuse('an array', json);
      return json.map((element, index) => walk.at(index, () => valueFromJson(field.type, element, walk)));
    case 'map': {
      const object = jsonObject(json, walk);
      const map = newMap<unknown>();
      for (const key of Object.keys(object))
        map[key] = walk.at(key, () => valueFromJson(field.type, object[key], walk));
      return map;
    }
  }
}

function valueFromJson(type: FieldType, json: unknown, walk: InputWalk): unknown {
  if (isMessageType(type)) return jsonToMessage(type, json, walk);
  return typeof type === 'object' ? enumFromJson(type, json, walk) : scalarFromJson(type, json, walk);
}

function enumFromJson(type: EnumType, json: unknown, walk: InputWalk): number {
  if (typeof json !== 'string') return scalarFromJson('int32', json, walk) as number;
  const number = Object.hasOwn(type.values, json) ? type.values[json] : undefined;
  if (number !== undefined) return number;
  const names = Object.keys(type.values);
  const near = nearestName(json, names);
  walk.fail(
    `${type.name} has no such member; it has ${names.join(', ')}.${near === undefined ? '' : ` Did you mean ${near}?`}`,
  );
}
