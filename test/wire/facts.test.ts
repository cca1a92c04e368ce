import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import protobuf from 'protobufjs';
import { parseProto } from './support/parse-proto.ts';

interface Facts {
  readonly messages: { readonly [name: string]: readonly string[] };
  readonly enums: { readonly [name: string]: { readonly [member: string]: number } };
}
const facts = JSON.parse(readFileSync(join(__dirname, '../golden/wire-facts.json'), 'utf8')) as Facts;

function objectsOf(space: protobuf.NamespaceBase): protobuf.ReflectionObject[] {
  return space.nestedArray.flatMap((nested) =>
    nested instanceof protobuf.Namespace ? [nested, ...objectsOf(nested)] : [nested],
  );
}

/** A field as the facts write it: `type name = number` and what else is known of it. */
function describeField(field: protobuf.Field): string {
  const value = field.resolvedType === null ? field.type : field.resolvedType.fullName.slice(1);
  const type = field instanceof protobuf.MapField ? `map<${field.keyType}, ${value}>` : value;
  const options: { readonly [name: string]: unknown } = field.options ?? {};
  const traits = [
    field.repeated ? 'repeated' : '',
    field.partOf === null ? '' : `oneof=${field.partOf.name}`,
    options['(always)'] === true ? 'always' : '',
    options['(go_duration)'] === true ? 'go_duration' : '',
    typeof options['packed'] === 'boolean' ? `packed=${String(options['packed'])}` : '',
    options['deprecated'] === true ? 'deprecated' : '',
  ];
  return [`${type} ${field.name} = ${field.id}`, ...traits.filter((trait) => trait !== '')].join(' ');
}

test('[O3] the .proto files declare the messages, fields and enums of the original, no more and no fewer', () => {
  const objects = objectsOf(parseProto());
  const messages = objects.filter((object) => object instanceof protobuf.Type);
  const enums = objects.filter((object) => object instanceof protobuf.Enum);
  expect(Object.fromEntries(enums.map((type) => [type.fullName.slice(1), type.values]))).toEqual(facts.enums);
  const fields = (type: protobuf.Type): string[] => type.fieldsArray.map(describeField).sort();
  const expected = Object.entries(facts.messages).map(([name, lines]) => [name, [...lines].sort()]);
  expect(Object.fromEntries(messages.map((type) => [type.fullName.slice(1), fields(type)]))).toEqual(
    Object.fromEntries(expected),
  );
  expect(messages).toHaveLength(126);
  expect(enums).toHaveLength(31);
});
