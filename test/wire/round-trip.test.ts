import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FieldDescriptor } from '../../src/wire/fields/field.ts';
import type { MessageType } from '../../src/wire/codec/message-type.ts';
import { checkProperty } from '../support/property.ts';
import { hex, jsonCopy, messageTypes } from './support/codecs.ts';
import { parseProto } from './support/parse-proto.ts';
import { extremes, pick, randomInput, randomNumbers, shuffled } from './support/random-input.ts';

/** The inputs with one field set, to each of its extremes in turn. */
function inputsOf(type: MessageType<object>, field: FieldDescriptor): object[] {
  if (type.typeName.endsWith('.Snapshot') && field.name === 'version') return [{ version: 0 }];
  return extremes(field.type).map((value) => {
    if (field.label === 'repeated') return { [field.property]: [value, value] };
    if (field.label === 'map') return { [field.property]: { key: value, '': value } };
    return { [field.property]: value };
  });
}

const fields = messageTypes.flatMap((type) => type.fields.map((field) => ({ type, field })));

test('[O29][O15] every field passes through the wire with each of its extremes', () => {
  expect(fields).toHaveLength(501);
  for (const { type, field } of fields) {
    for (const input of inputsOf(type, field)) {
      const message = type.from(input as never);
      expect(type.decode(type.encode(input as never))).toEqual(message);
    }
  }
});

test('[O18] every field passes through JSON with each of its extremes', () => {
  const cannot = new Set(['google.protobuf.Timestamp', 'google.protobuf.Duration']);
  for (const { type, field } of fields) {
    if (cannot.has(type.typeName)) continue;
    for (const input of inputsOf(type, field)) {
      const message = type.from(input as never);
      expect(type.fromJson(jsonCopy(type.toJson(message as never, { any: 'bytes' })))).toEqual(message);
    }
  }
});

test('[O29][O4] any object passes through the wire, and its plain copy stands for it', () => {
  checkProperty(
    fc.property(fc.integer(), (seed) => {
      const random = randomNumbers(seed);
      const type = pick(messageTypes, random);
      const message = type.from(randomInput(type, random, 0.7) as never);
      expect(type.decode(type.encode(message as never))).toEqual(message);
      expect(type.from(structuredClone(message) as never)).toEqual(message);
    }),
    { numRuns: 400 },
  );
});

test('[O14] the order in which maps were filled does not show in the bytes', () => {
  checkProperty(
    fc.property(fc.integer(), (seed) => {
      const random = randomNumbers(seed);
      const type = pick(messageTypes, random);
      const input = randomInput(type, random, 0.8);
      const bytes = hex(type.encode(input as never));
      expect(hex(type.encode(shuffled(input, random) as never))).toBe(bytes);
      expect(hex(type.encode(type.decode(type.encode(input as never)) as never))).toBe(bytes);
    }),
    { numRuns: 300 },
  );
});

test('[O29][O2] another implementation reads what is written and writes what is read', () => {
  const root = parseProto();
  checkProperty(
    fc.property(fc.integer(), (seed) => {
      const random = randomNumbers(seed);
      const type = pick(messageTypes, random);
      const message = type.from(randomInput(type, random, 0.8) as never);
      const other = root.lookupType(type.typeName);
      const rewritten = other.encode(other.decode(type.encode(message as never))).finish();
      expect(type.decode(rewritten)).toEqual(message);
    }),
    { numRuns: 400 },
  );
});
