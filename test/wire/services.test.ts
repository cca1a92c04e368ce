import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import protobuf from 'protobufjs';
import { loadProto } from '../../scripts/proto/schema/load.ts';
import { emitModule } from '../../scripts/proto/services/emit-module.ts';
import type { Integers } from '../../scripts/proto/services/values.ts';
import { MessageWriter } from '../support/message-bytes.ts';

const source = `// Every type of field.
syntax = "proto3";
package example.v1;

service Things {
  rpc Get(Thing) returns (Thing);
  rpc Follow(stream Thing) returns (stream Thing);
}

message Thing {
  enum Color { RED = 0; GREEN = 1; }
  message Part { string name = 1; Part inner = 2; repeated int64 sizes = 3; }
  string text = 1;
  bytes data = 2;
  bool flag = 3;
  float single = 4;
  double real = 5;
  int32 i32 = 6;
  uint32 u32 = 7;
  sint32 s32 = 8;
  fixed32 f32 = 9;
  sfixed32 sf32 = 10;
  int64 i64 = 11;
  uint64 u64 = 12;
  sint64 s64 = 13;
  fixed64 f64 = 14;
  sfixed64 sf64 = 15;
  Color color = 16;
  Part part = 17;
  repeated Part parts = 18;
  repeated string texts = 19;
  repeated sint64 packed = 20;
  repeated uint32 loose = 21 [packed = false];
  repeated Color colors = 22;
  map<string, Part> by_name = 23;
  map<uint64, bool> flags = 24;
  oneof choice { string word = 25; int64 number = 26; Part piece = 27; Color shade = 28; }
  optional int32 maybe = 29;
  map<int32, bytes> blobs = 30;
}
`;

/** The functions of a generated module. */
interface Generated {
  encodeThing(thing: object): Buffer;
  decodeThing(bytes: Uint8Array): { readonly [member: string]: unknown };
  readonly ThingsService: { readonly [method: string]: object };
}

