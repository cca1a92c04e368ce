import { describe, expect, jest, test } from '@jest/globals';
import { MemoryStore, byId, byNodeId, or } from 'swarmstate';
import type { Selector } from 'swarmstate';
import { Dispatch } from '../../src/watch/dispatch.ts';
import { createNode, drain, rejected, take, thrown } from '../support/store-helpers.ts';

describe('limits of watchers', () => {
  test.each([
    ['without selectors', undefined],
    ['with selectors', [{ kind: 'node' }, { action: 'commit' }] satisfies Selector[]],
  ])('[W14][W15][W16] a watcher that is not read in time ends after what fitted (%s)', async (_name, events) => {
    const store = new MemoryStore();
    const slow = store.watch({ limit: 4, events });
    const other = store.watch({ limit: 1000, events });
    // Two commits of two events are within the limit, and the third is not.
    for (const id of ['n1', 'n2', 'n3', 'n4']) await createNode(store, id);
    expect(await take(slow, 4)).toEqual(['create node n1', 'commit', 'create node n2', 'commit']);
    const error = await rejected(slow.next(), 'ERR_WATCH_OVERFLOW');
    expect(error['limit']).toBe(4);
    expect(await slow.next()).toEqual({ done: true, value: undefined });
    expect(await drain(store, other)).toHaveLength(8);
  });

  test.each([
    ['without selectors', undefined],
    ['with selectors', [{ kind: 'node' }] satisfies Selector[]],
  ])('[W15] a transaction is admitted whole into an empty buffer (%s)', async (_name, events) => {
    const store = new MemoryStore();
    const watcher = store.watch({ limit: 2, events });
    const createMany = (prefix: string): Promise<void> =>
      store.update((tx) => {
        for (let n = 0; n < 10; n += 1) tx.nodes.create({ id: `${prefix}${n}` });
      });
    await createMany('a');
    const size = events === undefined ? 11 : 10;
    expect(await take(watcher, size)).toHaveLength(size);
    await createMany('b');
    expect(await take(watcher, 1)).toEqual(['create node b0']);
    await createNode(store, 'c');
    expect(await take(watcher, size - 1)).toHaveLength(size - 1);
    await rejected(watcher.next(), 'ERR_WATCH_OVERFLOW');
  });

  test.each(['watch', 'watchFrom'] as const)(
    '[W16] a %s that overflowed costs later commits nothing',
    async (method) => {
      const store = new MemoryStore({ history: 10 });
      const options = { limit: 2, events: [{ kind: 'node' }] } as const;
      const watcher = method === 'watch' ? store.watch(options) : await store.watchFrom(store.version, options);
      const reached = jest.spyOn(Dispatch.prototype, 'reached');
      for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) await createNode(store, id);
      expect(reached).toHaveBeenCalledTimes(3);
      reached.mockRestore();
      expect(store.stats()).toMatchObject({ watcherLag: 0 });
      watcher.close();
    },
  );

  test('[W14] each event that is read makes room for another', async () => {
    const store = new MemoryStore();
    const watcher = store.watch({ limit: 3 });
    await createNode(store, 'n0');
    for (let n = 1; n < 50; n += 1) {
      await take(watcher, 1);
      await createNode(store, `n${n}`);
      await take(watcher, 1);
    }
    expect(await drain(store, watcher)).toEqual(['create node n49', 'commit']);
  });

  test('[W14] the default limit of a watcher is 10,000 events', async () => {
    const store = new MemoryStore();
    const watchers = [store.watch(), store.watch({ events: [{ kind: 'node' }] })];
    await store.update((tx) => {
      for (let n = 0; n < 9998; n += 1) tx.nodes.create({ id: `n${n}` });
    });
    await createNode(store, 'x');
    await createNode(store, 'y');
    await createNode(store, 'z');
    const sizes: number[] = [];
    for (const watcher of watchers) {
      let size = 0;
      const error = await (async () => {
        for await (const event of watcher) if (event.action !== ('check' as never)) size += 1;
      })().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'ERR_WATCH_OVERFLOW' });
      sizes.push(size);
    }
    expect(sizes).toEqual([9999, 10_000]);
  });

  test('[W22] watch refuses wrong selectors and wrong limits', () => {
    const store = new MemoryStore();
    const selectors: unknown[] = [
      { kind: 'tasks' },
      { kind: 'task', action: 'remove' },
      { kind: 'task', By: byNodeId('n') },
      { kind: 'node', by: byNodeId('n') },
      { kind: 'node', by: or(byId('n'), byNodeId('n')) },
      { kind: 'node', by: {} },
      { kind: 'node', check: true },
      { action: 'commit', kind: 'node' },
      {},
      null,
      'node',
    ];
    for (const selector of selectors) thrown(() => store.watch({ events: [selector as never] }), 'ERR_INVALID_FIND_BY');
    thrown(() => store.watch({ events: { kind: 'node' } as never }), 'ERR_INVALID_FIND_BY');
    for (const limit of [0, -1, 1.5, Number.NaN, '5', null])
      thrown(() => store.watch({ limit: limit as never }), 'ERR_INVALID_OBJECT');
    expect(store.stats().watchers).toBe(0);
  });
});
