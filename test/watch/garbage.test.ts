import { describe, expect, test } from '@jest/globals';
import { MemoryStore, byNodeId } from 'swarmstate';
import type { Selector, Watcher } from 'swarmstate';
import { afterCollections, isForgotten } from '../support/garbage.ts';
import { deferred, take } from '../support/store-helpers.ts';

const variants: [string, readonly Selector[] | undefined][] = [
  ['without selectors', undefined],
  ['with selectors', [{ kind: 'node' }, { kind: 'task', by: byNodeId('n') }, { action: 'commit' }]],
];

/** Creates a node and returns a weak reference to it. Only the store refers to the node. */
async function createNode(store: MemoryStore, id: string): Promise<WeakRef<object>> {
  return new WeakRef(await store.update((tx) => tx.nodes.create({ id, description: { hostname: `host of ${id}` } })));
}

async function deleteNode(store: MemoryStore, id: string): Promise<void> {
  await store.update((tx) => {
    tx.nodes.delete(id);
  });
}

describe('garbage of watchers and views', () => {
  test.each(variants)('[W18] a closed watcher is garbage (%s)', async (_name, events) => {
    const store = new MemoryStore();
    const controller = new AbortController();
    const ways: ((watcher: Watcher) => unknown)[] = [
      (watcher) => watcher.close(),
      (watcher) => watcher.return(),
      (watcher) => watcher.commits().return?.(),
      (watcher) => watcher[Symbol.dispose](),
      () => controller.abort(),
    ];
    for (const end of ways) {
      for (const reads of [false, true]) {
        const forgotten = await isForgotten(async () => {
          const watcher = store.watch({ events, limit: Infinity, signal: controller.signal });
          const waiting = reads ? watcher.next().catch(() => undefined) : undefined;
          await createNode(store, 'n');
          await deleteNode(store, 'n');
          await waiting;
          const again = reads ? take(watcher, 4).catch(() => undefined) : undefined;
          await end(watcher);
          await again;
          return new WeakRef(watcher);
        });
        expect(forgotten).toBe(true);
      }
    }
  });

  test.each(variants)(
    '[W16] a watcher that was forgotten and overflowed keeps no later commit alive (%s)',
    async (_name, events) => {
      const store = new MemoryStore();
      const forgotten = await isForgotten(async () => {
        store.watch({ events, limit: 2 });
        for (const id of ['a', 'b', 'c']) await createNode(store, id);
        const node = await createNode(store, 'later');
        await deleteNode(store, 'later');
        return node;
      });
      expect(forgotten).toBe(true);
      expect(store.stats().watchers).toBe(0);
    },
  );

  test.each(variants)(
    '[W16] neither a watcher that overflowed nor a watcher that has read all commits keeps them alive (%s)',
    async (_name, events) => {
      const store = new MemoryStore();
      const overflowed = store.watch({ events, limit: 2 });
      for (const id of ['a', 'b', 'c']) await createNode(store, id);
      const reader = store.watch({ events });
      const forgotten = await isForgotten(async () => {
        const node = await createNode(store, 'later');
        await deleteNode(store, 'later');
        await take(reader, 4);
        return node;
      });
      expect(forgotten).toBe(true);
      expect(await take(overflowed, 2)).toEqual(['create node a', 'commit']);
    },
  );

  test('[T24] a snapshot that is garbage is closed', async () => {
    const store = new MemoryStore();
    store.snapshot();
    await createNode(store, 'a');
    expect(await afterCollections(() => store.stats().snapshots === 0)).toBe(true);
  });

  test('[T23] an asynchronous view closes when its promise is garbage, not while it is awaited', async () => {
    const store = new MemoryStore();
    const gate = deferred();
    const waiting = store.view(async (tx) => {
      await gate.promise;
      return tx.nodes.get('a');
    });
    void store.view(async (tx) => {
      await new Promise(() => undefined);
      return tx;
    });
    await createNode(store, 'a');
    expect(await afterCollections(() => store.stats().snapshots === 1)).toBe(true);
    gate.resolve();
    expect(await waiting).toBeUndefined();
    expect(store.stats().snapshots).toBe(0);
  });
});
