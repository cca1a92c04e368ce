import { getEventListeners } from 'node:events';
import { describe, expect, jest, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import { follow } from 'swarmstate/cache';
import { VersionWaits } from '../../src/follow/version-waits.ts';
import { rejected } from '../support/store-helpers.ts';
import { storeOfTwoTasks as store } from './support/follow-helpers.ts';
import { Tally, UnreliableSource } from './support/unreliable-source.ts';
import { microtasks } from '../support/microtasks.ts';

test('[Y34] the stats of a follower say how far it is behind its source', async () => {
  const source = await store();
  const connection = new UnreliableSource(source, new Tally());
  const follower = follow(connection, { tables: ['task'] });
  const touch = (id: string): Promise<unknown> =>
    source.update((tx) => tx.tasks.modify(id, (draft) => void (draft.slot += 1)));
  const spy = jest.spyOn(performance, 'now');
  try {
    const at = (time: number): void => void spy.mockReturnValue(time);
    at(1000);
    await microtasks();
    connection.hold();
    // A read that is pending already is still served.
    await touch('t1');
    await follower.waitFor(source.version);
    at(1010);
    await touch('t1');
    at(1020);
    await source.update((tx) => tx.nodes.create({ id: 'n2' }));
    await source.update((tx) => {
      tx.tasks.modify('t1', (draft) => void (draft.slot += 1));
      tx.tasks.modify('t2', (draft) => void (draft.slot += 1));
    });
    at(1050);
    await microtasks();
    expect(follower.stats().lag).toEqual({ changes: 3, milliseconds: 40, lastMilliseconds: 0 });
    const lags: unknown[] = [];
    follower.on('commit', () => void lags.push(follower.stats().lag));
    connection.release();
    await follower.waitFor(source.version);
    await microtasks();
    expect(lags).toEqual([
      { changes: 3, milliseconds: 40, lastMilliseconds: 0 },
      { changes: 2, milliseconds: 30, lastMilliseconds: 40 },
    ]);
    expect(follower.stats().lag).toEqual({ changes: 0, milliseconds: 0, lastMilliseconds: 30 });
  } finally {
    spy.mockRestore();
  }
});

describe('waitFor of a follower', () => {
  test('[Y10] waitFor resolves at its version, also when that commit changed no followed row', async () => {
    const source = await store();
    const follower = follow(source, { tables: ['node'] });
    let reached = false;
    const waiting = follower.waitFor({ index: 3 }).then(() => (reached = true));
    await source.update((tx) => tx.tasks.delete('t1'));
    await follower.waitFor(source.version);
    expect(reached).toBe(false);
    await source.update((tx) => tx.tasks.delete('t2'));
    await waiting;
    expect(follower.version).toEqual({ index: 3 });
    await follower.waitFor({ index: 1 });
  });

  test('[Y10] followers and waits put one listener on their signal, and leave none', async () => {
    const source = await store();
    const { signal } = new AbortController();
    const listeners = (): number => getEventListeners(signal, 'abort').length;
    const followers = [follow(source, { signal }), follow(source, { signal })];
    const waits = followers.map((follower) => follower.waitFor({ index: 2 }, { signal }));
    expect(listeners()).toBe(1);
    await source.update((tx) => tx.nodes.create({ id: 'n2' }));
    await Promise.all(waits);
    followers[0]?.close();
    expect(listeners()).toBe(1);
    followers[1]?.close();
    expect(listeners()).toBe(0);
  });

  test('[Y10] waits that have ended are not kept', async () => {
    const waits = new VersionWaits();
    const controller = new AbortController();
    const reached = waits.until({ index: 2 }, undefined, false, undefined);
    const aborted = waits.until({ index: 9 }, { index: 1 }, false, controller.signal);
    expect(waits.size).toBe(2);
    waits.reached({ index: 2 });
    controller.abort(new Error('enough'));
    await reached;
    await expect(aborted).rejects.toThrow('enough');
    expect(waits.size).toBe(0);
  });

  test('[Y10] waitFor rejects when its signal aborts, without versions, and when the follower closes', async () => {
    const source = await store();
    const follower = follow(source, { tables: ['node'] });
    const controller = new AbortController();
    const aborted = follower.waitFor({ index: 9 }, { signal: controller.signal });
    const waiting = follower.waitFor({ index: 9 });
    controller.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    await expect(follower.waitFor({ index: 9 }, { signal: controller.signal })).rejects.toThrow('enough');
    await rejected(follow(new MemoryStore()).waitFor(new MemoryStore().version), 'ERR_VERSIONING_UNSUPPORTED');
    follower.close();
    await rejected(waiting, 'ERR_STORE_CLOSED');
    await rejected(follower.waitFor({ index: 9 }), 'ERR_STORE_CLOSED');
  });
});
