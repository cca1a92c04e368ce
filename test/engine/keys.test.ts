import { describe, expect, test } from '@jest/globals';
import { distinctKeys, hasKey, keysWithout, LONG_LIST } from '../../src/engine/index/keys.ts';

/** Keys in a list of either length: short lists are searched, long ones go through a set. */
const lists = { short: ['a', 'b', 'c'], long: Array.from({ length: 2 * LONG_LIST }, (_, number) => `k${number}`) };

describe.each(Object.entries(lists))('keys in a %s list', (_, keys) => {
  test('[E9] a key that is given twice counts once', () => {
    const [first = '', second = ''] = keys;
    expect(distinctKeys([...keys, second, first])).toEqual(keys);
    expect(distinctKeys([first, first])).toEqual([first]);
    expect(distinctKeys(keys)).toEqual(keys);
  });

  test('[E9] keys without others are those that the others do not have', () => {
    const others = keys.slice(1);
    expect(keysWithout(keys, others)).toEqual([keys[0]]);
    expect(keysWithout(keys, ['z'])).toEqual(keys);
    expect(keysWithout(keys, keys)).toEqual([]);
    expect(keysWithout(keys, [])).toBe(keys);
    expect(keysWithout([], keys)).toEqual([]);
  });
});

test('[E9] one key, no key and a short list without duplicates need no copy', () => {
  expect(distinctKeys('a')).toEqual(['a']);
  expect(distinctKeys(undefined)).toEqual([]);
  expect(distinctKeys(lists.short)).toBe(lists.short);
  expect([hasKey('a', 'a'), hasKey('a', 'b'), hasKey(['a', 'b'], 'b'), hasKey(undefined, 'a')]).toEqual([
    true,
    false,
    true,
    false,
  ]);
});
