import { describe, expect, test } from '@jest/globals';
import { MemoryStore, TaskState, all } from 'swarmstate';
import { LocalCache } from 'swarmstate/cache';
import { ids, thrown } from '../support/store-helpers.ts';
import { setSlot, storeOfSixTasks as store } from './support/cache-helpers.ts';

describe.each([
  ['without an index', {}],
  ['with indexes', { task: ['slot', 'serviceId', 'status.state', 'nodeId'] }],
] as const)('queries %s', (_name, indices) => {
  test('[Y15] a cache finds by any field, nested ones included, and by several conditions at once', async () => {
    const source = await store();
    const tasks = new LocalCache(source, { tables: ['task'], indices }).table('task');
    const found = (query: Parameters<typeof tasks.find>[0]): string[] => ids(tasks.find(query, { sort: ['id'] }));
    expect(found({ slot: 2 })).toEqual(['t2']);
    expect(found({ slot: { $gt: 1, $lt: 4 } })).toEqual(['t2', 't3']);
    expect(found({ slot: { $between: [2, 3] }, 'status.state': TaskState.FAILED, nodeId: 'n2' })).toEqual(['t2']);
    expect(found({ serviceId: '10' })).toEqual(['t2', 't4', 't6']);
    expect(found({ serviceId: { $in: ['10', 'x'] } })).toEqual(['t2', 't4', 't6']);
    expect(found({ $or: [{ slot: 1 }, { 'spec.container.image': { $regex: /:[56]$/g } }] })).toEqual([
      't1',
      't5',
      't6',
    ]);
    expect(found({ $and: [{ slot: { $ne: 1 } }, { nodeId: { $nin: ['n2', ''] } }] })).toEqual(['t4']);
    expect(found({ 'spec.container.env': { $contains: 'SLOT=3' } })).toEqual(['t3']);
    expect(found({ 'spec.attachment.containerId': { $exists: true } })).toEqual([]);
    expect(found({ slot: undefined })).toHaveLength(6);
    expect(found({})).toHaveLength(6);
    expect([tasks.count({ nodeId: '' }), tasks.count(), tasks.size]).toEqual([2, 6, 6]);
  });

  test('[Y15] a cache sorts by several fields, with a filter, an offset and a limit', async () => {
    const source = await store();
    const cache = new LocalCache(source, { tables: ['task'], indices });
    const tasks = cache.table('task');
    expect(ids(tasks.find({}, { sort: ['nodeId', { by: 'slot', desc: true }] }))).toEqual([
      't6',
      't3',
      't4',
      't1',
      't5',
      't2',
    ]);
    expect(ids(tasks.find({ slot: { $gt: 1 } }, { sort: ['slot'], offset: 1, limit: 2 }))).toEqual(['t3', 't4']);
    expect(ids(tasks.find({}, { sort: ['status.state'], where: (task) => task.slot % 2 === 0 }))).toEqual([
      't4',
      't6',
      't2',
    ]);
    // The index has the changes since the last query.
    for (const slot of [10, 0, 5]) {
      await setSlot(source, 't2', slot);
      await cache.waitFor(source.version);
      const expected = source
        .view((tx) => tx.tasks.find(all))
        .toSorted((a, b) => a.slot - b.slot || (a.id < b.id ? -1 : 1));
      expect(ids(tasks.find({}, { sort: ['slot'] }))).toEqual(ids(expected));
      expect(ids(tasks.find({ slot: { $lte: 4 } }, { sort: ['slot'] }))).toEqual(
        ids(expected.filter((task) => task.slot <= 4)),
      );
    }
  });

  test('[Y15] a query with an unknown operator throws, also on an empty table', () => {
    const tasks = new LocalCache(new MemoryStore(), { tables: ['task'], indices }).table('task');
    thrown(() => tasks.find({ slot: { $above: 3 } as never }), 'ERR_INVALID_FIND_BY');
    thrown(() => tasks.find({ $not: [] } as never), 'ERR_INVALID_FIND_BY');
    thrown(() => tasks.find({ $or: 5 } as never), 'ERR_INVALID_FIND_BY');
    // @ts-expect-error tasks have no such field
    expect(tasks.find({ nonsense: 3 })).toEqual([]);
  });
});

test('[Y15] a cache’s indexes are right after commits of every size, with and without queries in between', async () => {
  const source = new MemoryStore({ history: 0, firstVersion: 1 });
  const cache = new LocalCache(source, { tables: ['task'], indices: { task: ['slot'] } });
  const tasks = cache.table('task');
  let state = 1;
  const random = (below: number): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  const rows = 400;
  for (let round = 0; round < 30; round++) {
    // Few changes in many rows update the indexes one by one; many changes leave that to the next query.
    for (let commit = random(3); commit >= 0; commit--) {
      const changes = random(3) === 0 ? random(rows) : 1 + random(4);
      await source.update((tx) => {
        for (let n = 0; n < changes; n++) {
          const id = `t${random(rows)}`;
          if (tx.tasks.get(id) === undefined) tx.tasks.create({ id, slot: random(20) });
          else if (random(8) === 0) tx.tasks.delete(id);
          else tx.tasks.modify(id, (draft) => void (draft.slot = random(20)));
        }
      });
    }
    await cache.waitFor(source.version);
    const slot = random(20);
    const stored = source.view((tx) => tx.tasks.find(all));
    expect(ids(tasks.find({ slot }, { sort: ['id'] }))).toEqual(ids(stored.filter((task) => task.slot === slot)));
    expect(tasks.count({ slot: { $gte: slot } })).toBe(stored.filter((task) => task.slot >= slot).length);
  }
});

test('[Y16] a join pairs each object with the one that has its key, or with undefined', async () => {
  const source = await store();
  const cache = new LocalCache(source);
  const joined = cache.table('task').join(
    cache.table('node'),
    (task) => task.nodeId,
    (node) => node.id,
    { slot: { $lte: 3 } },
  );
  const pairs = joined.map(({ left, right }) => `${left.id} ${right?.description?.hostname}`).sort();
  expect(pairs).toEqual(['t1 b', 't2 a', 't3 undefined']);
  const counted = cache.table('node').join(
    [{ node: 'n1', load: 3 }],
    (node) => node.id,
    (load) => load.node,
  );
  expect(counted.map(({ left, right }) => [left.id, right?.load])).toEqual([
    ['n1', 3],
    ['n2', undefined],
  ]);
});
