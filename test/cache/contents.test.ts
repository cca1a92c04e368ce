import { describe, expect, test } from '@jest/globals';
import { byNodeId } from 'swarmstate';
import { LocalCache } from 'swarmstate/cache';
import { ids, thrown } from '../support/store-helpers.ts';
import { setSlot, storeOfSixTasks as store } from './support/cache-helpers.ts';

describe('contents of a cache', () => {
  test('[Y14] a cache’s objects are frozen copies equal to the source’s, which stay untouched', async () => {
    const source = await store();
    const cache = new LocalCache(source, { tables: ['task', 'node'] });
    await cache.synced;
    const stored = source.view((tx) => tx.tasks.get('t1')!);
    const cached = cache.table('task').get('t1')!;
    expect(cached).toEqual(stored);
    expect(cached).not.toBe(stored);
    expect(Object.keys(stored)).toEqual(Object.keys(cached));
    expect(JSON.stringify(cached)).toBe(JSON.stringify(stored));
    expect(cached.meta).toBe(stored.meta);
    expect([Object.isFrozen(cached), Object.isFrozen(cache.table('task').find())]).toEqual([true, true]);
    expect(() => {
      (cached as { slot: number }).slot = 99;
    }).toThrow(TypeError);
    await setSlot(source, 't1', 9);
    await cache.waitFor(source.version);
    expect([cached.slot, cache.table('task').get('t1')!.slot, cache.table('task').find({ slot: 9 }).length]).toEqual([
      1, 9, 1,
    ]);
  });

  test('[Y14] a cache holds the parts of tables that it was given, and no other tables', async () => {
    const source = await store();
    const cache = new LocalCache(source, { tables: [{ kind: 'task', by: byNodeId('n1') }] });
    expect(ids(cache.table('task').find({}, { sort: ['id'] }))).toEqual(['t1', 't4']);
    await source.update((tx) => tx.tasks.modify('t1', (draft) => void (draft.nodeId = 'n2')));
    await cache.waitFor(source.version);
    expect(ids(cache.table('task').find())).toEqual(['t4']);
    // @ts-expect-error nodes are not cached
    thrown(() => cache.table('node'), 'ERR_INVALID_FIND_BY');
  });
});
