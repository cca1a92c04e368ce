import { isMessageType } from '../../../src/wire/fields/field.ts';
import type { DescribedType, FieldDescriptor, FieldType } from '../../../src/wire/fields/field.ts';

/** Numbers from 0 to below 1, the same for the same seed. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

const texts = [
  '',
  'a',
  'name',
  'ünïcode-✓-😀',
  '\0',
  '\u{ffff}',
  '\u{10ffff}',
  '__proto__',
  'constructor',
  '10',
  '9',
  'x'.repeat(200),
  'é'.repeat(90),
];
const int32s = [0, 1, -1, 127, 128, 300, 2 ** 31 - 1, -(2 ** 31)];
const uint32s = [0, 1, 127, 128, 300, 2 ** 31, 2 ** 32 - 1];
const int64s = [
  0,
  1,
  -1,
  2 ** 32,
  -(2 ** 32),
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
  2n ** 53n,
  -(2n ** 53n),
  2n ** 63n - 1n,
  -(2n ** 63n),
];
const uint64s = [0, 1, 2 ** 32, Number.MAX_SAFE_INTEGER, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];
const floats = [0, 0.5, Math.fround(0.1), -1.5, Math.fround(3.4e38), 1.401298464324817e-45, NaN, Infinity, -Infinity];

/** An input of that type with a random choice of members. `density` is the part of the members that are set. */
export function randomInput(type: DescribedType, random: () => number, density = 0.5): object {
  const input: { [property: string]: unknown } = {};
  const chosen = new Map<string, string>();
  for (const { oneof, property } of type.fields) {
    if (oneof !== undefined && (!chosen.has(oneof) || random() < 0.5)) chosen.set(oneof, property);
  }
  for (const field of type.fields) {
    const wanted = field.oneof === undefined || chosen.get(field.oneof) === field.property;
    if (wanted && random() < density) input[field.property] = fieldValue(type, field, random, density * 0.85);
  }
  return input;
}

function fieldValue(owner: DescribedType, field: FieldDescriptor, random: () => number, density: number): unknown {
  if (owner.typeName.endsWith('.Snapshot') && field.name === 'version') return 0;
  if (field.goDuration === true) return { seconds: 3 * Math.floor(random() * 1e6), nanos: Math.floor(random() * 1e9) };
  const value = (): unknown => randomValue(field.type, random, density);
  if (field.label === 'singular') return value();
  const count = Math.floor(random() * 4);
  if (field.label === 'repeated') return Array.from({ length: count }, value);
  return Object.fromEntries(Array.from({ length: count }, () => [pick(texts, random), value()]));
}

function randomValue(type: FieldType, random: () => number, density: number): unknown {
  if (isMessageType(type)) return randomInput(type, random, density);
  if (typeof type === 'object') return pick([...Object.values(type.values), ...int32s], random);
  switch (type) {
    case 'string':
      return pick(texts, random);
    case 'bytes':
      return Uint8Array.from({ length: Math.floor(random() * 5) }, () => Math.floor(random() * 256));
    case 'bool':
      return random() < 0.5;
    default:
      return pick<unknown>(
        { int32: int32s, uint32: uint32s, int64: int64s, uint64: uint64s, float: floats }[type],
        random,
      );
  }
}

/** The extremes of a scalar. */
export function extremes(type: FieldType): readonly unknown[] {
  if (isMessageType(type)) return [{}];
  if (typeof type === 'object') return int32s;
  return {
    string: texts,
    bytes: [new Uint8Array(0), new Uint8Array([0]), new Uint8Array(300).fill(255)],
    bool: [false, true],
    int32: int32s,
    uint32: uint32s,
    int64: int64s,
    uint64: uint64s,
    float: floats,
  }[type];
}

export function pick<T>(choices: readonly T[], random: () => number): T {
  return choices[Math.floor(random() * choices.length)] as T;
}

/** The same input with the entries of every map in another order. */
export function shuffled(value: unknown, random: () => number): unknown {
  if (Array.isArray(value)) return value.map((element) => shuffled(element, random));
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const keyed = Object.entries(value).map(([key, member]) => ({
    key,
    member: shuffled(member, random),
    place: random(),
  }));
  return Object.fromEntries(keyed.sort((a, b) => a.place - b.place).map(({ key, member }) => [key, member]));
}
