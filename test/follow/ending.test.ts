import { describe, expect, test } from '@jest/globals';
import { all } from 'swarmstate';
import { follow } from 'swarmstate/cache';
import type { FollowedCommit, FollowSource, StatusChange } from 'swarmstate/cache';
import { rejected } from '../support/store-helpers.ts';
import { VirtualClock } from '../examples/support/virtual-clock.ts';
import { collect, storeOfTwoTasks as store } from './support/follow-helpers.ts';
import { microtasks } from '../support/microtasks.ts';

describe('the end of a follower', () => {
  test('[Y11] a follower ends with its source, after the source’s last commit', async () => {
    const source = await store();
    const follower = follow(source, { tables: ['task'] });
    const told = collect(follower);
    void source.update((tx) => tx.tasks.delete('t1'));
    await source.close();
    const ended: FollowedCommit[] = [];
    for await (const commit of follower) ended.push(commit);
    await follower.closed;
    expect(told).toEqual(['commit 2: delete task t1']);
    expect(follower.status).toBe('closed');
    expect([...follower.table('task')].map(({ id }) => id)).toEqual(['t2']);
    const late = follow(source, { tables: ['task'] });
    await late.synced;
    expect([...late.table('task')].map(({ id }) => id)).toEqual(['t2']);
  });

  test('[Y11] close, using and a signal end a follower at once, and leave no watcher in the source', async () => {
    const source = await store();
    const controller = new AbortController();
    const follower = follow(source, { tables: ['task'], signal: controller.signal });
    {
      using other = follow(source, { tables: ['task'] });
      expect(source.stats().watchers).toBe(2);
      other.close();
    }
    const told = collect(follower);
    controller.abort(new Error('enough'));
    expect([follower.status, source.stats().watchers]).toEqual(['closed', 0]);
    await follower.closed;
    await source.update((tx) => tx.tasks.delete('t1'));
    await microtasks();
    expect([told, follower.table('task').size]).toEqual([[], 2]);
    await expect(follow(source, { signal: controller.signal }).synced).rejects.toThrow('enough');
    const pending: FollowSource = { viewAndWatch: () => new Promise(() => undefined) };
    const never = follow(pending);
    never.close();
    await rejected(never.synced, 'ERR_STORE_CLOSED');
  });

  test('[Y11] a follower that had fallen behind reaches the last state when its source ends', async () => {
    const source = await store();
    const from = { objects: { task: source.view((tx) => tx.tasks.find(all)) }, version: source.version };
    await source.update((tx) => tx.tasks.delete('t1'));
    const resuming = follow(source, { tables: ['task'], from });
    await source.close();
    await microtasks();
    expect([resuming.status, [...resuming.table('task')].map(({ id }) => id)]).toEqual(['closed', ['t2']]);
  });

  test('[Y11] a source that fails after its follower was closed leaves no timer and causes no event', async () => {
    const clock = new VirtualClock(0);
    let fail: (error: Error) => void = () => undefined;
    const follower = follow({ viewAndWatch: () => new Promise((_resolve, reject) => (fail = reject)) }, { clock });
    const statuses: StatusChange[] = [];
    follower.on('status', (change) => void statuses.push(change));
    follower.close();
    fail(new Error('too late'));
    await microtasks();
    expect([clock.next, statuses.map(({ status }) => status)]).toEqual([undefined, ['closed']]);
  });
});
