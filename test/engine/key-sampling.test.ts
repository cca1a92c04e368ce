import { describe, expect, test } from '@jest/globals';
import { partOf, PARTS, samplingFor } from '../../src/engine/index/key-sampling.ts';

const KEYS = 4096;
const numbers = Array.from({ length: KEYS }, (_, number) => number);

/** Keys of the sorts that programs use. Each differs in some of its first or last four units. */
const sorts: Readonly<Record<string, (number: number) => string>> = {
  'a counter': (number) => String(number),
  'a counter behind a text': (number) => `task-${String(number).padStart(8, '0')}`,
  'a counter in steps of a hundred': (number) => `task-${number}00`,
  'a counter before a text': (number) => `${String(number).padStart(4, '0')}.tasks.example`,
  'counters at both ends': (number) => `${number >> 6}-of-one-kind-${number & 63}`,
};

describe('keys are divided over parts of about the same size', () => {
  test.each(Object.entries(sorts))('[E20] %s', (_, keyOf) => {
    const keys = numbers.map(keyOf);
    const sampling = samplingFor(keys);
    const sizes = new Array<number>(PARTS).fill(0);
    for (const key of keys) {
      const part = partOf(key, sampling);
      expect(partOf(key, sampling)).toBe(part);
      sizes[part] = (sizes[part] ?? NaN) + 1;
    }
    expect(sizes).toHaveLength(PARTS);
    expect(Math.max(...sizes)).toBeLessThan((4 * KEYS) / PARTS);
    expect(sizes.filter((size) => size === 0).length).toBeLessThan(PARTS / 4);
  });

  test('[E20] keys that are shorter than the samples have a part', () => {
    for (const sampling of [samplingFor(numbers.map(sorts['a counter'] as never)), { first: 4, last: 4 }])
      for (const key of ['', 'a', 'ab', 'abc', 'abcdefg']) {
        expect(partOf(key, sampling)).toBeGreaterThanOrEqual(0);
        expect(partOf(key, sampling)).toBeLessThan(PARTS);
      }
  });
});
