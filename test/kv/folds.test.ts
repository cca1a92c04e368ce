import { expect, test } from '@jest/globals';
import { keyFold, treeFold } from '../../src/kv/store/folds.ts';
import type { KvPair } from 'swarmstate/kv';

const pair = (key: string, lastIndex: bigint): KvPair => ({ key, value: new Uint8Array(), lastIndex });

test('[Q9] a watched tree is listed after a change, and not after a state or a delete that changes nothing', () => {
  const fold = treeFold();
  const [a, b] = [pair('t/a', 1n), pair('t/b', 2n)];
  expect(fold({ state: [] })).toEqual([[]]);
  expect(fold({ state: [] })).toEqual([]);
  expect(fold({ state: [b, a] })).toEqual([[a, b]]);
  expect(fold({ state: [a, b] })).toEqual([]);
  expect(fold({ changes: [{ key: 't/c', pair: undefined }] })).toEqual([]);
  expect(fold({ changes: [{ key: 't/a', pair: a }] })).toEqual([]);
  expect(fold({ changes: [{ key: 't/a', pair: pair('t/a', 3n) }] })).toEqual([[pair('t/a', 3n), b]]);
  expect(fold({ changes: [{ key: 't/a', pair: undefined }] })).toEqual([[b]]);
});

test('[Q8] a watched key gives one event for each change, and none for a state that repeats the last event', () => {
  const fold = keyFold('a');
  expect(fold({ state: [] })).toEqual([]);
  expect(fold({ state: [pair('a', 1n)] })).toEqual([{ type: 'put', key: 'a', pair: pair('a', 1n) }]);
  expect(fold({ state: [pair('a', 1n)] })).toEqual([]);
  expect(fold({ state: [] })).toEqual([{ type: 'delete', key: 'a' }]);
  expect(fold({ changes: [{ key: 'a', pair: undefined }] })).toEqual([]);
});
