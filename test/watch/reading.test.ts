import { describe, expect, test } from '@jest/globals';
import { MemoryStore, all, byId, byNodeId } from 'swarmstate';
import type { Selector, StoreEvent } from 'swarmstate';
import { brief, createNode, drain, rejected, take, thrown } from '../support/store-helpers.ts';

const variants: [string, readonly Selector[] | undefined][] = [
  ['without selectors', undefined],
  ['with selectors', [{ kind: 'node' }, { action: 'commit' }]],
];

describe('reading from watchers', () => {
  test.each(variants)(
    '[W18] a watcher may be closed between two events, and inside its loop (%s)',
    async (_name, events) => {
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
    },
  );

  test.each(variants)(
    '[W17] an abort between two events ends a watcher, and one after the end does nothing (%s)',
    async (_name, events) => {
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
    },
  );

  test.each(variants)(
    '[W19] events that were unread when the store closed can be read by transactions (%s)',
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
    '[W14][W18] a watcher that overflowed may be closed or aborted before it is read (%s)',
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

  test('[W3] a change of the selectors after watch has no effect', async () => {
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

  test('[W9] watchers share events, which are frozen', async () => {
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

  test('[W12][W22] viewAndWatch with wrong options throws and does not run its callback', () => {
    const store = new MemoryStore();
    let runs = 0;
    const events = [{ kind: 'node', by: byNodeId('n') }] as unknown as Selector[];
    thrown(() => store.viewAndWatch(() => (runs += 1), { events }), 'ERR_INVALID_FIND_BY');
    expect(runs).toBe(0);
    expect(store.stats().watchers).toBe(0);
  });

  test('[W11] the callback of viewAndWatch may abort the signal, or close the store', async () => {
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
