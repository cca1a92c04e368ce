import { describe, expect, test } from '@jest/globals';
import { MemoryStore, TaskState } from 'swarmstate';
import { LocalCache } from 'swarmstate/cache';
import { ids, thrown } from '../support/store-helpers.ts';
import { storeOfSixTasks as store } from './support/cache-helpers.ts';

/** Conditions of any form, as a program without types may give them. */
type Loose = never;

describe.each([
  ['without an index', {}],
  ['with indexes', { task: ['slot', 'nodeId', 'status.state', 'spec.container.env'] }],
] as const)('conditions %s', (_name, indices) => {
  test('[Y39] lists, objects and bytes are compared by value', async () => {
    const source = await store();
    await source.update((tx) => {
      tx.secrets.create({ id: 's1', spec: { annotations: { name: 'one' }, data: new Uint8Array([1, 2]) } });
      tx.secrets.create({ id: 's2', spec: { annotations: { name: 'two' }, data: new Uint8Array([1, 3]) } });
      tx.tasks.create({ id: 'x', annotations: { labels: { tier: 'front' } }, networks: [{ addresses: ['a', 'b'] }] });
    });
    const cache = new LocalCache(source, { tables: ['task', 'secret'], indices });
    const tasks = cache.table('task');
    const found = (query: Parameters<typeof tasks.find>[0]): string[] => ids(tasks.find(query, { sort: ['id'] }));
    expect(found({ 'spec.container.env': ['SLOT=3'] })).toEqual(['t3']);
    expect(found({ 'spec.container.env': { $in: [['SLOT=3'], ['SLOT=4']] } })).toEqual(['t3', 't4']);
    expect(found({ 'spec.container.env': ['SLOT=3', 'x'] })).toEqual([]);
    expect(found({ 'annotations.labels': { tier: 'front' } })).toEqual(['x']);
    expect(found({ 'annotations.labels': {} })).toHaveLength(6);
    expect(found({ 'annotations.labels': { $ne: { tier: 'front' } } })).toHaveLength(6);
    expect(found({ networks: [] })).toHaveLength(6);
    expect(found({ 'networks.addresses': ['a', 'b'] })).toEqual(['x']);
    expect(found({ 'networks.addresses': { $contains: ['b', 'a'] } })).toEqual(['x']);
    expect(found({ 'spec.container.env': { $size: 1 } })).toHaveLength(6);
    expect(found({ nodeId: { $size: 2 } })).toEqual(['t1', 't2', 't4', 't5']);
    expect(found({ $or: [] })).toEqual([]);
    const status = tasks.get('t1')!.status;
    expect(found({ status: { ...status } })).toEqual(['t1', 't2', 't3']);
    expect(ids(cache.table('secret').find({ 'spec.data': new Uint8Array([1, 3]) }))).toEqual(['s2']);
  });

  test.each<readonly [string, Loose]>([
    ['a regular expression', { nodeId: /n1/ } as Loose],
    ['a date', { nodeId: new Date() } as Loose],
    ['a set', { nodeId: new Set(['n1']) } as Loose],
    ['a map', { nodeId: new Map() } as Loose],
    ['a function', { nodeId: () => true } as Loose],
    ['a symbol', { nodeId: Symbol('x') } as Loose],
    ['NaN', { slot: NaN } as Loose],
    ['a date in a list', { networks: [new Date()] } as Loose],
    ['undefined as an operand', { slot: { $eq: undefined } } as Loose],
    ['undefined as a bound', { slot: { $gt: undefined, $lt: 5 } } as Loose],
    ['undefined in a list', { slot: { $in: [undefined] } } as Loose],
    ['$in without a list', { slot: { $in: 5 } } as Loose],
    ['$nin without a list', { slot: { $nin: new Set([5]) } } as Loose],
    ['one bound', { slot: { $between: [1] } } as Loose],
    ['an object as a bound', { slot: { $lte: {} } } as Loose],
    ['a text as a pattern', { nodeId: { $regex: 'n1' } } as Loose],
    ['a text for $exists', { nodeId: { $exists: 'no' } } as Loose],
    ['a negative length', { nodeId: { $size: -1 } } as Loose],
    ['an operator beside a field', { status: { $exists: true, state: 5 } } as Loose],
    ['an inherited name as an operator', { slot: { $toString: 1 } } as Loose],
    ['a list in place of a query', { $and: [[]] } as Loose],
    ['null', null as Loose],
    ['a text', 'slot' as Loose],
  ])('[Y39] a query with %s is refused', (_what, query) => {
    const tasks = new LocalCache(new MemoryStore(), { tables: ['task'], indices }).table('task');
    thrown(() => tasks.find(query), 'ERR_INVALID_FIND_BY');
    thrown(() => tasks.count(query), 'ERR_INVALID_FIND_BY');
    thrown(() => tasks.view({ query }), 'ERR_INVALID_FIND_BY');
  });

  test('[Y40] large integers are compared and sorted exactly, whichever type of number they are given as', async () => {
    const source = new MemoryStore({ history: 100 });
    const big = 2n ** 60n;
    await source.update((tx) => {
      for (const [id, slot] of [
        ['c', big + 1n],
        ['d', big + 2n],
        ['b', big],
        ['a', 5],
      ] as const) {
        tx.tasks.create({ id, slot });
      }
    });
    const tasks = new LocalCache(source, { tables: ['task'], indices }).table('task');
    const found = (query: Parameters<typeof tasks.find>[0]): string[] => ids(tasks.find(query, { sort: ['slot'] }));
    expect(found({})).toEqual(['a', 'b', 'c', 'd']);
    expect(ids(tasks.find({}, { sort: [{ by: 'slot', desc: true }] }))).toEqual(['d', 'c', 'b', 'a']);
    expect(found({ slot: { $gt: big } })).toEqual(['c', 'd']);
    expect(found({ slot: { $gte: big + 1n } })).toEqual(['c', 'd']);
    expect(found({ slot: { $lt: big + 1n } })).toEqual(['a', 'b']);
    expect(found({ slot: { $lte: big } })).toEqual(['a', 'b']);
    expect(found({ slot: { $between: [6, big + 1n] } })).toEqual(['b', 'c']);
    expect(found({ slot: big + 1n })).toEqual(['c']);
    expect(found({ slot: 5n })).toEqual(['a']);
    expect(found({ slot: { $in: [5n, big] } })).toEqual(['a', 'b']);
    expect(found({ slot: { $nin: [5n, big] } })).toEqual(['c', 'd']);
    expect(found({ slot: { $ne: 5n } })).toEqual(['b', 'c', 'd']);
  });

  test('[Y41] queries and values that are nested too deeply are refused', async () => {
    const tasks = new LocalCache(await store(), { tables: ['task'], indices }).table('task');
    const nested = (levels: number): Parameters<typeof tasks.find>[0] => {
      let query: Parameters<typeof tasks.find>[0] = { slot: 2 };
      for (let level = 1; level < levels; level += 1) query = { $and: [query] };
      return query;
    };
    expect(ids(tasks.find(nested(1000)))).toEqual(['t2']);
    thrown(() => tasks.find(nested(1001)), 'ERR_INVALID_FIND_BY');
    thrown(() => tasks.find(nested(3000)), 'ERR_INVALID_FIND_BY');
    thrown(() => tasks.find(nested(100_000)), 'ERR_INVALID_FIND_BY');
    const circle: unknown[] = [];
    circle.push(circle);
    thrown(() => tasks.find({ networks: circle } as Loose), 'ERR_INVALID_FIND_BY');
  });
});

