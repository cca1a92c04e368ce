import { describe, expect, test } from '@jest/globals';
import { NodeRole, byNodeId, byRole, byServiceId } from 'swarmstate';
import type { Kind, Selector } from 'swarmstate';
import { follow } from 'swarmstate/cache';
import type { Followed } from 'swarmstate/cache';
import { rejected, thrown } from '../support/store-helpers.ts';
import { VirtualClock } from '../examples/support/virtual-clock.ts';
import { collect, storeOfTwoTasks as store } from './support/follow-helpers.ts';

describe('tables of a follower', () => {
  test('[Y1] a follower has the rows at once, and then every commit, in order and with its version', async () => {
    const source = await store();
    const follower = follow(source, { tables: ['task', 'node'] });
    expect([follower.table('task').size, follower.table('node').get('n1')]).toEqual([
      2,
      source.view((tx) => tx.nodes.get('n1')),
    ]);
    const told = collect(follower);
    await source.update((tx) => {
      tx.tasks.delete('t1');
      tx.nodes.create({ id: 'n2' });
    });
    await source.update((tx) => tx.services.create({ id: 's1' }));
    await source.update((tx) => tx.tasks.modify('t2', (draft) => void (draft.slot = 7)));
    await follower.waitFor(source.version);
    expect(told).toEqual(['commit 2: delete task t1, create node n2', 'commit 4: update task t2']);
    expect([...follower.table('task')]).toEqual([source.view((tx) => tx.tasks.get('t2'))]);
    expect(follower.version).toEqual(source.version);
    expect(follower.table('task').has('t1')).toBe(false);
  });

  test('[Y1] a follower without the option tables follows all ten', async () => {
    const source = await store();
    const follower = follow(source);
    const told = collect(follower);
    await source.update((tx) => {
      tx.extensions.create({ id: 'e1', annotations: { name: 'backup' } });
      tx.resources.create({ id: 'r1', kind: 'backup' });
    });
    await follower.waitFor(source.version);
    expect(told).toEqual(['commit 2: create extension e1, create resource r1']);
    expect(follower.stats()).toMatchObject({
      status: 'live',
      rows: 5,
      commits: 1,
      changes: 5,
      resyncs: 0,
      lag: { changes: 0, milliseconds: 0 },
    });
  });

  test('[Y2] an object that enters a followed part of a table is a create; one that leaves is a delete', async () => {
    const source = await store();
    const follower = follow(source, { tables: [{ kind: 'task', by: byNodeId('n1') }] });
    const told = collect(follower);
    const move = (id: string, nodeId: string) =>
      source.update((tx) => tx.tasks.modify(id, (draft) => void (draft.nodeId = nodeId)));
    await move('t1', 'n3');
    await move('t2', 'n1');
    await move('t1', 'n4');
    await source.update((tx) => tx.tasks.modify('t2', (draft) => void (draft.slot = 3)));
    await follower.waitFor(source.version);
    expect(told).toEqual(['commit 2: delete task t1', 'commit 3: create task t2', 'commit 5: update task t2']);
  });

  test('[Y2] a follower follows several parts of a table as their union', async () => {
    const source = await store();
    const parts = follow(source, {
      tables: [
        { kind: 'task', by: byNodeId('n1') },
        { kind: 'task', by: byNodeId('n2') },
      ],
    });
    const whole = follow(source, { tables: ['task', { kind: 'task', by: byNodeId('n1') }] });
    await source.update((tx) => tx.tasks.create({ id: 't3', nodeId: 'n3' }));
    await Promise.all([parts.waitFor(source.version), whole.waitFor(source.version)]);
    expect([parts.table('task').size, whole.table('task').size]).toEqual([2, 3]);
  });

  test('[Y3] the option events decides which changes are reported, not which rows are followed', async () => {
    const source = await store();
    const follower = follow(source, {
      tables: ['task', 'node'],
      events: [
        { kind: 'task', action: 'create', by: byServiceId('s1') },
        { kind: 'task', check: (task, old) => old !== undefined && task.slot !== old.slot },
      ],
    });
    const told = collect(follower);
    const commits = follow(source, { tables: [], events: [{ action: 'commit' }] });
    const part = follow(source, {
      tables: [{ kind: 'task', by: byNodeId('n2') }],
      events: [{ kind: 'task', action: 'create' }],
    });
    const toldOfPart = collect(part);
    const toldOfCommits = collect(commits);
    await source.update((tx) => {
      tx.tasks.create({ id: 't3', serviceId: 's1' });
      tx.tasks.create({ id: 't4' });
      tx.nodes.create({ id: 'n2' });
    });
    await source.update((tx) => tx.tasks.modify('t4', (draft) => void (draft.nodeId = 'n2')));
    await source.update((tx) => tx.tasks.modify('t4', (draft) => void (draft.slot = 2)));
    await Promise.all([follower, commits, part].map((each) => each.waitFor(source.version)));
    expect(told).toEqual(['commit 2: create task t3', 'commit 4: update task t4']);
    expect(toldOfPart).toEqual(['commit 3: create task t4']);
    expect([follower.table('task').size, follower.table('node').size]).toEqual([4, 2]);
    expect(toldOfCommits).toEqual(['commit 2: ', 'commit 3: ', 'commit 4: ']);
  });

  test('[Y4] follow throws for wrong options and leaves no watcher', async () => {
    const source = await store();
    thrown(() => follow(source, { tables: ['tasks' as Kind] }), 'ERR_INVALID_FIND_BY');
    thrown(() => follow(source, { tables: 'task' as never }), 'ERR_INVALID_FIND_BY');
    // @ts-expect-error nodes are not found by their node
    const wrong: Followed = { kind: 'node', by: byNodeId('n1') };
    thrown(() => follow(source, { tables: [wrong] }), 'ERR_INVALID_FIND_BY');
    // @ts-expect-error nodes are not followed
    thrown(() => follow(source, { tables: ['task'], events: [{ kind: 'node' }] }), 'ERR_INVALID_FIND_BY');
    thrown(() => follow(source, { limit: 0 }), 'ERR_INVALID_OBJECT');
    // @ts-expect-error nodes are not followed
    thrown(() => follow(source, { tables: ['task'] }).table('node'), 'ERR_INVALID_FIND_BY');
    expect(source.stats().watchers).toBe(1);
  });

  test('[Y4] follow refuses the selectors that watch refuses', async () => {
    const source = await store();
    const wrong: readonly object[] = [
      {},
      { kind: 'task', acton: 'create' },
      { kind: 'task', action: 'creates' },
      { kind: 'task', by: byRole(NodeRole.MANAGER) },
      { kind: 'task', by: { by: 'all' } },
      { kind: 'task', check: true },
      { kind: 'task', action: 'commit' },
    ];
    for (const selector of wrong) {
      const events = [selector] as unknown as readonly Selector[];
      thrown(() => source.watch({ events }), 'ERR_INVALID_FIND_BY');
      thrown(() => follow(source, { events }), 'ERR_INVALID_FIND_BY');
    }
    thrown(() => follow(source, { events: { kind: 'task' } as never }), 'ERR_INVALID_FIND_BY');
    expect(source.stats().watchers).toBe(0);
  });

  test('[Y4] a follower closes when a remote source refuses its options', async () => {
    const source = await store();
    const clock = new VirtualClock(0);
    const resumed = follow(source, { limit: 0, clock, from: { objects: {}, version: source.version } });
    await rejected(resumed.synced, 'ERR_INVALID_OBJECT');
    expect([resumed.status, clock.next, source.stats().watchers]).toEqual(['closed', undefined, 0]);
  });
});
