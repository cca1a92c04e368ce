import { describe, expect, test } from '@jest/globals';
import { MemoryStore, all } from 'swarmstate';
import type { Selector, Watcher } from 'swarmstate';
import { createNode, drain, ids, nodeIds, take } from '../support/store-helpers.ts';

describe('viewAndWatch', () => {
  test('[W11] viewAndWatch gives a state and a watcher of exactly the commits after it', async () => {
    const store = new MemoryStore();
    await createNode(store, 'n1');
    const writes: Promise<unknown>[] = [];
    const { value, watcher } = store.viewAndWatch((tx) => {
      writes.push(createNode(store, 'during'));
      return ids(tx.nodes.find(all));
    });
    await Promise.all(writes);
    await createNode(store, 'after');
    expect(value).toEqual(['n1']);
    expect(await drain(store, watcher)).toEqual(['create node during', 'commit', 'create node after', 'commit']);
  });

  test('[W11] viewAndWatch in a write callback sees the state before the transaction, then its events', async () => {
    const store = new MemoryStore();
    let started: { readonly value: number; readonly watcher: Watcher } | undefined;
    await store.update((tx) => {
      tx.nodes.create({ id: 'n1' });
      started = store.viewAndWatch((view) => view.nodes.count(all));
      tx.nodes.create({ id: 'n2' });
    });
    expect(started?.value).toBe(0);
    expect(await drain(store, started?.watcher as Watcher)).toEqual(['create node n1', 'create node n2', 'commit']);
  });

  test('[W11] viewAndWatch during a batch sees the state before the open transaction, then is told of it', async () => {
    const store = new MemoryStore();
    await store.batch(async (batch) => {
      await batch.update((tx) => tx.nodes.create({ id: 'n1' }));
      const { value, watcher } = store.viewAndWatch((tx) => ids(tx.nodes.find(all)));
      expect(value).toEqual([]);
      await batch.update((tx) => tx.nodes.create({ id: 'n2' }));
      await createNode(store, 'n3');
      expect(await take(watcher, 5)).toEqual([
        'create node n1',
        'create node n2',
        'commit',
        'create node n3',
        'commit',
      ]);
    });
  });

  test('[W12] viewAndWatch leaves no watcher when its callback throws', () => {
    const store = new MemoryStore();
    const failure = new Error('mine');
    expect(() =>
      store.viewAndWatch(() => {
        throw failure;
      }),
    ).toThrow(failure);
    expect(store.stats().watchers).toBe(0);
  });

  test.each([
    ['without selectors', undefined],
    ['with selectors', [{ kind: 'node' }, { action: 'commit' }] satisfies Selector[]],
  ])('[W11][W21][W23] inside a check: the state after the commit, and nothing of it (%s)', async (_name, events) => {
    const store = new MemoryStore();
    const started: { readonly value: readonly string[]; readonly watcher: Watcher }[] = [];
    store.watch({
      events: [
        {
          kind: 'node',
          check: () => {
            if (started.length === 0) started.push(store.viewAndWatch((tx) => ids(tx.nodes.find(all)), { events }));
            return false;
          },
        },
      ],
    });
    await store.update((tx) => {
      tx.nodes.create({ id: 'n1' });
      tx.nodes.create({ id: 'n2' });
    });
    await createNode(store, 'n3');
    expect(started[0]?.value).toEqual(['n1', 'n2']);
    expect(await drain(store, started[0]?.watcher as Watcher)).toEqual(['create node n3', 'commit']);
  });

  test('[W23] a reader of an event sees a state that has the event’s change', async () => {
    const store = new MemoryStore();
    const watcher = store.watch();
    const reading = watcher.next().then(() => nodeIds(store));
    await createNode(store, 'n1');
    expect(await reading).toEqual(['n1']);
  });
});
