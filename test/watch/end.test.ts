import { describe, expect, test } from '@jest/globals';
import { MemoryStore, all } from 'swarmstate';
import type { Selector, StoreEvent } from 'swarmstate';
import { brief, createNode, take } from '../support/store-helpers.ts';

describe('the end of watchers', () => {
  test('[W17] an aborted signal ends a watcher with its reason, also before the first read', async () => {
    const store = new MemoryStore();
    const reason = new Error('enough');
    for (const events of [undefined, [{ kind: 'node' }] satisfies Selector[]]) {
      const controller = new AbortController();
      const watcher = store.watch({ signal: controller.signal, events });
      const buffered = store.watch({ signal: controller.signal, events });
      const waiting = watcher.next();
      const behind = watcher.next();
      controller.abort(reason);
      await expect(waiting).rejects.toBe(reason);
      expect(await behind).toEqual({ done: true, value: undefined });
      await createNode(store, `late-${events === undefined}`);
      await expect(buffered.next()).rejects.toBe(reason);
      const early = store.watch({ signal: AbortSignal.abort(reason), events });
      await expect(early.next()).rejects.toBe(reason);
      expect(await early.next()).toEqual({ done: true, value: undefined });
    }
    expect(store.stats().watchers).toBe(0);
  });

  test('[W18] close, return, break and using end a watcher and settle its waiting reads', async () => {
    const store = new MemoryStore();
    const waiting = store.watch();
    const read = waiting.next();
    waiting.close();
    waiting.close();
    expect(await read).toEqual({ done: true, value: undefined });
    const left = store.watch({ events: [{ kind: 'node' }] });
    await createNode(store, 'n1');
    await createNode(store, 'n2');
    for await (const event of left) {
      expect(brief(event)).toBe('create node n1');
      break;
    }
    expect(await left.next()).toEqual({ done: true, value: undefined });
    const framed = store.watch().commits();
    await framed.return?.();
    expect(await framed.next()).toEqual({ done: true, value: undefined });
    const disposed = [store.watch(), store.watch({ events: [{ kind: 'node' }] })];
    disposed[0]?.[Symbol.dispose]();
    await disposed[1]?.[Symbol.asyncDispose]();
    expect(store.stats().watchers).toBe(0);
  });

  test('[W19] closing the store ends watchers after their unread events', async () => {
    const store = new MemoryStore();
    const watchers = [store.watch(), store.watch({ events: [{ kind: 'node' }] })];
    const waiting = store.watch({ events: [{ kind: 'task' }] }).next();
    const waitingForAnything = store.watch();
    await createNode(store, 'n1');
    await take(waitingForAnything, 2);
    const next = waitingForAnything.next();
    await store.close();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await next).toEqual({ done: true, value: undefined });
    for (const watcher of watchers) {
      expect(brief((await watcher.next()).value as StoreEvent)).toBe('create node n1');
    }
    for (const events of [undefined, [{ kind: 'node' }] satisfies Selector[]]) {
      expect(await store.watch({ events }).next()).toEqual({ done: true, value: undefined });
      expect((await store.viewAndWatch((tx) => tx.nodes.count(all), { events }).watcher.next()).done).toBe(true);
    }
  });

  test('[W20] concurrent reads of a watcher are served in their order', async () => {
    const store = new MemoryStore();
    const watcher = store.watch();
    const reads = [watcher.next(), watcher.next(), watcher.next(), watcher.next(), watcher.next()];
    await createNode(store, 'n1');
    await createNode(store, 'n2');
    await store.close();
    const results = await Promise.all(reads);
    expect(results.map((result) => (result.done === true ? 'done' : brief(result.value)))).toEqual([
      'create node n1',
      'commit',
      'create node n2',
      'commit',
      'done',
    ]);
  });
});
