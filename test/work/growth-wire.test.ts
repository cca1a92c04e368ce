import { expectGrowthWithSize } from '../support/counted-work.ts';
import { describe, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import { HealthConfig, Network, Node, Secret, StoreSnapshot, Task } from 'swarmstate/proto';
import { Collected } from '../support/collected.ts';

const SIZE = 1000;

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, number) => number);
}

function* pieces(bytes: Uint8Array, length: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

/** The functions of a codec, for messages of any type. */
interface AnyCodec {
  from(input: object, previous?: object): object;
  encode(message: object): Uint8Array;
  decode(bytes: Uint8Array): object;
  fromJson(json: unknown): object;
  toJson(message: object): unknown;
}

/** Inputs that are large in one field each. */
const large: Readonly<Record<string, readonly [codec: unknown, input: (size: number) => object]>> = {
  'a list of messages': [
    Task,
    (size) => ({ id: 'x', annotations: { indices: numbers(size).map((n) => ({ key: 'k', val: `v${n}` })) } }),
  ],
  'a list of strings': [HealthConfig, (size) => ({ test: numbers(size).map((n) => `part ${n}`) })],
  'a map': [
    Network,
    (size) => ({
      id: 'x',
      spec: { annotations: { labels: Object.fromEntries(numbers(size).map((n) => [`label ${n}`, 'value'])) } },
    }),
  ],
  bytes: [Secret, (size) => ({ id: 'x', spec: { data: new Uint8Array(size * 20) } })],
  'a string': [Node, (size) => ({ id: 'é'.repeat(size * 20) })],
};

describe.each(Object.entries(large))('%s', (_name, [given, inputOf]) => {
  const codec = given as AnyCodec;
  const whole = (size: number): { readonly input: object; readonly message: object; readonly size: number } => {
    const input = inputOf(size);
    return { input, message: codec.from(input), size };
  };

  test('[M9] from costs in proportion to its input, also beside an earlier object', () =>
    expectGrowthWithSize(SIZE, whole, ({ input, message }) => [codec.from(input), codec.from(input, message)]));

  // From 64 KB on the decoder looks for equal parts, so all three sizes are beyond that.
  test('[M9] encode and decode cost in proportion to the message', () =>
    expectGrowthWithSize(8 * SIZE, whole, ({ message }) => codec.decode(codec.encode(message))));

  test('[M9] toJson and fromJson cost in proportion to the message', () =>
    expectGrowthWithSize(SIZE, whole, ({ message }) => codec.fromJson(codec.toJson(message))));
});

/** Bytes that are made to cost more than their length: a number of the same piece, or one inside the other. */
const hostile: Readonly<Record<string, (size: number) => Uint8Array>> = {
  'a message that comes in many parts': (size) => repeated(size, [0x1a, 2, 0x0a, 0]),
  'a list of empty messages': (size) => repeated(size, [0x1a, 4, 0x22, 2, 0x0a, 0]),
  'one map key many times': (size) => repeated(size, [0x1a, 8, 0x12, 6, 0x0a, 1, 0x61, 0x12, 1, 0x62]),
  'unknown fields': (size) => repeated(size, [0xf8, 0x07, 1]),
  'groups side by side': (size) => repeated(size, [0xfb, 0x07, 0xfc, 0x07]),
  'groups that never end': (size) => repeated(size, [0x0b]),
  'a scalar many times': (size) => repeated(size, [0x0a, 1, 0x61]),
};

function repeated(size: number, piece: readonly number[]): Uint8Array {
  return Uint8Array.from({ length: size * piece.length }, (_, at) => piece[at % piece.length] as number);
}

describe.each(Object.entries(hostile))('bytes of %s', (_name, bytesOf) => {
  const outcome = (run: () => unknown): void => {
    try {
      run();
    } catch {
      // Whether the bytes are a message is not asked here.
    }
  };

  test('[M9] cost the decoder of a message in proportion to their length', () =>
    expectGrowthWithSize(SIZE, bytesOf, (bytes) => {
      outcome(() => Task.decode(bytes));
      outcome(() => Network.decode(bytes));
      outcome(() => StoreSnapshot.decode(bytes));
    }));

  test.each([1, 7, 4096, 65_536])(
    '[M9] cost restoreFrom in proportion to their length, in chunks of %d bytes',
    (chunk) =>
      expectGrowthWithSize(chunk < 100 ? SIZE : 4 * SIZE, bytesOf, async (bytes) => {
        await new MemoryStore().restoreFrom(pieces(bytes, chunk), { sealed: false }).catch(() => undefined);
      }),
  );
});

test.each([1, 7, 4096, 65_536])(
  '[M9] a saved store is restored in proportion to its size, in chunks of %d bytes',
  (chunk) =>
    expectGrowthWithSize(
      200,
      async (size) => {
        const store = new MemoryStore();
        await store.update((tx) => {
          for (const n of numbers(size)) tx.tasks.create({ id: `task ${n}`, nodeId: `node ${n % 3}` });
        });
        const file = new Collected();
        await store.saveTo(file);
        return file.bytes;
      },
      (bytes) => new MemoryStore().restoreFrom(pieces(bytes, chunk)),
    ),
);

const texts: Readonly<Record<string, (size: number) => string>> = {
  'equals signs': (size) => `${'='.repeat(size)}x`,
  digits: (size) => `${'1'.repeat(size)}x`,
  letters: (size) => 'a'.repeat(size),
  spaces: (size) => `${' '.repeat(size)}x`,
  fractions: (size) => `1.${'0'.repeat(size)}x`,
};

test.each(Object.entries(texts))('[M9] fromJson looks at a text of %s once, for every type of field', (_name, textOf) =>
  expectGrowthWithSize(SIZE, textOf, (text) => {
    const inputs: readonly (readonly [unknown, object])[] = [
      [Secret, { spec: { data: text } }],
      [Task, { slot: text }],
      [Task, { desired_state: text }],
      [Task, { [text]: 1 }],
      [HealthConfig, { retries: text }],
      [HealthConfig, { interval: text }],
      [Node, { meta: { created_at: text } }],
      [Node, { id: text }],
    ];
    for (const [codec, json] of inputs) {
      try {
        (codec as AnyCodec).fromJson(json);
      } catch {
        // Whether the text is valid is not asked here.
      }
    }
  }),
);
