import { describe, expect, test } from '@jest/globals';
import { MemoryStore, all } from 'swarmstate';
import type { ReadTx, Watcher } from 'swarmstate';
import { createNode, drain, nodeIds, take } from '../support/store-helpers.ts';

/** Makes a store with a watcher whose check calls `act` once, for the first created node. */
function storeWithCheck(act: (store: MemoryStore, watcher: () => Watcher) => unknown): {
  readonly store: MemoryStore;
  readonly watcher: Watcher;
} {
  const store = new MemoryStore();
  let acted = false;
  const watcher: Watcher = store.watch({
    events: [
      {
        kind: 'node',
        check: () => {
          if (!acted) {
            acted = true;
            act(store, () => watcher);
          }
          return true;
        },
      },
    ],
  });
  return { store, watcher };
}

describe('inside a check', () => {
  test('[W18][W7] a check may close its own watcher, or another', async () => {
    const itself = storeWithCheck((_store, watcher) => watcher().close());
    await createNode(itself.store, 'a');
    expect(await itself.watcher.next()).toEqual({ done: true, value: undefined });
    const others: Watcher[] = [];
    const { store, watcher } = storeWithCheck(() => {
      for (const other of others) other.close();
    });
    others.push(
      store.watch(),
      store.watch({ events: [{ kind: 'node' }] }),
      store.watch({ events: [{ action: 'commit' }] }),
    );
    const survivor = store.watch({ events: [{ kind: 'node' }] });
    await createNode(store, 'a');
    for (const other of others) expect((await other.next()).done).toBe(true);
    expect(await take(watcher, 1)).toEqual(['create node a']);
    expect(await take(survivor, 1)).toEqual(['create node a']);
    expect(store.stats().watchers).toBe(2);
  });

  test('[W11][T5] a write that is started inside a check follows in the write queue', async () => {
    const written: Promise<unknown>[] = [];
    const { store } = storeWithCheck((inner) => {
      written.push(
        createNode(inner, 'b'),
        inner.batch(async (batch) => batch.update((tx) => tx.nodes.create({ id: 'c' }))),
        inner.restoreTable('task', [{ id: 't' }]),
      );
    });
    const everything = store.watch();
    await createNode(store, 'a');
    await Promise.all(written);
    expect(await drain(store, everything)).toEqual([
      'create node a',
      'commit',
      'create node b',
      'commit',
      'create node c',
      'commit',
      'create task t',
      'commit',
    ]);
  });

  test('[T29][T30] a write started inside a check while a batch gives way follows in the write queue', async () => {
    const written: Promise<unknown>[] = [];
    const { store } = storeWithCheck((inner) => {
      written.push(createNode(inner, 'from the check'));
    });
    await store.batch(async (batch) => {
      await batch.update((tx) => tx.nodes.create({ id: 'a' }));
      const between = createNode(store, 'between');
      await batch.update((tx) => tx.nodes.create({ id: 'b' }));
      await between;
    });
    await Promise.all(written);
    expect(nodeIds(store)).toEqual(['a', 'b', 'between', 'from the check']);
    expect(store.stats().waiting).toBe(0);
  });

  test('[T32][W19] a check may close the store', async () => {
    const closing: Promise<void>[] = [];
    const { store, watcher } = storeWithCheck((inner) => closing.push(inner.close()));
    const everything = store.watch();
    await store.batch(async (batch) => {
      await batch.update((tx) => tx.nodes.create({ id: 'a' }));
    });
    await Promise.all(closing);
    expect(await take(watcher, 1)).toEqual(['create node a']);
    expect((await watcher.next()).done).toBe(true);
    expect(await drain(store, everything)).toEqual(['create node a', 'commit']);
  });

  test('[W17] a check may abort its own watcher’s signal, and that of a waiting reader', async () => {
    const reason = new Error('mine');
    const controller = new AbortController();
    const store = new MemoryStore();
    const check = (): boolean => {
      controller.abort(reason);
      return true;
    };
    const own = store.watch({ events: [{ kind: 'node', check }], signal: controller.signal });
    const reading = store.watch({ signal: controller.signal }).next();
    await createNode(store, 'a');
    await expect(reading).rejects.toBe(reason);
    await expect(own.next()).rejects.toBe(reason);
    expect(store.stats().watchers).toBe(0);
  });

  test('[W7][W8] a check’s result counts as true or false, and a check may throw any value', async () => {
    const store = new MemoryStore();
    const watching = (check: () => unknown): Watcher =>
      store.watch({ events: [{ kind: 'node', check: check as () => boolean }] });
    const truthy = watching(() => 'yes');
    const falsy = watching(() => 0);
    const failing = [undefined, null, 'text'].map((reason) => ({
      reason,
      watcher: watching(() => {
        throw reason;
      }),
    }));
    await createNode(store, 'a');
    for (const { reason, watcher } of failing) {
      const caught = await watcher.next().then(
        () => 'nothing',
        (error: unknown) => ({ error }),
      );
      expect(caught).toEqual({ error: reason });
    }
    expect(await drain(store, truthy)).toEqual(['create node a']);
    expect(await drain(store, falsy)).toEqual([]);
  });

  test('[W23][T22] reads inside a check show the state after the whole commit, and a snapshot keeps it', async () => {
    const seen: unknown[] = [];
    let kept: ReadTx | undefined;
    const { store } = storeWithCheck((inner) => {
      seen.push(nodeIds(inner));
      kept = inner.snapshot();
    });
    await store.update((tx) => {
      tx.nodes.create({ id: 'a' });
      tx.nodes.create({ id: 'b' });
    });
    await createNode(store, 'c');
    expect(seen).toEqual([['a', 'b']]);
    expect(kept?.nodes.count(all)).toBe(2);
  });
});
