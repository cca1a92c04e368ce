import { describe, expect, test } from '@jest/globals';
import { MemoryStore, all, byNodeId } from 'swarmstate';
import { follow } from 'swarmstate/cache';
import type { FollowedCommit } from 'swarmstate/cache';
import { AttachedProposer } from '../support/scripted-proposer.ts';
import { collect, storeOfTwoTasks as store, words } from './support/follow-helpers.ts';

/** Makes more changes in one synchronous step than a follower with that limit can take. */
async function flood(source: MemoryStore, times: number): Promise<void> {
  const writes: Promise<unknown>[] = [];
  for (let time = 0; time < times; time++) {
    writes.push(source.update((tx) => tx.tasks.modify('t1', (draft) => void (draft.slot = time + 1))));
  }
  await Promise.all(writes);
}

describe('a follower that missed commits', () => {
  test('[Y7] a follower reads all rows again after an overflow, and reports only the difference', async () => {
    const source = await store();
    const follower = follow(source, { tables: ['task'], limit: 3 });
    const told: FollowedCommit[] = [];
    follower.on('commit', (commit) => void told.push(commit));
    await flood(source, 50);
    await follower.waitFor(source.version);
    const resync = told.at(-1)!;
    expect(words(resync)).toBe('resync 51: update task t1');
    expect(resync.events[0]).toMatchObject({ object: { slot: 50 } });
    expect(told.length).toBeLessThan(6);
    expect(follower.stats()).toMatchObject({ status: 'live', resyncs: 1, lag: { changes: 0 } });
  });

  test('[Y7] a follower reports a restore of its source as the difference', async () => {
    const source = await store();
    const saved = source.save();
    await source.update((tx) => {
      tx.tasks.delete('t1');
      tx.tasks.create({ id: 't3' });
    });
    const follower = follow(source, { tables: ['task'] });
    const told = collect(follower);
    await source.restore(saved);
    await follower.waitFor(source.version);
    expect(told).toEqual(['commit 3: delete task t3, create task t1']);
  });

  test('[Y7] a follower of a replica reads all rows again after a reload', async () => {
    const proposer = new AttachedProposer();
    const source = new MemoryStore({ proposer });
    await source.update((tx) => tx.tasks.create({ id: 't1' }));
    const follower = follow(source, { tables: ['task'] });
    const told = collect(follower);
    await proposer.replica?.restore({ tasks: [{ id: 't2' }] }, { index: 100 });
    await follower.waitFor({ index: 100 });
    expect(told).toEqual(['resync 100: delete task t1, create task t2']);
    expect(follower.stats().resyncs).toBe(1);
  });

  test('[Y8] a follower updates its option from by the source’s log, or by a comparison without it', async () => {
    const source = await store();
    const from = { objects: { task: [source.view((tx) => tx.tasks.get('t1')!)] }, version: source.version };
    await source.update((tx) => tx.tasks.create({ id: 't3' }));
    const resumed = follow(source, { tables: ['task'], from });
    const told = collect(resumed);
    await resumed.waitFor(source.version);
    // The log begins after t2 was created. t2 was not among the contents, and the log does not mention it.
    expect(told).toEqual(['initial 1: ', 'commit 2: create task t3']);
    expect([...resumed.table('task')].map(({ id }) => id)).toEqual(['t1', 't3']);

    const short = new MemoryStore({ history: 1, firstVersion: 1 });
    for (const id of ['t1', 't2', 't3']) await short.update((tx) => tx.tasks.create({ id }));
    const compared = follow(short, { tables: ['task'], from: { ...from, version: { index: 1 } } });
    const toldOfCompared = collect(compared);
    await compared.waitFor(short.version);
    expect(toldOfCompared).toEqual(['resync 3: update task t1, create task t2, create task t3']);
  });

  test('[Y8] a follower compares its option from with the source when there is no version', async () => {
    const source = await store();
    const kept = source.view((tx) => tx.tasks.get('t1')!);
    const follower = follow(source, { tables: ['task'], from: { objects: { task: [kept, { ...kept, id: 'gone' }] } } });
    const told = follower.commits();
    expect(words((await told.next()).value!)).toBe('initial 1: create task t1, create task t2');
    expect(follower.stats()).toMatchObject({ changes: 2, resyncs: 0 });
  });

  test('[Y8] a follower drops objects of its option from that are outside the followed part', async () => {
    const source = await store();
    const objects = { task: source.view((tx) => tx.tasks.find(all)) };
    const tables = [{ kind: 'task' as const, by: byNodeId('n1') }];
    for (const version of [source.version, undefined]) {
      const follower = follow(source, { tables, from: { objects, version } });
      await follower.synced;
      expect([...follower.table('task')].map(({ id }) => id)).toEqual(['t1']);
    }
  });
});
