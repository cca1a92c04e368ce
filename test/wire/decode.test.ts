import { expect, test } from '@jest/globals';
import {
  ClusterSnapshot,
  Duration,
  Meta,
  Service,
  Snapshot,
  StoreSnapshot,
  Task,
  UpdateConfig,
  Version,
} from 'swarmstate/proto';
import type { MessageType } from '../../src/wire/codec/message-type.ts';
import { hex, messageType, messageTypes, unhex } from './support/codecs.ts';
import { randomInput, randomNumbers } from './support/random-input.ts';
import { refusal } from './support/refusal.ts';

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

test('[O16] the last scalar wins', () => {
  expect(Task.decode(joined(Task.encode({ id: 'a', slot: 1 }), Task.encode({ id: 'b' }))).id).toBe('b');
  expect(Version.decode(unhex('0801 0805')).index).toBe(5);
});

test('[O16] a singular message that is met again merges: its fields override, its lists append, at every depth', () => {
  const first = {
    meta: { version: { index: 1 }, createdAt: { seconds: 1 } },
    spec: { placement: { constraints: ['a'], maxReplicas: 1 } },
  };
  const second = {
    meta: { version: { index: 2 } },
    spec: { placement: { constraints: ['b'] }, networks: [{ target: 'n' }] },
  };
  const merged = Task.decode(
    joined(Task.encode(first), Task.encode(second), Task.encode({ meta: { updatedAt: { nanos: 3 } } })),
  );
  expect(merged.meta).toEqual(Meta.from({ version: { index: 2 }, createdAt: { seconds: 1 }, updatedAt: { nanos: 3 } }));
  expect(merged.spec.placement?.constraints).toEqual(['a', 'b']);
  expect(merged.spec.placement?.maxReplicas).toBe(1);
  expect(merged.spec.networks).toHaveLength(1);
  expect(Object.isFrozen(merged.spec.placement?.constraints)).toBe(true);
});

test('[O16] merging is the same as reading the parts of a message as one', () => {
  for (const type of messageTypes) {
    const field = type.fields.find(({ type: value, label, oneof, goDuration }) => {
      return (
        typeof value === 'object' &&
        'empty' in value &&
        label === 'singular' &&
        oneof === undefined &&
        goDuration !== true
      );
    });
    if (field === undefined) continue;
    const inner = field.type as MessageType<object>;
    for (let seed = 0; seed < 5; seed++) {
      const random = randomNumbers(seed);
      const parts = [0, 1, 2].map(() => inner.encode(randomInput(inner, random, 0.6) as never));
      const repeated = joined(...parts.map((part) => wrapped(field.number, part)));
      const once = wrapped(field.number, joined(...parts));
      expect(type.decode(repeated)).toEqual(type.decode(once));
    }
  }
});

/** A field that holds the bytes. */
function wrapped(number: number, contents: Uint8Array): Uint8Array {
  return joined(varint(number * 8 + 2), varint(contents.length), contents);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return new Uint8Array([...bytes, rest]);
}

test('[O16] a later oneof member replaces the earlier one, the same member too', () => {
  const container = { container: { image: 'i', env: ['A'] } };
  const spec = messageType('TaskSpec');
  const other = spec.decode(
    joined(spec.encode(container as never), spec.encode({ attachment: { containerId: 'c' } } as never)),
  );
  expect(other).toEqual(spec.from({ attachment: { containerId: 'c' } } as never));
  const same = spec.decode(joined(spec.encode(container as never), spec.encode({ container: { dir: '/' } } as never)));
  expect(same).toEqual(spec.from({ container: { dir: '/' } } as never));
  const select = messageType('SelectBy');
  expect(select.decode(unhex('0a0161 1a0162 5000'))).toEqual(select.from({ desiredState: 0 } as never));
});

test('[O16] a later duration of Go replaces the earlier one', () => {
  const bytes = joined(UpdateConfig.encode({ delay: { seconds: 5 } }), UpdateConfig.encode({ delay: { nanos: 7 } }));
  expect(UpdateConfig.decode(bytes).delay).toEqual({ seconds: 0, nanos: 7 });
});

test('[O16] the last map entry of a key wins; a missing key or value is the default', () => {
  const driver = messageType('Driver');
  const entries = '1206 0a0161 120131' + '1206 0a0161 120132' + '1203 120133' + '1203 0a0162' + '1200';
  expect(driver.decode(unhex(entries))).toEqual(driver.from({ options: { a: '2', b: '', '': '' } } as never));
  const cluster = messageType('Cluster');
  const blacklisted = cluster.decode(unhex('4203 0a0161')) as { readonly blacklistedCertificates: object };
  expect(blacklisted.blacklistedCertificates).toEqual({ a: {} });
});

