import { describe, expect, test } from '@jest/globals';
import { LocalCache } from 'swarmstate/cache';
import { ids } from '../support/store-helpers.ts';
import { VirtualClock } from '../examples/support/virtual-clock.ts';
import { setSlot, storeOfSixTasks as store } from './support/cache-helpers.ts';

describe('live views', () => {
  test('[Y17] a view’s handler is called once for each commit that changes its rows, and for no other', async () => {
    const source = await store();
    const cache = new LocalCache(source, { tables: ['task'] });
    const told: string[][] = [];
    const view = cache.table('task').view({
      query: { slot: { $gte: 4 } },
      sort: [{ by: 'slot', desc: true }],
      where: (task) => task.id !== 't5',
      onChange: (rows) => void told.push(ids(rows)),
    });
    const before = view.rows;
    expect(ids(before)).toEqual(['t6', 't4']);
    await source.update((tx) => {
      for (const id of ['t1', 't2', 't4']) tx.tasks.modify(id, (draft) => void (draft.slot += 10));
    });
    await cache.waitFor(source.version);
    await setSlot(source, 't3', 2);
    await source.update((tx) => tx.nodes.delete('n1'));
    await cache.waitFor(source.version);
    expect(told).toEqual([['t4', 't2', 't1', 't6']]);
    expect(view.rows).toBe(view.rows);
    // Another order, and another object in the same place, are changes too.
    await setSlot(source, 't6', 20);
    await setSlot(source, 't6', 21);
    await source.update((tx) => tx.tasks.delete('t4'));
    await cache.waitFor(source.version);
    expect(told.slice(1)).toEqual([
      ['t6', 't4', 't2', 't1'],
      ['t6', 't4', 't2', 't1'],
      ['t6', 't2', 't1'],
    ]);
    view.close();
    await setSlot(source, 't6', 22);
    await cache.waitFor(source.version);
    expect([told.length, ids(before), cache.stats().views]).toEqual([4, ['t6', 't4'], 0]);
  });

  test('[Y18] views are refreshed once in refreshMs, also for the last change; rows are always current', async () => {
    const source = await store();
    const clock = new VirtualClock(0);
    const cache = new LocalCache(source, { tables: ['task'], refreshMs: 100, clock });
    const told: number[] = [];
    using view = cache.table('task').view({ query: { id: 't1' }, onChange: ([task]) => void told.push(task!.slot) });
    for (const slot of [11, 12, 13]) {
      await setSlot(source, 't1', slot);
      await cache.waitFor(source.version);
      expect(view.rows[0]!.slot).toBe(slot);
    }
    expect([told, clock.next]).toEqual([[11], 100]);
    clock.turnTo(100);
    expect([told, clock.next]).toEqual([[11, 13], undefined]);
    clock.turnTo(150);
    await setSlot(source, 't1', 14);
    await cache.waitFor(source.version);
    expect([told, clock.next]).toEqual([[11, 13], 200]);
    await source.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect([told, clock.next, cache.stats().refreshes]).toEqual([[11, 13, 14], undefined, 3]);
  });

  test('[Y18] a closed view is not refreshed any more', async () => {
    const source = await store();
    const clock = new VirtualClock(0);
    const cache = new LocalCache(source, { tables: ['task'], refreshMs: 100, clock });
    const told: string[] = [];
    const view = cache.table('task').view({ onChange: () => void told.push('first') });
    cache.table('task').view({ onChange: () => void told.push('second') });
    for (const slot of [7, 8]) {
      await setSlot(source, 't1', slot);
      await cache.waitFor(source.version);
    }
    expect(view.rows).toHaveLength(6);
    view.close();
    clock.turnTo(100);
    expect(told).toEqual(['first', 'second', 'second']);
  });

  test('[Y18] a closed cache calls no view’s handler any more', async () => {
    const source = await store();
    const clock = new VirtualClock(0);
    const cache = new LocalCache(source, { tables: ['task'], refreshMs: 100, clock });
    const told: unknown[] = [];
    const view = cache.table('task').view({ onChange: (rows) => void told.push(rows) });
    await setSlot(source, 't1', 7);
    await setSlot(source, 't1', 8);
    await cache.waitFor(source.version);
    cache.close();
    expect([told.length, clock.next, cache.status, view.rows.length, source.stats().watchers]).toEqual([
      1,
      undefined,
      'closed',
      6,
      0,
    ]);
  });
});
