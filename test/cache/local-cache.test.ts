import { describe, expect, test } from '@jest/globals';
import { MemoryStore, TaskState, all, byNodeId } from 'swarmstate';
import type { Task } from 'swarmstate';
import { LocalCache } from 'swarmstate/cache';
import type { Followed } from 'swarmstate/cache';
import { ids, thrown } from '../support/store-helpers.ts';
import { VirtualClock } from '../examples/support/virtual-clock.ts';

async function store(): Promise<MemoryStore> {
  const made = new MemoryStore({ history: 1000 });
  await made.update((tx) => {
    for (const [id, hostname] of [
      ['n1', 'b'],
      ['n2', 'a'],
    ]) {
      tx.nodes.create({ id: id!, description: { hostname: hostname! } });
    }
    for (let slot = 1; slot <= 6; slot++) {
      tx.tasks.create({
        id: `t${slot}`,
        slot,
        nodeId: slot % 3 === 0 ? '' : `n${slot % 3}`,
        serviceId: slot % 2 === 0 ? '10' : '1e1',
        status: { state: slot > 3 ? TaskState.RUNNING : TaskState.FAILED },
        spec: { container: { image: `image:${slot}`, env: [`SLOT=${slot}`] } },
        meta: { version: { index: slot } },
      });
    }
  });
  return made;
}

const setSlot = (source: MemoryStore, id: string, slot: number): Promise<Task> =>
  source.update((tx) => tx.tasks.modify(id, (draft) => void (draft.slot = slot)));

