import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DescribedType, FieldType } from '../../../src/wire/fields/field.ts';
import { isMessageType } from '../../../src/wire/fields/field.ts';
import type { JsonValue } from '../../../src/wire/values/types.ts';

const folder = join(__dirname, '../../golden');

export function goldenBytes(name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(folder, `${name}.bin`)));
}

export function goldenJson(name: string): unknown {
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
}

type JsonObject = { readonly [name: string]: JsonValue };

/** The options of `toJson` for {@link inGoldenDialect}. */
export const goldenOptions = { names: 'original', enums: 'numbers', any: 'bytes' } as const;

/**
 * What `toJson` with {@link goldenOptions} gives, in the dialect of the golden files: an Any's payload as `value_b64`.
 */
export function inGoldenDialect(type: FieldType, json: JsonValue): JsonValue {
  if (!isMessageType(type)) return json;
  if (type.typeName === 'google.protobuf.Any') return anyInGoldenDialect(json as JsonObject);
  return typeof json === 'object' ? membersInGoldenDialect(type, json as JsonObject) : json;
}

function anyInGoldenDialect({ '@bytes': bytes, ...others }: JsonObject): JsonValue {
  return bytes === undefined || bytes === '' ? others : { ...others, value_b64: bytes };
}

function membersInGoldenDialect(type: DescribedType, json: JsonObject): JsonValue {
  const entries = Object.entries(json).map(([name, value]) => {
    const field = type.fields.find((candidate) => candidate.name === name);
    if (field === undefined) throw new Error(`${type.typeName} has no field ${name}`);
    if (field.label === 'repeated')
      return [name, (value as readonly JsonValue[]).map((element) => inGoldenDialect(field.type, element))];
    if (field.label === 'singular') return [name, inGoldenDialect(field.type, value)];
    return [
      name,
      Object.fromEntries(
        Object.entries(value as JsonObject).map(([key, element]) => [key, inGoldenDialect(field.type, element)]),
      ),
    ];
  });
  return Object.fromEntries(entries) as JsonValue;
}