test('[O16] numbers in lists are read packed and unpacked, in any mixture', () => {
  expect(ClusterSnapshot.decode(unhex('1001 1203 02ac02 1003 1200')).removed).toEqual([1, 2, 300, 3]);
  expect(hex(ClusterSnapshot.encode({ removed: [1, 300] }))).toBe('100110ac02');
});

test('[O16] unknown fields of every wire type are dropped, groups with whatever is in them', () => {
  const unknown =
    'f80701' + 'f907 0102030405060708' + 'fa07 03616263' + 'fd07 01020304' + 'fb07 0801 1b 0a0141 1c 7d01020304 fc07';
  expect(Task.decode(joined(unhex(unknown), Task.encode({ id: 'x' }), unhex(unknown)))).toEqual(Task.from({ id: 'x' }));
  expect(messageType('RuntimeTarget').decode(unhex(unknown))).toBe(messageType('RuntimeTarget').empty);
  expect(messageType('Driver').decode(unhex('1209 0a0161 1a0178 120162'))).toEqual(
    messageType('Driver').from({ options: { a: 'b' } } as never),
  );
});

test('[O16] 32-bit fields take the low half of a varint of up to 64 bits, booleans any bit of it', () => {
  const task = (field: string): unknown => Task.decode(unhex(field)).desiredState;
  expect(task('50 ffffffffffffffffff01')).toBe(-1);
  expect(task('50 808080808001')).toBe(0);
  expect(task('50 8180808010')).toBe(1);
  expect(Service.decode(unhex('38 80808080808080808001')).pendingDelete).toBe(true);
  expect(Service.decode(unhex('38 808000')).pendingDelete).toBe(false);
});

test('[O15] 64-bit integers are numbers as long as they are safe ones', () => {
  const seconds = (value: number | bigint): unknown => Duration.decode(Duration.encode({ seconds: value })).seconds;
  for (const safe of [0, -1, 2 ** 31, 2 ** 32, -(2 ** 32), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) {
    expect(seconds(safe)).toBe(safe);
    expect(seconds(BigInt(safe))).toBe(safe);
  }
  for (const large of [2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)]) expect(seconds(large)).toBe(large);
  const index = (value: number | bigint): unknown => Version.decode(Version.encode({ index: value })).index;
  for (const large of [2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]) expect(index(large)).toBe(large);
  expect(Version.from({ index: 2 ** 60 }).index).toBe(2n ** 60n);
});

test.each([
  ['a tag that is cut off', '80', 1],
  ['a string that is cut off', '0a05 6162', 2],
  ['a length beyond the message around it', '1203 0a05 08', 4],
  ['a negative length', '0a ffffffffffffffffff01', undefined],
  ['a length of more than 31 bits', '0a ffffffff0f', undefined],
  ['a varint that is cut off', '28 ff', 2],
  ['a varint of eleven bytes', '28 8080808080808080808000', undefined],
  ['a varint of 65 bits', '28 ffffffffffffffffff02', 10],
  ['an unknown varint of eleven bytes', '9807 8080808080808080808000', undefined],
  ['field number 0', '00', undefined],
  ['field number 0 inside a group', '9b07 00 9c07', undefined],
  ['a string field with a varint', '0801', undefined],
  ['a number field with a string', '2a0161', undefined],
  ['a list field with a number', '5801', undefined],
  ['a map field with a number', '3a02 1001', undefined],
  ['a known field as a group', '1b1c', undefined],
  ['the end of a group that is not open', '9c07', undefined],
  ['the end of another group', '9b07 a407', undefined],
  ['a group that does not end', '9b07', 2],
  ['wire type 6', '9e07', undefined],
  ['wire type 7', '9f07', undefined],
  ['an overlong tag', '8a8080808000', undefined],
  ['fixed 32 bits that are cut off', '9d07 010203', undefined],
  ['fixed 64 bits that are cut off', '9907 01020304050607', undefined],
  ['a lone continuation byte in a string', '0a01 80', 2],
  ['an overlong character', '0a02 c080', 2],
  ['an encoded surrogate', '0a03 eda080', 2],
  ['a character beyond Unicode', '0a04 f4908080', 2],
  ['a cut-off character in a long string', `0a14 ${'61'.repeat(19)}c3`, 2],
])('[O17] %s is refused with its offset', (_, text, offset) => {
  const bytes = unhex(text);
  const error = refusal('ERR_DECODE', () => Task.decode(bytes));
  expect(error.messageType).toBe('docker.swarmkit.v1.Task');
  expect(error.offset).toBeGreaterThanOrEqual(0);
  expect(error.offset).toBeLessThanOrEqual(bytes.length);
  if (offset !== undefined) expect(error.offset).toBe(offset);
});

