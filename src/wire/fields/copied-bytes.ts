import type { DescribedType, FieldDescriptor } from './field.ts';
import { newMap } from '../values/record.ts';

/**
 * A copy of `value` along the paths to its bytes, with the bytes copied. A value whose bytes are all empty is returned
 * as it is.
 */
export function copyWithFreshBytes(type: DescribedType, value: object): object {
  let copy: { [property: string]: unknown } | undefined;
  for (const field of type.byteFields) {
    const member = (value as { readonly [property: string]: unknown })[field.property];
    if (member === undefined || !Object.hasOwn(value, field.property)) continue;
    const copied = copyMember(field, member);
    if (copied === member) continue;
    copy ??= { ...value };
    copy[field.property] = copied;
  }
  return copy ?? value;
}

/** A member of one of the fields that {@link DescribedType.byteFields} lists. */
function copyMember(field: FieldDescriptor, member: unknown): unknown {
  const type = field.type as 'bytes' | DescribedType;
  switch (field.label) {
    case 'singular':
      return copyValue(type, member);
    case 'repeated':
      return copyList(type, member as readonly unknown[]);
    case 'map':
      return copyMap(type, member as { readonly [key: string]: unknown });
  }
}

function copyValue(type: 'bytes' | DescribedType, value: unknown): unknown {
  if (type !== 'bytes') return copyWithFreshBytes(type, value as object);
  const bytes = value as Uint8Array;
  return bytes.length === 0 ? bytes : new Uint8Array(bytes);
}

function copyList(type: 'bytes' | DescribedType, list: readonly unknown[]): readonly unknown[] {
  const copy = list.map((element) => copyValue(type, element));
  return copy.some((element, index) => element !== list[index]) ? copy : list;
}

function copyMap(type: 'bytes' | DescribedType, map: { readonly [key: string]: unknown }): object {
  const copy = newMap<unknown>();
  let differs = false;
  for (const key of Object.keys(map)) {
    const copied = copyValue(type, map[key]);
    differs ||= copied !== map[key];
    copy[key] = copied;
  }
  return differs ? copy : map;
}