const folder = mkdtempSync(join(tmpdir(), 'services-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'thing.proto'), source);

async function generated(integers: Integers): Promise<Generated> {
  const [file] = loadProto(folder, ['thing']);
  const path = join(folder, `${integers}.ts`);
  writeFileSync(path, emitModule(file!, [file!], integers, join(__dirname, '../../src/base/protobuf')));
  return (await import(path)) as Generated;
}

let exact: Generated;
beforeAll(async () => {
  exact = await generated('bigint');
});

/** The same message by protobufjs's own reflection. */
const reflected = protobuf.parse(source).root.lookupType('example.v1.Thing');

const full = {
  text: 'tëxt',
  data: Buffer.from([0, 255]),
  flag: true,
  single: -0.5,
  real: -0,
  i32: -1,
  u32: 2 ** 32 - 1,
  s32: -(2 ** 31),
  f32: 2 ** 31,
  sf32: -5,
  i64: -(2n ** 63n),
  u64: 2n ** 64n - 1n,
  s64: -(2n ** 63n) + 1n,
  f64: 2n ** 63n,
  sf64: -2n,
  color: 7,
  part: { name: 'a', inner: { name: '', inner: {}, sizes: [1n, -1n] }, sizes: [] },
  parts: [{ name: 'b' }, {}],
  texts: ['', 'x'],
  packed: [0n, -1n, 2n ** 62n],
  loose: [0, 300],
  colors: [0, 1, 9],
  byName: new Map([
    ['__proto__', { name: 'p' }],
    ['', {}],
  ]),
  flags: new Map([[2n ** 64n - 1n, false]]),
  piece: {},
  maybe: 0,
  blobs: new Map([[-1, Buffer.from('z')]]),
};

test('[O30] a message with every type of field has the bytes that protobufjs gives it', () => {
  const bytes = exact.encodeThing(full);
  const plain = {
    ...full,
    i64: String(full.i64),
    u64: String(full.u64),
    s64: String(full.s64),
    f64: String(full.f64),
    sf64: String(full.sf64),
    part: { name: 'a', inner: { inner: {}, sizes: ['1', '-1'] } },
    packed: full.packed.map(String),
    byName: undefined,
    flags: undefined,
    blobs: undefined,
  };
  const maps = { byName: new Map(), flags: new Map(), blobs: new Map() };
  const expected = reflected.encode(reflected.fromObject(plain)).finish();
  expect(Buffer.from(exact.encodeThing({ ...full, ...maps })).toString('hex')).toBe(
    Buffer.from(expected).toString('hex'),
  );
  const seen = reflected.toObject(reflected.decode(bytes), { longs: String, bytes: String });
  expect(seen).toMatchObject({ flags: expect.anything(), blobs: { '-1': 'eg==' }, piece: {}, maybe: 0 });
});

test('[O30] a message that was encoded is decoded to the same values, with defaults for the others', () => {
  const decoded = exact.decodeThing(exact.encodeThing(full));
  const part = (name: string): object => ({ name, sizes: [] });
  expect(decoded).toEqual({
    ...full,
    part: { name: 'a', inner: { name: '', inner: part(''), sizes: [1n, -1n] }, sizes: [] },
    parts: [part('b'), part('')],
    byName: new Map([
      ['__proto__', part('p')],
      ['', part('')],
    ]),
    piece: part(''),
  });
  expect(exact.encodeThing(decoded)).toEqual(exact.encodeThing(full));
  const empty = exact.decodeThing(new Uint8Array(0));
  expect(exact.encodeThing(empty)).toHaveLength(0);
  expect(empty).toMatchObject({ text: '', flag: false, i64: 0n, color: 0, texts: [], byName: new Map() });
  expect('part' in empty || 'word' in empty || 'maybe' in empty).toBe(false);
});

test('[O30] decoding merges messages, appends lists, keeps the last member of a oneof, skips unknown fields', () => {
  const part = (name: string): Buffer => new MessageWriter().text(1, name).finish();
  const size = (value: bigint): Buffer => new MessageWriter().integer(3, value).finish();
  const bytes = new MessageWriter()
    .message(17, part('a'))
    .message(17, size(5n))
    .message(17, size(6n))
    .integer(100, 1n)
    .text(101, 'unknown')
    .text(25, 'word')
    .message(27, part('c'))
    .integer(20, 1n)
    .message(20, Buffer.of(2, 4))
    .finish();
  const group = Buffer.from([0xab, 0x07, 0x08, 0x01, 0xac, 0x07]);
  const decoded = exact.decodeThing(Buffer.concat([group, bytes]));
  expect(decoded).toMatchObject({ part: { name: 'a', sizes: [5n, 6n] }, piece: { name: 'c' }, packed: [-1n, 1n, 2n] });
  expect(decoded['word']).toBeUndefined();
});

test('[O30] malformed bytes are an error, also where the length of a part reaches beyond the part around it', () => {
  const inner = new MessageWriter().message(2, Buffer.of(10, 9)).finish();
  const malformed = [
    Buffer.of(10, 5, 97),
    Buffer.of(88, 128),
    Buffer.concat([Buffer.of(88), Buffer.alloc(11, 255)]),
    Buffer.concat([new MessageWriter().message(17, inner).finish(), Buffer.alloc(20, 97)]),
    Buffer.of(0),
  ];
  for (const bytes of malformed) expect(() => exact.decodeThing(bytes)).toThrow();
});

test('[O30] 64-bit integers that are generated as numbers are refused beyond 2^53', async () => {
  const numbers = await generated('number');
  const thing = { i64: -(2 ** 53) + 1, u64: 2 ** 53 - 1, packed: [-1, 2 ** 40], flags: new Map([[1, true]]) };
  expect(numbers.decodeThing(numbers.encodeThing(thing))).toMatchObject(thing);
  expect(() => numbers.decodeThing(exact.encodeThing({ i64: 2n ** 53n }))).toThrow(RangeError);
});

test('[O30] a service describes its methods in the form that gRPC takes', () => {
  const { encodeThing, decodeThing } = exact;
  const codec = {
    requestSerialize: encodeThing,
    requestDeserialize: decodeThing,
    responseSerialize: encodeThing,
    responseDeserialize: decodeThing,
  };
  expect(exact.ThingsService).toEqual({
    get: { path: '/example.v1.Things/Get', requestStream: false, responseStream: false, ...codec },
    follow: { path: '/example.v1.Things/Follow', requestStream: true, responseStream: true, ...codec },
  });
});