test('[O17] invalid UTF-8 in the keys and values of maps is refused', () => {
  expect(refusal('ERR_DECODE', () => messageType('Driver').decode(unhex('1203 0a01ff'))).offset).toBe(4);
  expect(refusal('ERR_DECODE', () => messageType('Driver').decode(unhex('1203 1201ff'))).offset).toBe(4);
});

test('[O16] valid text with a replacement character or a byte order mark is taken as it is', () => {
  for (const id of ['\ufffd', `${'x'.repeat(40)}\ufffd`, '\ufeffbom', 'é'.repeat(30)])
    expect(Task.decode(Task.encode({ id })).id).toBe(id);
});

test('[O17] the offset counts from the start of the input, at every depth and also in merged messages', () => {
  const good = Task.encode({ spec: { container: { image: 'x' } } });
  const bad = unhex('1a04 2202 08ff');
  const error = refusal('ERR_DECODE', () => StoreSnapshot.decode(wrapped(4, joined(good, bad))));
  const start = 2 + good.length;
  expect(error.offset).toBeGreaterThanOrEqual(start);
  expect(error.offset).toBeLessThanOrEqual(start + bad.length);
  expect(error.messageType).toBe('docker.swarmkit.v1.StoreSnapshot');
});

test.each([undefined, null, 'text', [1], {}, new ArrayBuffer(4), new Uint16Array(2)])(
  '[O17] %p is no input for decode',
  (input) => {
    expect(refusal('ERR_DECODE', () => Task.decode(input as never)).offset).toBe(0);
  },
);

test('[O17] a part of a larger buffer is read within its limits', () => {
  const bytes = Task.encode({ id: 'x' });
  const larger = joined(new Uint8Array([1, 2, 3]), bytes, new Uint8Array([255]));
  expect(Task.decode(larger.subarray(3, 3 + bytes.length))).toEqual(Task.from({ id: 'x' }));
  expect(Task.decode(Buffer.from(larger).subarray(3, 3 + bytes.length))).toEqual(Task.from({ id: 'x' }));
});

test.each([
  [{ seconds: 1, nanos: -1 }, 'different signs'],
  [{ seconds: -1, nanos: 1 }, 'different signs'],
  [{ seconds: 0, nanos: 1_000_000_000 }, 'more than a second'],
  [{ seconds: 9_223_372_036, nanos: 854_775_808 }, '292 years'],
  [{ seconds: -9_223_372_036, nanos: -854_775_809 }, '292 years'],
  [{ seconds: 2n ** 62n, nanos: 0 }, '292 years'],
])('[O24] a delay of %p is refused', (delay, reason) => {
  const error = refusal('ERR_INVALID_OBJECT', () => Service.encode({ spec: { update: { delay } } }));
  expect(error.path).toEqual(['spec', 'update', 'delay']);
  expect(error.message).toContain(reason);
  const onWire = joined(unhex('08 00'), wrapped(2, Duration.encode(delay)));
  const decodeError = refusal('ERR_DECODE', () => UpdateConfig.decode(onWire));
  expect(decodeError.message).toContain(reason);
  expect(decodeError.offset).toBe(3);
  expect(() => Service.encode({ spec: { update: { monitor: delay } } })).not.toThrow();
});

test.each([
  { seconds: 9_223_372_036, nanos: 854_775_807 },
  { seconds: -9_223_372_036, nanos: -854_775_808 },
  { seconds: 0, nanos: -999_999_999 },
])('[O24] a delay of %p is accepted', (delay) => {
  expect(UpdateConfig.decode(UpdateConfig.encode({ delay })).delay).toEqual(delay);
});

test('[O25] a snapshot of another version is refused, whatever else it holds', () => {
  expect(refusal('ERR_INVALID_SNAPSHOT', () => Snapshot.decode(unhex('0801 1200 1a00'))).message).toContain(
    'version 1',
  );
  refusal('ERR_INVALID_SNAPSHOT', () => Snapshot.encode({ version: 1 as never }));
  refusal('ERR_INVALID_SNAPSHOT', () => Snapshot.from({ version: -1 as never }));
  refusal('ERR_INVALID_SNAPSHOT', () => Snapshot.fromJson({ version: 7 }));
  expect(Snapshot.decode(unhex('0801 0800')).version).toBe(0);
});
