import { getEventListeners } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { newId } from 'swarmstate';
import type { ObjectEvent } from 'swarmstate';
import { follow } from 'swarmstate/cache';
import { storeOfTwoTasks as store } from './support/follow-helpers.ts';
import { microtasks } from '../support/microtasks.ts';

describe('callbacks of a follower', () => {
  test('[Y12] a selector’s check that throws closes the follower with its error', async () => {
    const source = await store();
    const mistake = new Error('mistake');
    const check = (): boolean => {
      throw mistake;
    };
    const { signal } = new AbortController();
    const follower = follow(source, { tables: ['node'], events: [{ kind: 'node', check }], signal });
    await expect(follower.synced).rejects.toBe(mistake);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    const later = follow(source, { tables: ['node'], events: [{ kind: 'node', action: 'update', check }] });
    const reasons: unknown[] = [];
    later.on('status', ({ reason }) => void reasons.push(reason));
    await source.update((tx) => tx.nodes.modify('n1', (draft) => void (draft.status.addr = 'a')));
    await microtasks();
    expect([later.status, reasons, source.stats().watchers]).toEqual(['closed', [mistake], 0]);
  });

  test('[Y12] a handler that is registered twice is called twice, until each registration is removed', async () => {
    const source = await store();
    const follower = follow(source, { tables: ['task'] });
    let told = 0;
    const handler = (): void => void (told += 1);
    const removers = [follower.on('commit', handler), follower.on('commit', handler)];
    const counts: number[] = [];
    for (const id of ['a', 'b', 'c']) {
      await source.update((tx) => tx.tasks.create({ id }));
      await follower.waitFor(source.version);
      counts.push(told);
      removers.pop()?.();
    }
    expect(counts).toEqual([2, 3, 3]);
    // A handler that another handler removed is not called any more.
    follower.on('commit', () => removeLast());
    const removeLast = follower.on('commit', handler);
    await source.update((tx) => tx.tasks.create({ id: 'd' }));
    await follower.waitFor(source.version);
    expect(told).toBe(3);
  });

  test('[Y12] a follower’s handler that throws does not keep the other handlers from being called', async () => {
    const source = await store();
    const follower = follow(source, { tables: ['task'] });
    const uncaught: unknown[] = [];
    const original = globalThis.queueMicrotask;
    globalThis.queueMicrotask = (callback) =>
      original(() => {
        try {
          callback();
        } catch (error) {
          uncaught.push(error);
        }
      });
    try {
      const remove = follower.on('commit', () => {
        throw new Error('mistake');
      });
      const events: ObjectEvent[] = [];
      follower.on('commit', (commit) => void events.push(...commit.events));
      await source.update((tx) => tx.tasks.delete('t1'));
      await follower.waitFor(source.version);
      remove();
      await source.update((tx) => tx.tasks.create({ id: newId() }));
      await follower.waitFor(source.version);
      expect(events).toHaveLength(2);
      expect(uncaught).toEqual([new Error('mistake')]);
    } finally {
      globalThis.queueMicrotask = original;
    }
  });
});
