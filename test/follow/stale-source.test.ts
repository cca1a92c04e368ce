import { describe, expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import { follow } from 'swarmstate/cache';
import type { FollowSource, SourceWatch, StatusChange } from 'swarmstate/cache';
import { AttachedProposer } from '../support/scripted-proposer.ts';
import { VirtualClock } from '../examples/support/virtual-clock.ts';
import { collect, storeOfTwoTasks as store } from './support/follow-helpers.ts';
import { Tally, UnreliableSource } from './support/unreliable-source.ts';
import { microtasks } from '../support/microtasks.ts';

describe('a source that is stale or fails', () => {
  test('[Y9] a follower of a failing source retries after growing delays, and is stale meanwhile', async () => {
    const source = await store();
    const clock = new VirtualClock(0);
    let broken: Error | undefined;
    let end: (error: unknown) => void = () => undefined;
    const flaky: FollowSource = {
      viewAndWatch(callback, options) {
        if (broken !== undefined) return Promise.reject(broken);
        const { value, watcher } = source.viewAndWatch(callback, options);
        const commits = watcher.commits();
        const ended = new Promise<never>((_resolve, reject) => (end = reject));
        ended.catch(() => undefined);
        const watch = {
          commits: () => ({ next: () => Promise.race([commits.next(), ended]) }),
          close: () => watcher.close(),
        };
        return Promise.resolve<SourceWatch<typeof value>>({ value, watcher: watch });
      },
    };
    const follower = follow(flaky, { tables: ['task'], clock });
    const statuses: StatusChange[] = [];
    follower.on('status', (change) => void statuses.push(change));
    expect(follower.status).toBe('syncing');
    await follower.synced;
    expect(follower.status).toBe('live');
    broken = new Error('no connection');
    end(broken);
    await microtasks();
    expect(follower.status).toBe('stale');
    expect(follower.table('task').size).toBe(2);
    await source.update((tx) => tx.tasks.delete('t1'));
    clock.turnTo(50);
    await microtasks();
    expect(clock.next).toBe(150);
    broken = undefined;
    clock.turnTo(150);
    await microtasks();
    expect([follower.status, follower.table('task').size]).toEqual(['live', 1]);
    expect(statuses.map(({ status, reason }) => [status, (reason as Error | undefined)?.message])).toEqual([
      ['live', undefined],
      ['stale', 'no connection'],
      ['stale', 'no connection'],
      ['live', undefined],
    ]);
    follower.close();
    expect(source.stats().watchers).toBe(0);
  });

  test('[Y9] a follower catches up after an outage from the source’s log, or by a comparison without it', async () => {
    for (const { history, resyncs } of [
      { history: 1000, resyncs: 0 },
      { history: 1, resyncs: 1 },
    ]) {
      const source = new MemoryStore({ history });
      await source.update((tx) => tx.tasks.create({ id: 't1' }));
      const clock = new VirtualClock(0);
      const connection = new UnreliableSource(source, new Tally());
      const follower = follow(connection, { tables: ['task'], clock });
      const told = collect(follower);
      connection.cut(2);
      await microtasks();
      for (const id of ['t2', 't3', 't4']) await source.update((tx) => tx.tasks.create({ id }));
      for (const time of [50, 150, 350]) {
        expect([follower.status, clock.next]).toEqual(['stale', time]);
        clock.turnTo(time);
        await microtasks();
      }
      await follower.waitFor(source.version);
      expect(told.join('; ').match(/create task t[234]/g)).toEqual([
        'create task t2',
        'create task t3',
        'create task t4',
      ]);
      expect([follower.status, follower.stats().resyncs, told.length]).toEqual([
        'live',
        resyncs,
        resyncs === 0 ? 3 : 1,
      ]);
    }
  });

  test('[Y9] a source’s stale and live events become its follower’s status', async () => {
    const proposer = new AttachedProposer();
    const source = new MemoryStore({ proposer });
    const follower = follow(source, { tables: ['task'] });
    const statuses: StatusChange[] = [];
    follower.on('status', (change) => void statuses.push(change));
    proposer.replica?.stale('no leader');
    expect(follower.status).toBe('stale');
    proposer.replica?.live();
    expect(statuses).toEqual([
      { status: 'stale', reason: 'no leader' },
      { status: 'live', reason: undefined },
    ]);
  });

  test('[Y9] a follower of a stale source stays stale after it has read all rows again', async () => {
    const proposer = new AttachedProposer();
    const source = new MemoryStore({ proposer });
    const follower = follow(source, { tables: ['task'] });
    proposer.replica?.stale('no leader');
    await proposer.replica?.restore({ tasks: [{ id: 't1' }] }, { index: 100 });
    await follower.waitFor({ index: 100 });
    expect([follower.stats().resyncs, follower.status]).toEqual([1, 'stale']);
    proposer.replica?.live();
    expect(follower.status).toBe('live');
  });
});
