import { expect, test } from '@jest/globals';
import { ClusterSnapshot, Driver, Node, StoreSnapshot, Task } from 'swarmstate/proto';
import { refusal } from './support/refusal.ts';

const megabyte = 1 << 20;

/** `pattern` over and over, up to a size. */
function repeated(pattern: readonly number[], size = megabyte): Uint8Array {
  const count = Math.floor(size / pattern.length);
  const bytes = new Uint8Array(count * pattern.length);
  for (let index = 0; index < bytes.length; index++) bytes[index] = pattern[index % pattern.length] as number;
  return bytes;
}

test('[O22] empty messages cost a place in their list and nothing more', () => {
  const bytes = repeated([0x0a, 0]);
  const { nodes } = StoreSnapshot.decode(bytes);
  expect(nodes).toHaveLength(megabyte / 2);
  expect(new Set(nodes)).toEqual(new Set([Node.from({})]));
});

test('[O22] messages of defaults only are the shared empty one', () => {
  const { nodes } = StoreSnapshot.decode(repeated([0x0a, 2, 0x12, 0]));
  expect(new Set(nodes).size).toBe(1);
});

test('[O22] a message that is repeated without end is merged in one go', () => {
  // Each part adds one element to a list, three levels down.
  const bytes = repeated([0x1a, 4, 0x2a, 2, 0x0a, 0]);
  expect(Task.decode(bytes).spec.placement?.constraints).toHaveLength(bytes.length / 6);
});

test('[O22] repetition on every level at once', () => {
  const inner = repeated([0x2a, 2, 0x0a, 0], 400);
  const outer = repeated([0x1a, (inner.length & 127) | 128, inner.length >> 7, ...inner]);
  const parts = outer.length / (inner.length + 3);
  expect(Task.decode(outer).spec.placement?.constraints).toHaveLength((parts * inner.length) / 4);
});

test('[O22] groups nested as deeply as the input is long', () => {
  const count = 500_000;
  const bytes = new Uint8Array(count * 2);
  bytes.fill(0x7b, 0, count);
  bytes.fill(0x7c, count);
  const driver = Driver.decode(bytes);
  expect(driver).toBe(Driver.from({}));
  expect(refusal('ERR_DECODE', () => Driver.decode(bytes.subarray(0, bytes.length - 1))).offset).toBe(bytes.length - 1);
});

test('[O22] entries of one key, numbers and lengths that promise more than there is', () => {
  expect(Driver.decode(repeated([0x12, 3, 0x0a, 1, 0x61])).options).toEqual({ a: '' });
  expect(ClusterSnapshot.decode(repeated([0x10, 1])).removed).toHaveLength(megabyte / 2);
  expect(
    refusal('ERR_DECODE', () => Driver.decode(new Uint8Array([0x0a, 0xff, 0xff, 0xff, 0xff, 0x07]))).offset,
  ).toBeLessThanOrEqual(6);
});

test('[O22] a map of many keys', () => {
  const options = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`key-${index}`, String(index)]));
  expect(Driver.decode(Driver.encode({ options })).options).toEqual(options);
});
