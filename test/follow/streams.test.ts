import { describe, expect, jest, test } from '@jest/globals';
import { MemoryStore, all } from 'swarmstate';
import { follow } from 'swarmstate/cache';
import type { FollowedCommit } from 'swarmstate/cache';
import { turnIsDue } from '../../src/base/scheduling/turns.ts';
import { collect, storeOfTwoTasks as store, words } from './support/follow-helpers.ts';

describe('streams of commits', () => {
  test('[Y5] each stream of a follower begins with the rows of its moment, and goes on from there', async () => {
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

  test('[Y5] the commits of a stream can be applied to another store, whatever the order of the tables', async () => {
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

  test('[Y5] a stream that a commit handler opens has that commit in its rows, and does not repeat it', async () => {
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

  test('[Y6] a slow reader of a stream gets the net difference of its unread commits', async () => {
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

  test('[Y6] a reader that keeps up gets each commit by itself, however large the commit is', async () => {
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
    // Two commits wait, together within the limit, whatever was read before.
    await touch(1);
    await touch(1, 2);
    expect([await read(), await read()]).toEqual([
      expect.stringMatching(/^commit 8/),
      expect.stringMatching(/^commit 9/),
    ]);
    // One commit waits, larger than the limit.
    await touch(1, 2, 3, 4);
    expect(await read()).toMatch(/^commit 10/);
  });

  test.each([0, 5])(
    '[Y5] a stream ends when its reader leaves it, and other streams go on, with a clock in steps of %p ms',
    async (step) => {
      let now = performance.now();
      // With 5 ms between two looks, each read gives the event loop its turn.
      const clock = jest.spyOn(performance, 'now').mockImplementation(() => (now += step));
      const source = await store();
      const follower = follow(source, { tables: ['task'] });
      for await (const commit of follower) {
        expect(commit.cause).toBe('initial');
        break;
      }
      // The first look at the clock after a turn begins the time until the next one.
      turnIsDue();
      const reader = follower.commits();
      const waiting = [reader.next(), reader.next(), reader.next()];
      await reader.return?.();
      expect((await Promise.all(waiting)).map(({ done }) => done)).toEqual([false, true, true]);
      const told = collect(follower);
      await source.update((tx) => tx.tasks.delete('t1'));
      await follower.waitFor(source.version);
      expect(told).toEqual(['commit 2: delete task t1']);
      expect((await reader.next()).done).toBe(true);
      clock.mockRestore();
    },
  );
});
