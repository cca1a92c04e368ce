import { getEventListeners } from 'node:events';
import { describe, expect, jest, test } from '@jest/globals';
import { MemoryStore, all, byNodeId, byServiceId, newId } from 'swarmstate';
import type { Kind, ObjectEvent } from 'swarmstate';
import { follow } from 'swarmstate/cache';
import type { Followed, FollowedCommit, FollowSource, SourceWatch, StatusChange } from 'swarmstate/cache';
import { AttachedProposer } from '../support/scripted-proposer.ts';
import { rejected, thrown } from '../support/store-helpers.ts';
import { VirtualClock } from '../examples/support/virtual-clock.ts';
import { Tally, UnreliableSource } from './support/unreliable-source.ts';

/** A commit in a few words: `commit 3: create task t1, delete node n1`. */
function words({ cause, version, events }: FollowedCommit): string {
  const changes = events.map(({ action, kind, object }) => `${action} ${kind} ${object.id}`).join(', ');
  return `${cause} ${String(version?.index)}: ${changes}`;
}

async function store(): Promise<MemoryStore> {
  const made = new MemoryStore({ history: 1000 });
  await made.update((tx) => {
    tx.nodes.create({ id: 'n1' });
    tx.tasks.create({ id: 't1', nodeId: 'n1', serviceId: 's1' });
    tx.tasks.create({ id: 't2', nodeId: 'n2', serviceId: 's1' });
  });
  return made;
}

function collect(follower: { on(event: 'commit', handler: (commit: FollowedCommit) => void): () => void }): string[] {
  const told: string[] = [];
  follower.on('commit', (commit) => void told.push(words(commit)));
  return told;
}

/** Writes so much in one step that a follower of that limit cannot keep up. */
async function flood(source: MemoryStore, times: number): Promise<void> {
  const writes: Promise<unknown>[] = [];
  for (let time = 0; time < times; time++) {
    writes.push(source.update((tx) => tx.tasks.modify('t1', (draft) => void (draft.slot = time + 1))));
  }
  await Promise.all(writes);
}