describe('contents', () => {
  test('[Y14] the objects are frozen copies that equal the source’s, and the source’s are untouched', async () => {
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
    expect([cached.slot, cache.table('task').get('t1')!.slot, cache.table('task').find({ slot: 9 }).length]).toEqual([1, 9, 1]);
  });

  test('[Y14] parts of tables are cached as such, and other tables not at all', async () => {
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

describe.each([
  ['without an index', {}],
  ['with indexes', { task: ['slot', 'serviceId', 'status.state', 'nodeId'] }],
] as const)('queries %s', (_name, indices) => {
  test('[Y15] find by any field, nested ones, and by several conditions at once', async () => {
    const source = await store();
    const tasks = new LocalCache(source, { tables: ['task'], indices }).table('task');
    const found = (query: Parameters<typeof tasks.find>[0]): string[] => ids(tasks.find(query, { sort: ['id'] }));
    expect(found({ slot: 2 })).toEqual(['t2']);
    expect(found({ slot: { $gt: 1, $lt: 4 } })).toEqual(['t2', 't3']);
    expect(found({ slot: { $between: [2, 3] }, 'status.state': TaskState.FAILED, nodeId: 'n2' })).toEqual(['t2']);
    expect(found({ serviceId: '10' })).toEqual(['t2', 't4', 't6']);
    expect(found({ serviceId: { $in: ['10', 'x'] } })).toEqual(['t2', 't4', 't6']);
    expect(found({ $or: [{ slot: 1 }, { 'spec.container.image': { $regex: /:[56]$/g } }] })).toEqual(['t1', 't5', 't6']);
    expect(found({ $and: [{ slot: { $ne: 1 } }, { nodeId: { $nin: ['n2', ''] } }] })).toEqual(['t4']);
    expect(found({ 'spec.container.env': { $contains: 'SLOT=3' } })).toEqual(['t3']);
    expect(found({ 'spec.attachment.containerId': { $exists: true } })).toEqual([]);
    expect(found({ slot: undefined })).toHaveLength(6);
    expect(found({})).toHaveLength(6);
    expect([tasks.count({ nodeId: '' }), tasks.count(), tasks.size]).toEqual([2, 6, 6]);
  });

  test('[Y15] sort by several fields, with a filter, an offset and a limit', async () => {
    const source = await store();
    const cache = new LocalCache(source, { tables: ['task'], indices });
    const tasks = cache.table('task');
    expect(ids(tasks.find({}, { sort: ['nodeId', { by: 'slot', desc: true }] }))).toEqual(['t6', 't3', 't4', 't1', 't5', 't2']);
    expect(ids(tasks.find({ slot: { $gt: 1 } }, { sort: ['slot'], offset: 1, limit: 2 }))).toEqual(['t3', 't4']);
    expect(ids(tasks.find({}, { sort: ['status.state'], where: (task) => task.slot % 2 === 0 }))).toEqual(['t4', 't6', 't2']);
    // Changes since the last query are in the index when the next one comes.
    for (const slot of [10, 0, 5]) {
      await setSlot(source, 't2', slot);
      await cache.waitFor(source.version);
      const expected = source.view((tx) => tx.tasks.find(all)).toSorted((a, b) => a.slot - b.slot || (a.id < b.id ? -1 : 1));
      expect(ids(tasks.find({}, { sort: ['slot'] }))).toEqual(ids(expected));
      expect(ids(tasks.find({ slot: { $lte: 4 } }, { sort: ['slot'] }))).toEqual(ids(expected.filter((task) => task.slot <= 4)));
    }
  });

  test('[Y15] an operator that there is not is refused, whatever is in the table', () => {
    const tasks = new LocalCache(new MemoryStore(), { tables: ['task'], indices }).table('task');
    thrown(() => tasks.find({ slot: { $above: 3 } as never }), 'ERR_INVALID_FIND_BY');
    thrown(() => tasks.find({ $not: [] } as never), 'ERR_INVALID_FIND_BY');
    thrown(() => tasks.find({ $or: 5 } as never), 'ERR_INVALID_FIND_BY');
    // @ts-expect-error tasks have no such field
    expect(tasks.find({ nonsense: 3 })).toEqual([]);
  });
});

test('[Y15] indexes are right after commits of every size, whether they were asked in between or not', async () => {
  const source = new MemoryStore({ history: 0 });
  const cache = new LocalCache(source, { tables: ['task'], indices: { task: ['slot'] } });
  const tasks = cache.table('task');
  let state = 1;
  const random = (below: number): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  const rows = 400;
  for (let round = 0; round < 30; round++) {
    // Few changes in many rows are taken over one by one, many are left to the next query.
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

test('[Y16] a join gives each object with its partner, or without one', async () => {
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

describe('views', () => {
  test('[Y17] a view tells once for each commit that changes what it shows, and of no other', async () => {
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

  test('[Y18] views are refreshed no more often than asked for, and end with what there is; their rows are of now', async () => {
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

  test('[Y18] a view that is closed is not refreshed any more', async () => {
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

  test('[Y18] a cache that is closed tells nothing any more', async () => {
    const source = await store();
    const clock = new VirtualClock(0);
    const cache = new LocalCache(source, { tables: ['task'], refreshMs: 100, clock });
    const told: unknown[] = [];
    const view = cache.table('task').view({ onChange: (rows) => void told.push(rows) });
    await setSlot(source, 't1', 7);
    await setSlot(source, 't1', 8);
    await cache.waitFor(source.version);
    cache.close();
    expect([told.length, clock.next, cache.status, view.rows.length, source.stats().watchers]).toEqual([1, undefined, 'closed', 6, 0]);
  });
});

describe('saving', () => {
  test('[Y19] a saved cache begins with what it had, and is brought up to date by the difference', async () => {
    const source = await store();
    await source.update((tx) => tx.secrets.create({ id: 's', spec: { annotations: { name: 's' }, data: new Uint8Array([1, 2, 255]) } }));
    await source.update((tx) => tx.tasks.create({ id: 'big', slot: 2n ** 60n }));
    const first = new LocalCache(source, { tables: ['task', 'secret'] });
    const saved = first.save();
    expect(Buffer.from(new LocalCache(source, { tables: ['secret', 'task'] }).save()).equals(saved)).toBe(true);
    first.close();
    await setSlot(source, 't1', 7);
    await source.update((tx) => tx.tasks.delete('t2'));
    for (const sameLog of [false, true]) {
      const second = new LocalCache(source, { tables: ['task', 'secret'], saved, sameLog });
      await second.waitFor(source.version);
      const { stored, secret } = source.view((tx) => ({ stored: tx.tasks.find(all), secret: tx.secrets.get('s') }));
      expect(second.table('task').find({}, { sort: ['id'] })).toEqual(stored);
      expect(second.table('secret').get('s')).toEqual(secret);
      expect(second.stats()).toMatchObject({ changes: 2, commits: sameLog ? 2 : 0 });
    }
  });

  test('[Y19] the same contents give the same bytes, in whatever order they came', async () => {
    const source = await store();
    const first = new LocalCache(source, { tables: ['task'] });
    for (const id of ['z', 'm', 'a']) await source.update((tx) => tx.tasks.create({ id }));
    await first.waitFor(source.version);
    expect(Buffer.from(first.save()).equals(new LocalCache(source, { tables: ['task'] }).save())).toBe(true);
  });

  test('[Y19] what was saved without a version is compared', async () => {
    const plain = new MemoryStore();
    await plain.update((tx) => tx.tasks.create({ id: 'x' }));
    const saved = new LocalCache(plain, { tables: ['task'] }).save();
    const source = new MemoryStore({ history: 100 });
    await source.update((tx) => tx.tasks.create({ id: 'y' }));
    const cache = new LocalCache(source, { tables: ['task'], saved, sameLog: true });
    await cache.synced;
    expect(ids(cache.table('task').find())).toEqual(['y']);
  });

  test('[Y19] a cache of more tables, or of other parts, than what was saved is compared', async () => {
    const source = await store();
    const n1 = { kind: 'task' as const, by: byNodeId('n1') };
    const n2 = { kind: 'task' as const, by: byNodeId('n2') };
    const saved = new LocalCache(source, { tables: [n1] }).save();
    const lists: readonly (readonly Followed[])[] = [[n1], [n2], ['task'], [n1, 'node']];
    for (const tables of lists) {
      const cache = new LocalCache<Followed>(source, { tables, saved, sameLog: true });
      await cache.synced;
      const fresh = new LocalCache<Followed>(source, { tables });
      expect(Buffer.from(cache.save()).equals(fresh.save())).toBe(true);
      // Only where nothing but the log had to be read, nothing was compared.
      expect(cache.stats().changes).toBe(tables[0] === n1 && tables.length === 1 ? 0 : fresh.stats().rows + (tables[0] === n2 ? 0 : -2));
    }
  });

  test('[Y19] bytes that are no saved cache are refused', () => {
    const none = [0, 0, 0, 0];
    for (const bytes of [[], [9, 1], [0, 0, 0, 1], none, [...none, 0, 0, 0, 1], [...none, ...none, 255], [255, 255, 255, 255, 1]]) {
      thrown(() => new LocalCache(new MemoryStore(), { saved: new Uint8Array(bytes) }), 'ERR_DECODE');
    }
  });
});
