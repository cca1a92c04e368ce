import { beforeEach, expect, jest, test } from '@jest/globals';

/** The random bytes of each uuid, in the order in which they are asked for. */
const drawn: Uint8Array[] = [];

jest.mock('uuid', () => ({
  v4: (_: undefined, bytes: Uint8Array, offset: number) => {
    const random = drawn.shift() as Uint8Array;
    bytes.set(random, offset);
    // The version and the variant take the place of random bits.
    bytes[offset + 6] = 0x40;
    bytes[offset + 8] = 0x80;
    return bytes;
  },
}));

beforeEach(() => {
  drawn.length = 0;
});

/** The id whose bits are a 1, the low seven bits of the first byte, and the other sixteen bytes. */
function idOf(bytes: readonly number[]): string {
  const [first = 0, ...others] = bytes;
  const hex = [0x80 | first, ...others].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return BigInt(`0x${hex}`).toString(36).slice(2);
}

test.each([0, 1, 0x7f, 0xff])('[T34] an id has all random bytes of its uuids, none twice: %p', async (seed) => {
  // After the mock is in place.
  const { newId } = await import('swarmstate');
  const random = Array.from({ length: 32 }, (_, position) => (seed + 37 * position) & 0xff);
  drawn.push(Uint8Array.from(random.slice(0, 16)), Uint8Array.from(random.slice(16)));
  const counted = random.filter((_, position) => ![6, 8].includes(position % 16)).slice(0, 17);
  expect(newId()).toBe(idOf(counted));
  expect(drawn).toEqual([]);
});
