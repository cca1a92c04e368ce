import { expect, test } from '@jest/globals';
import { isTarget } from '../../src/kv/backend/target.ts';
import { TargetMap } from '../../src/kv/backend/target-map.ts';
import type { DriverTarget } from 'swarmstate/kv/backend';

test('[Q56] the watches of a changed key are found by its path, and are those that isTarget names', () => {
  const targets: DriverTarget[] = [
    { prefix: '' },
    ...['a', 'a/b', 'a/b/c', 'ab', 'a.b'].flatMap((path) => [{ key: path }, { prefix: `${path}/` }]),
  ];
  const map = new TargetMap<DriverTarget>();
  for (const target of targets) map.add(target, target);
  for (const key of ['a', 'a/b', 'a/b/c', 'a/b/c/d', 'ab', 'a.b/c', 'b']) {
    const found: DriverTarget[] = [];
    map.forEachOf(key, (target) => found.push(target));
    expect(new Set(found)).toEqual(new Set(targets.filter((target) => isTarget(target, key))));
    expect(found).toHaveLength(new Set(found).size);
  }
  for (const target of targets) map.delete(target, target);
  expect(map.isEmpty).toBe(true);
});
