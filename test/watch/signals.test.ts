import { getEventListeners } from 'node:events';
import { describe, expect, jest, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import type { WatchOptions } from 'swarmstate';
import { createNode, rejected } from '../support/store-helpers.ts';

const selections: [string, WatchOptions][] = [
  ['without selectors', {}],
  ['with selectors', { events: [{ kind: 'node' }] }],
];

describe.each(selections)('a watcher %s that no event can reach any more', (_name, options) => {
  test('[W33] holds nothing once its store has closed: neither the signal nor the store refers to it', async () => {
    const { signal } = new AbortController();
    const store = new MemoryStore();
    const unread = store.watch({ ...options, signal });
    const read = store.watch({ ...options, signal });
    await createNode(store, 'n1');
    await read.next();
    expect(store.stats().watchers).toBe(2);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await store.close();
    expect(store.stats().watchers).toBe(0);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    expect((await unread.next()).value).toMatchObject({ object: { id: 'n1' } });
  });

  test('[W33] holds nothing once it overflowed', async () => {
    const { signal } = new AbortController();
    const store = new MemoryStore();
    const watcher = store.watch({ ...options, limit: 1, signal });
    for (const id of ['n1', 'n2', 'n3']) await createNode(store, id);
    expect(store.stats().watchers).toBe(0);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    await watcher.next();
    if (options.events === undefined) await watcher.next();
    await rejected(watcher.next(), 'ERR_WATCH_OVERFLOW');
  });

  test('[W34] an abort still ends the reading of what is left', async () => {
    const controller = new AbortController();
    const store = new MemoryStore();
    const watchers = [1, 2].map(() => store.watch({ ...options, signal: controller.signal }));
    for (const id of ['n1', 'n2']) await createNode(store, id);
    await store.close();
    for (const watcher of watchers) await watcher.next();
    controller.abort(new Error('enough'));
    const [events, commits] = watchers;
    await expect(events?.next()).rejects.toThrow('enough');
    await expect(commits?.commits().next()).rejects.toThrow('enough');
    expect(await events?.next()).toEqual({ done: true, value: undefined });
  });
});

describe('many watchers and writers on one signal', () => {
  test('[W35] add one listener to it, and Node warns of no leak', async () => {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const controller = new AbortController();
    const { signal } = controller;
    const store = new MemoryStore();
    const watchers = Array.from({ length: 20 }, () => store.watch({ signal }));
    const held = store.update(() => {
      for (let i = 0; i < 20; i += 1) {
        setImmediate(() => undefined);
      }
    });
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    controller.abort(new Error('all of them'));
    for (const watcher of watchers) await expect(watcher.next()).rejects.toThrow('all of them');
    await held;
    expect(store.stats().watchers).toBe(0);
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });

  test('[W35] a signal that is no AbortSignal is refused, and leaves no watcher', () => {
    const store = new MemoryStore();
    const controller = new AbortController();
    expect(() => store.watch({ signal: controller as never })).toThrow('signal');
    expect(() => store.watch({ event: [] } as never)).toThrow("no option 'event'");
    expect(store.stats().watchers).toBe(0);
  });
});

test('[W36] deliveries, proposals, batches and closing go on under fake timers', async () => {
  jest.useFakeTimers();
  try {
    const proposer = {
      index: 0,
      async proposeValue(_actions: unknown, commit: () => void) {
        await Promise.resolve();
        this.index += 1;
        commit();
      },
      getVersion() {
        return { index: this.index };
      },
      changesBetween: () => [],
    };
    const store = new MemoryStore({ proposer });
    const watcher = store.watch({ events: [{ kind: 'node' }] });
    const everything = store.watch();
    const next = watcher.next();
    const any = everything.next();
    await Promise.all([createNode(store, 'n1'), createNode(store, 'n2')]);
    expect((await next).value).toMatchObject({ object: { id: 'n1' } });
    expect((await any).value).toMatchObject({ object: { id: 'n1' } });
    await store.batch(async (batch) => {
      await batch.update((tx) => tx.nodes.create({ id: 'n3' }));
    });
    await store.close();
  } finally {
    jest.useRealTimers();
  }
});