test('[Y39] a path through a list holds for any item, and inherited members are no fields', async () => {
  const source = new MemoryStore();
  await source.update((tx) => {
    tx.tasks.create({ id: 'a', networks: [{ network: { id: 'n1' } }, { network: { id: 'n2' } }] });
    tx.tasks.create({ id: 'b', networks: [] });
    tx.tasks.create({ id: 'c', status: { state: TaskState.NEW } });
  });
  const tasks = new LocalCache(source, { tables: ['task'] }).table('task');
  expect(ids(tasks.find({ 'networks.network.id': 'n2' }))).toEqual(['a']);
  expect(ids(tasks.find({ 'networks.network.id': { $gte: 'n1', $lt: 'n2' } }))).toEqual(['a']);
  expect(tasks.find({ 'networks.network.id': { $exists: false } })).toEqual([]);
  expect(tasks.find({ 'annotations.labels.constructor': { $exists: true } })).toEqual([]);
  expect(tasks.find({ constructor: { $exists: true } } as Loose)).toEqual([]);
  // An absent field has no text that could match.
  expect(tasks.find({ 'spec.container.image': { $regex: /undefined/ } })).toEqual([]);
});

test.each<readonly [string, Loose]>([
  ['limit', { limit: -1 } as Loose],
  ['limit', { limit: NaN } as Loose],
  ['limit', { limit: 1.5 } as Loose],
  ['offset', { offset: -2 } as Loose],
  ['offset', { offset: Infinity } as Loose],
])('[Y36] find refuses the %s of %p', (_name, options) => {
  const tasks = new LocalCache(new MemoryStore(), { tables: ['task'] }).table('task');
  thrown(() => tasks.find({}, options), 'ERR_INVALID_OBJECT');
});