describe('what a follower has', () => {
  test('[Y1] the rows are there at once, and every commit after them, in order and with its version', async () => {
    const source = await store();
    const follower = follow(source, { tables: ['task', 'node'] });
    expect([follower.table('task').size, follower.table('node').get('n1')]).toEqual([2, source.view((tx) => tx.nodes.get('n1'))]);
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

  test('[Y1] without tables all ten are followed', async () => {
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

  test('[Y2] of a part of a table what enters it is created, and what leaves it deleted', async () => {
    const source = await store();
    const follower = follow(source, { tables: [{ kind: 'task', by: byNodeId('n1') }] });
    const told = collect(follower);
    const move = (id: string, nodeId: string) => source.update((tx) => tx.tasks.modify(id, (draft) => void (draft.nodeId = nodeId)));
    await move('t1', 'n3');
    await move('t2', 'n1');
    await move('t1', 'n4');
    await source.update((tx) => tx.tasks.modify('t2', (draft) => void (draft.slot = 3)));
    await follower.waitFor(source.version);
    expect(told).toEqual(['commit 2: delete task t1', 'commit 3: create task t2', 'commit 5: update task t2']);
  });

  test('[Y2] several parts of a table are one', async () => {
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

  test('[Y3] selectors decide what is reported, not what is followed', async () => {
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
    const part = follow(source, { tables: [{ kind: 'task', by: byNodeId('n2') }], events: [{ kind: 'task', action: 'create' }] });
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

  test('[Y4] options that make no sense are refused at once', async () => {
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

  test('[Y4] options that the source refuses later close the follower', async () => {
    const source = await store();
    const clock = new VirtualClock(0);
    const resumed = follow(source, { limit: 0, clock, from: { objects: {}, version: source.version } });
    await rejected(resumed.synced, 'ERR_INVALID_OBJECT');
    expect([resumed.status, clock.next, source.stats().watchers]).toEqual(['closed', undefined, 0]);
  });
});

describe('what a reader gets', () => {
  test('[Y5] each stream begins with the rows of its moment, and goes on from there', async () => {
    const source = await store();
    const follower = follow(source, { tables: ['task'] });
    const first = follower.commits();
    await source.update((tx) => tx.tasks.delete('t2'));
    await follower.waitFor(source.version);
    const second = follower.commits();
    await source.update((tx) => tx.tasks.create({ id: 't3' }));
    await follower.waitFor(source.version);
    await source.close();
    const read = async (reader: AsyncIterable<FollowedCommit>) => {
      const told: string[] = [];
      for await (const commit of reader) told.push(words(commit));
      return told;
    };
    expect(await read(first)).toEqual([
      'initial 1: create task t1, create task t2',
      'commit 2: delete task t2',
      'commit 3: create task t3',
    ]);
    expect(await read(second)).toEqual(['initial 2: create task t1', 'commit 3: create task t3']);
    expect(await read(follower)).toEqual(['initial 3: create task t1, create task t3']);
  });

  test('[Y5] what a stream tells can be applied to another store, whatever the order of the tables', async () => {
    const source = await store();
    await source.update((tx) => {
      tx.extensions.create({ id: 'e1', annotations: { name: 'backup' } });
      tx.resources.create({ id: 'r1', kind: 'backup' });
    });
    const copy = new MemoryStore();
    const follower = follow(source, { tables: ['resource', 'task', 'extension'] });
    follower.close();
    for await (const { events } of follower) await copy.apply({ events });
    expect(copy.view((tx) => [tx.resources.get('r1')?.kind, tx.tasks.count(all)])).toEqual(['backup', 2]);
  });

  test('[Y5] a stream that a handler begins has the commit in its rows, and not once more', async () => {
    const source = await store();
    const follower = follow(source, { tables: ['node'] });
    const streams: AsyncIterator<FollowedCommit, undefined>[] = [];
    follower.on('commit', () => void streams.push(follower.commits()));
    await source.update((tx) => tx.nodes.create({ id: 'n2' }));
    await source.update((tx) => tx.nodes.create({ id: 'n3' }));
    await follower.waitFor(source.version);
    follower.close();
    const told: string[] = [];
    for (const stream of streams)
      for (let next = await stream.next(); next.done !== true; next = await stream.next()) told.push(words(next.value));
    expect(told).toEqual([
      'initial 2: create node n1, create node n2',
      'commit 3: create node n3',
      'initial 3: create node n1, create node n2, create node n3',
    ]);
  });

  test('[Y6] a reader that is too slow gets the net difference of what it did not read', async () => {
    const source = await store();
    const follower = follow(source, { tables: ['task'], limit: 2 });
    const reader = follower.commits();
    expect(words((await reader.next()).value!)).toBe('initial 1: create task t1, create task t2');
    for (const slot of [1, 2, 3]) {
      await source.update((tx) => {
        tx.tasks.modify('t1', (draft) => void (draft.slot = slot));
        tx.tasks.create({ id: `new-${slot}` });
        if (slot > 1) tx.tasks.delete(`new-${slot - 1}`);
      });
      await follower.waitFor(source.version);
    }
    await source.update((tx) => tx.tasks.delete('t2'));
    await follower.waitFor(source.version);
    const { value } = await reader.next();
    expect(words(value!)).toBe('resync 5: delete task t2, update task t1, create task new-3');
    expect(value!.events[1]).toMatchObject({ object: { slot: 3 }, oldObject: { slot: 0 } });
    await source.update((tx) => tx.tasks.delete('t1'));
    expect(words((await reader.next()).value!)).toBe('commit 6: delete task t1');
  });

  test('[Y6] single commits are told as such to a reader that keeps up, however large they are', async () => {
    const source = await store();
    const follower = follow(source, { tables: ['task'], limit: 3 });
    const reader = follower.commits();
    const read = async (): Promise<string> => words((await reader.next()).value!);
    const touch = async (...slots: readonly number[]): Promise<void> => {
      await source.update((tx) => {
        for (const slot of slots) tx.tasks.create({ id: `new-${source.version!.index}-${slot}` });
      });
      await follower.waitFor(source.version);
    };
    expect(await read()).toMatch(/^initial 1/);
    for (const version of [2, 3, 4]) {
      await touch(1, 2);
      expect(await read()).toMatch(new RegExp(`^commit ${version}`));
    }
    await touch(1, 2);
    await touch(1, 2);
    expect(await read()).toMatch(/^resync 6/);
    await touch(1, 2);
    expect(await read()).toMatch(/^commit 7/);
    // Two that wait, together within the limit, whatever was read before.
    await touch(1);
    await touch(1, 2);
    expect([await read(), await read()]).toEqual([expect.stringMatching(/^commit 8/), expect.stringMatching(/^commit 9/)]);
    // Larger than the limit, but alone.
    await touch(1, 2, 3, 4);
    expect(await read()).toMatch(/^commit 10/);
  });

  test('[Y5] a stream ends when it is left, and others go on', async () => {
    const source = await store();
    const follower = follow(source, { tables: ['task'] });
    for await (const commit of follower) {
      expect(commit.cause).toBe('initial');
      break;
    }
    const reader = follower.commits();
    const waiting = [reader.next(), reader.next(), reader.next()];
    await reader.return?.();
    expect((await Promise.all(waiting)).map(({ done }) => done)).toEqual([false, true, true]);
    const told = collect(follower);
    await source.update((tx) => tx.tasks.delete('t1'));
    await follower.waitFor(source.version);
    expect(told).toEqual(['commit 2: delete task t1']);
    expect((await reader.next()).done).toBe(true);
  });
});

describe('what a follower missed', () => {
  test('[Y7] after an overflow it looks anew, and reports the difference only', async () => {
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

  test('[Y7] a restore is reported as what differs', async () => {
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

  test('[Y7] a reloaded replica is looked at anew', async () => {
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

  test('[Y8] contents of before are brought up to date from the log, and compared when the log is gone', async () => {
    const source = await store();
    const from = { objects: { task: [source.view((tx) => tx.tasks.get('t1')!)] }, version: source.version };
    await source.update((tx) => tx.tasks.create({ id: 't3' }));
    const resumed = follow(source, { tables: ['task'], from });
    const told = collect(resumed);
    await resumed.waitFor(source.version);
    // The log begins after t2 was created: it was not among the contents, and nothing says otherwise.
    expect(told).toEqual(['initial 1: ', 'commit 2: create task t3']);
    expect([...resumed.table('task')].map(({ id }) => id)).toEqual(['t1', 't3']);

    const short = new MemoryStore({ history: 1 });
    for (const id of ['t1', 't2', 't3']) await short.update((tx) => tx.tasks.create({ id }));
    const compared = follow(short, { tables: ['task'], from: { ...from, version: { index: 1 } } });
    const toldOfCompared = collect(compared);
    await compared.waitFor(short.version);
    expect(toldOfCompared).toEqual(['resync 3: update task t1, create task t2, create task t3']);
  });

  test('[Y8] without a version, contents of before are compared', async () => {
    const source = await store();
    const kept = source.view((tx) => tx.tasks.get('t1')!);
    const follower = follow(source, { tables: ['task'], from: { objects: { task: [kept, { ...kept, id: 'gone' }] } } });
    const told = follower.commits();
    expect(words((await told.next()).value!)).toBe('initial 1: create task t1, create task t2');
    expect(follower.stats()).toMatchObject({ changes: 2, resyncs: 0 });
  });

  test('[Y9] a source that fails is tried again after growing delays, and what it has is stale meanwhile', async () => {
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
        const watch = { commits: () => ({ next: () => Promise.race([commits.next(), ended]) }), close: () => watcher.close() };
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
    await settle();
    expect(follower.status).toBe('stale');
    expect(follower.table('task').size).toBe(2);
    await source.update((tx) => tx.tasks.delete('t1'));
    clock.turnTo(50);
    await settle();
    expect(clock.next).toBe(150);
    broken = undefined;
    clock.turnTo(150);
    await settle();
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

  test('[Y8] contents of before that do not belong to the followed part are left out', async () => {
    const source = await store();
    const objects = { task: source.view((tx) => tx.tasks.find(all)) };
    const tables = [{ kind: 'task' as const, by: byNodeId('n1') }];
    for (const version of [source.version, undefined]) {
      const follower = follow(source, { tables, from: { objects, version } });
      await follower.synced;
      expect([...follower.table('task')].map(({ id }) => id)).toEqual(['t1']);
    }
  });

  test('[Y9] what was missed while the source did not answer comes from its log, or by comparing where the log is gone', async () => {
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
      await settle();
      for (const id of ['t2', 't3', 't4']) await source.update((tx) => tx.tasks.create({ id }));
      for (const time of [50, 150, 350]) {
        expect([follower.status, clock.next]).toEqual(['stale', time]);
        clock.turnTo(time);
        await settle();
      }
      await follower.waitFor(source.version);
      expect(told.join('; ').match(/create task t[234]/g)).toEqual(['create task t2', 'create task t3', 'create task t4']);
      expect([follower.status, follower.stats().resyncs, told.length]).toEqual(['live', resyncs, resyncs === 0 ? 3 : 1]);
    }
  });

  test('[Y9] what the source says about itself is its follower’s status', async () => {
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

  test('[Y9] a source that is stale is so still when its follower has looked anew', async () => {
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

test('[Y34] the statistics tell how far behind the follower is', async () => {
  const source = await store();
  const connection = new UnreliableSource(source, new Tally());
  const follower = follow(connection, { tables: ['task'] });
  const touch = (id: string): Promise<unknown> => source.update((tx) => tx.tasks.modify(id, (draft) => void (draft.slot += 1)));
  const spy = jest.spyOn(performance, 'now');
  try {
    const at = (time: number): void => void spy.mockReturnValue(time);
    at(1000);
    await settle();
    connection.hold();
    // A read that waits already is served still.
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
    await settle();
    expect(follower.stats().lag).toEqual({ changes: 3, milliseconds: 40, lastMilliseconds: 0 });
    const lags: unknown[] = [];
    follower.on('commit', () => void lags.push(follower.stats().lag));
    connection.release();
    await follower.waitFor(source.version);
    await settle();
    expect(lags).toEqual([
      { changes: 3, milliseconds: 40, lastMilliseconds: 0 },
      { changes: 2, milliseconds: 30, lastMilliseconds: 40 },
    ]);
    expect(follower.stats().lag).toEqual({ changes: 0, milliseconds: 0, lastMilliseconds: 30 });
  } finally {
    spy.mockRestore();
  }
});

describe('waiting and ending', () => {
  test('[Y10] waitFor resolves with the version, also when nothing of it is followed', async () => {
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

  test('[Y10] waitFor gives up with its signal, without versions, and when the follower closes', async () => {
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

  test('[Y11] a follower ends with its source, after what the source had committed', async () => {
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

  test('[Y11] close, using and a signal end a follower at once, and leave nothing in the source', async () => {
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
    await settle();
    expect([told, follower.table('task').size]).toEqual([[], 2]);
    await expect(follow(source, { signal: controller.signal }).synced).rejects.toThrow('enough');
    const pending: FollowSource = { viewAndWatch: () => new Promise(() => undefined) };
    const never = follow(pending);
    never.close();
    await rejected(never.synced, 'ERR_STORE_CLOSED');
  });

  test('[Y11] a follower that had fallen behind has the last state when its source ends', async () => {
    const source = await store();
    const from = { objects: { task: source.view((tx) => tx.tasks.find(all)) }, version: source.version };
    await source.update((tx) => tx.tasks.delete('t1'));
    const resuming = follow(source, { tables: ['task'], from });
    await source.close();
    await settle();
    expect([resuming.status, [...resuming.table('task')].map(({ id }) => id)]).toEqual(['closed', ['t2']]);
  });

  test('[Y11] a source that fails after the follower was closed leaves no timer, and nobody is told', async () => {
    const clock = new VirtualClock(0);
    let fail: (error: Error) => void = () => undefined;
    const follower = follow({ viewAndWatch: () => new Promise((_resolve, reject) => (fail = reject)) }, { clock });
    const statuses: StatusChange[] = [];
    follower.on('status', (change) => void statuses.push(change));
    follower.close();
    fail(new Error('too late'));
    await settle();
    expect([clock.next, statuses.map(({ status }) => status)]).toEqual([undefined, ['closed']]);
  });

  test('[Y12] a check that throws closes the follower', async () => {
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
    await settle();
    expect([later.status, reasons, source.stats().watchers]).toEqual(['closed', [mistake], 0]);
  });

  test('[Y12] a handler that is registered twice is told twice, until each is removed', async () => {
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
    // One that is removed by another is not told any more.
    follower.on('commit', () => removeLast());
    const removeLast = follower.on('commit', handler);
    await source.update((tx) => tx.tasks.create({ id: 'd' }));
    await follower.waitFor(source.version);
    expect(told).toBe(3);
  });

  test('[Y12] a handler that throws keeps nobody from being told', async () => {
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

/** Lets everything run that is ready to. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
