import { describe, expect, test } from '@jest/globals';
import { MemoryStore, all, byId, byNodeId } from 'swarmstate';
import type { ReadTx, Selector, StoreEvent, Watcher } from 'swarmstate';
import { brief, createNode, drain, nodeIds, rejected, take, thrown } from '../support/store-helpers.ts';

const variants: [string, readonly Selector[] | undefined][] = [
  ['without selectors', undefined],
  ['with selectors', [{ kind: 'node' }, { action: 'commit' }]],
];

/** A store whose watcher calls `act` in the check of the first node that is created. */
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
  test('[W18][W7] a watcher that closes itself, or another', async () => {
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

  test('[W11][T5] a write that is started there follows, in its turn', async () => {
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

  test('[T29][T30] the same while a batch gives way', async () => {
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

  test('[T32][W19] closing the store', async () => {
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

  test('[W17] aborting one’s own signal, and that of somebody who reads', async () => {
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

  test('[W7][W8] what a check gives counts as true or false, and anything can be thrown', async () => {
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

  test('[W23][T22] reading shows the state after the whole commit, and a snapshot keeps it', async () => {
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

describe('reading', () => {
  test.each(variants)('[W18] closing between two events, and inside the loop (%s)', async (_name, events) => {
    const store = new MemoryStore();
    const watcher = store.watch({ events });
    for (const id of ['a', 'b', 'c']) await createNode(store, id);
    const seen: string[] = [];
    for await (const event of watcher) {
      seen.push(brief(event));
      if (seen.length === 2) watcher.close();
    }
    expect(seen).toEqual(['create node a', 'commit']);
    watcher.close();
    expect(await watcher.return()).toEqual({ done: true, value: undefined });
    for await (const event of watcher) throw new Error(brief(event));
  });

  test.each(variants)('[W17] a signal that aborts between two events, or after the end (%s)', async (_name, events) => {
    const store = new MemoryStore();
    const [first, second] = [new AbortController(), new AbortController()];
    const watcher = store.watch({ events, signal: first.signal });
    const closed = store.watch({ events, signal: second.signal });
    await createNode(store, 'a');
    expect(await take(watcher, 1)).toEqual(['create node a']);
    first.abort('enough');
    await expect(watcher.next()).rejects.toBe('enough');
    expect((await watcher.next()).done).toBe(true);
    closed.close();
    second.abort('too late');
    expect((await closed.next()).done).toBe(true);
    const aborted = store.watch({ events, signal: AbortSignal.abort('before') });
    await createNode(store, 'b');
    await expect(aborted.next()).rejects.toBe('before');
    expect(store.stats().watchers).toBe(0);
  });

  test.each(variants)(
    '[W19] what was not read when the store closed can be read by transactions, and then no more (%s)',
    async (_name, events) => {
      const store = new MemoryStore();
      const watcher = store.watch({ events });
      await store.update((tx) => {
        tx.nodes.create({ id: 'a' });
        tx.nodes.create({ id: 'b' });
      });
      await createNode(store, 'c');
      await store.close();
      expect(await take(watcher, 1)).toEqual(['create node a']);
      const frames: string[][] = [];
      for await (const commit of watcher.commits()) frames.push(commit.events.map(brief));
      expect(frames).toEqual([['create node b'], ['create node c']]);
      expect((await watcher.next()).done).toBe(true);
    },
  );

  test.each(variants)(
    '[W14][W18] a watcher that overflowed and is closed or aborted before it was read (%s)',
    async (_name, events) => {
      const store = new MemoryStore();
      const controller = new AbortController();
      const closed = store.watch({ events, limit: 1 });
      const aborted = store.watch({ events, limit: 1, signal: controller.signal });
      for (const id of ['a', 'b']) await createNode(store, id);
      closed.close();
      expect((await closed.next()).done).toBe(true);
      controller.abort('enough');
      await expect(aborted.next()).rejects.toBe('enough');
      expect(store.stats().watchers).toBe(0);
    },
  );

  test('[W3] selectors are what they were when the watch began', async () => {
    const store = new MemoryStore();
    const selector: { kind: 'node' | 'task'; by?: ReturnType<typeof byId> } = { kind: 'node' };
    const events = [selector];
    const watcher = store.watch({ events });
    selector.kind = 'task';
    selector.by = byId('nothing');
    events.push({ kind: 'task' });
    await createNode(store, 'a');
    await store.update((tx) => tx.tasks.create({ id: 't' }));
    expect(await drain(store, watcher)).toEqual(['create node a']);
  });

  test('[W9] events are shared and frozen, so that one watcher cannot spoil another’s', async () => {
    const store = new MemoryStore();
    const watchers = [store.watch(), store.watch(), store.watch({ events: [{ kind: 'node' }] })];
    const commits = store.watch().commits();
    await createNode(store, 'a');
    const events: StoreEvent[] = [];
    for (const watcher of watchers) events.push((await watcher.next()).value as StoreEvent);
    const commit = (await commits.next()).value;
    expect(new Set([...events, commit?.events[0]]).size).toBe(1);
    expect(Object.isFrozen(events[0])).toBe(true);
    expect(Object.isFrozen(commit) && Object.isFrozen(commit?.events)).toBe(true);
  });

  test('[W12][W22] viewAndWatch with options that make no sense runs no callback', () => {
    const store = new MemoryStore();
    let runs = 0;
    const events = [{ kind: 'node', by: byNodeId('n') }] as unknown as Selector[];
    thrown(() => store.viewAndWatch(() => (runs += 1), { events }), 'ERR_INVALID_FIND_BY');
    expect(runs).toBe(0);
    expect(store.stats().watchers).toBe(0);
  });

  test('[W11] viewAndWatch whose callback aborts the signal, or closes the store', async () => {
    const store = new MemoryStore();
    const controller = new AbortController();
    const aborted = store.viewAndWatch(() => controller.abort('enough'), { signal: controller.signal });
    await expect(aborted.watcher.next()).rejects.toBe('enough');
    const closed = store.viewAndWatch((tx) => {
      void store.close();
      return tx.nodes.count(all);
    });
    expect(closed.value).toBe(0);
    expect((await closed.watcher.next()).done).toBe(true);
    await rejected(createNode(store, 'a'), 'ERR_STORE_CLOSED');
  });
});
