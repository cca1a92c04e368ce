import { describe, expect, test } from '@jest/globals';
import {
  MemoryStore,
  TaskState,
  and,
  byId,
  byIdPrefix,
  byName,
  byNodeId,
  byServiceId,
  bySlot,
  byTaskState,
  matches,
  or,
} from 'swarmstate';
import type { Selector, StoreEvent } from 'swarmstate';
import { brief, createNode, drain, take } from '../support/store-helpers.ts';

/** Runs work on a store, and returns the events that a watcher with these selectors delivers. */
async function delivered(
  events: readonly Selector[],
  work: (store: MemoryStore) => Promise<unknown>,
): Promise<string[]> {
  const store = new MemoryStore();
  const watcher = store.watch({ events });
  await work(store);
  return drain(store, watcher);
}

describe('delivery to watchers', () => {
  test('[W1][W2] a watcher without selectors gets every change after watch, in order, and every commit', async () => {
    const store = new MemoryStore();
    await createNode(store, 'before');
    const watcher = store.watch();
    await store.update((tx) => {
      tx.tasks.create({ id: 't1' });
      tx.nodes.create({ id: 'n1' });
      tx.tasks.delete('t1');
    });
    await createNode(store, 'n2');
    expect(await drain(store, watcher)).toEqual([
      'create task t1',
      'create node n1',
      'delete task t1',
      'commit',
      'create node n2',
      'commit',
    ]);
  });

  test('[W3][W4] an event that several selectors of a watcher select comes once', async () => {
    const events = await delivered(
      [
        { kind: 'node', action: 'create' },
        { kind: 'node', by: byId('n1') },
        { kind: 'node', by: or(byId('n1'), byIdPrefix('n')), action: 'delete' },
        { kind: 'task', action: 'update' },
      ],
      async (store) => {
        await store.update((tx) => {
          tx.nodes.create({ id: 'n1' });
          tx.nodes.create({ id: 'n2' });
          tx.tasks.create({ id: 't1' });
          tx.tasks.update({ id: 't1', slot: 1 });
        });
        await store.update((tx) => {
          tx.nodes.update({ id: 'n1' });
          tx.nodes.update({ id: 'n2' });
          tx.nodes.delete('n2');
        });
      },
    );
    expect(events).toEqual(['create node n1', 'create node n2', 'update task t1', 'update node n1', 'delete node n2']);
  });

  test('[W3] a watcher that selects commits gets the commit event of every transaction', async () => {
    const events = await delivered([{ action: 'commit' }, { kind: 'task' }], async (store) => {
      await createNode(store, 'n1');
      await store.update((tx) => tx.tasks.create({ id: 't1' }));
    });
    expect(events).toEqual(['commit', 'create task t1', 'commit']);
  });

  test('[W5] the finder of a selector selects the objects that find finds', async () => {
    const events = await delivered(
      [
        { kind: 'task', by: byName('SVC.2.b') },
        { kind: 'task', by: bySlot('svc', 3) },
        { kind: 'service', by: byName('WEB') },
        { kind: 'task', by: and(byServiceId('and'), byNodeId('n'), byTaskState(TaskState.NEW)) },
        { kind: 'task', by: and(byIdPrefix('z'), byServiceId('and')) },
      ],
      (store) =>
        store.update((tx) => {
          tx.tasks.create({ id: 'a', serviceId: 'svc', slot: 3 });
          tx.tasks.create({ id: 'B', serviceAnnotations: { name: 'Svc' }, slot: 2 });
          tx.tasks.create({ id: 'c', serviceId: 'other', slot: 3 });
          tx.services.create({ id: 's1', spec: { annotations: { name: 'Web' } } });
          tx.services.create({ id: 's2', spec: { annotations: { name: 'web2' } } });
          tx.tasks.create({ id: 'd', serviceId: 'and', nodeId: 'n' });
          tx.tasks.create({ id: 'e', serviceId: 'and', nodeId: 'm' });
          tx.tasks.create({ id: 'z', serviceId: 'and' });
        }),
    );
    expect(events).toEqual(['create task a', 'create task B', 'create service s1', 'create task d', 'create task z']);
  });

  test('[W6][W9] a selector selects an update by its new or its old object, and the event has both', async () => {
    const store = new MemoryStore();
    const here = byNodeId('here');
    const watcher = store.watch({ events: [{ kind: 'task', by: here }] });
    const created = await store.update((tx) => tx.tasks.create({ id: 't1', nodeId: 'here' }));
    const moved = await store.update((tx) => tx.tasks.update({ ...created, nodeId: 'there' }));
    await store.update((tx) => tx.tasks.update({ ...moved, slot: 1 }));
    const back = await store.update((tx) => tx.tasks.update({ ...moved, nodeId: 'here' }));
    await store.update((tx) => {
      tx.tasks.delete('t1');
    });
    const events: StoreEvent[] = [];
    await store.close();
    for await (const event of watcher) events.push(event);
    expect(events.map(brief)).toEqual(['create task t1', 'update task t1', 'update task t1', 'delete task t1']);
    expect(events[0]?.object).toBe(created);
    expect(events[1]).toMatchObject({ object: moved, oldObject: created });
    expect(events[1]?.oldObject).toBe(created);
    expect(events[3]?.object).toBe(back);
    expect('oldObject' in (events[3] as object)).toBe(false);
    expect(events.map((event) => event.kind === 'task' && matches(here, 'task', event.object))).toEqual([
      true,
      false,
      true,
      true,
    ]);
    expect(events.every((event) => Object.isFrozen(event))).toBe(true);
  });

  test('[W7] the check of a selector runs after by, and once for a change', async () => {
    const store = new MemoryStore();
    const calls: unknown[][] = [];
    const watcher = store.watch({
      events: [
        {
          kind: 'task',
          by: or(byNodeId('n'), byServiceId('s'), byNodeId('m')),
          check: (object, oldObject) => {
            calls.push([object.id, object.slot, oldObject?.slot]);
            return object.slot === 2;
          },
        },
      ],
    });
    await store.update((tx) => {
      tx.tasks.create({ id: 't1', nodeId: 'n', serviceId: 's', slot: 1 });
      tx.tasks.update({ id: 't1', nodeId: 'm', serviceId: 's', slot: 2 });
      tx.tasks.create({ id: 'elsewhere', slot: 2 });
    });
    expect(calls).toEqual([
      ['t1', 1, undefined],
      ['t1', 2, 1],
    ]);
    expect(await drain(store, watcher)).toEqual(['update task t1']);
  });

  test('[W8] a check that throws ends its own watcher and no other', async () => {
    const store = new MemoryStore();
    const failure = new Error('mine');
    const failing = store.watch({
      events: [
        { kind: 'node' },
        {
          kind: 'node',
          by: byId('n3'),
          check: () => {
            throw failure;
          },
        },
        {
          kind: 'task',
          check: () => {
            throw failure;
          },
        },
      ],
    });
    const other = store.watch({ events: [{ kind: 'node' }, { kind: 'task' }] });
    const everything = store.watch();
    await createNode(store, 'n1');
    await expect(
      store.update((tx) => {
        tx.nodes.create({ id: 'n2' });
        tx.tasks.create({ id: 't1' });
      }),
    ).resolves.toBeUndefined();
    expect(await take(failing, 1)).toEqual(['create node n1']);
    await expect(failing.next()).rejects.toBe(failure);
    expect(await failing.next()).toEqual({ done: true, value: undefined });
    expect(await take(other, 3)).toEqual(['create node n1', 'create node n2', 'create task t1']);
    expect(await drain(store, everything)).toHaveLength(5);
    expect(store.stats().watchers).toBe(0);
  });

  test('[W10] a watcher gets no change of a transaction or batch step that was rolled back', async () => {
    const events = await delivered([{ kind: 'node' }, { action: 'commit' }], async (store) => {
      await store
        .update((tx) => {
          tx.nodes.create({ id: 'gone' });
          throw new Error('mine');
        })
        .catch(() => undefined);
      await store.batch(async (batch) => {
        await batch.update((tx) => tx.nodes.create({ id: 'n1' }));
        await batch
          .update((tx) => {
            tx.nodes.create({ id: 'gone' });
            throw new Error('mine');
          })
          .catch(() => undefined);
      });
    });
    expect(events).toEqual(['create node n1', 'commit']);
  });

  test('[W13] commits() gives one transaction at a time, an empty one only where commits are selected', async () => {
    const store = new MemoryStore();
    const tasks = store.watch({ events: [{ kind: 'task' }] }).commits();
    const withCommits = store.watch({ events: [{ kind: 'task' }, { action: 'commit' }] }).commits();
    const everything = store.watch().commits();
    await createNode(store, 'n1');
    await store.update((tx) => {
      tx.nodes.create({ id: 'n2' });
      tx.tasks.create({ id: 't1' });
    });
    await store.close();
    const collect = async (commits: typeof tasks): Promise<string[][]> => {
      const frames: string[][] = [];
      for await (const { events } of commits) frames.push(events.map(brief));
      return frames;
    };
    expect(await collect(tasks)).toEqual([['create task t1']]);
    expect(await collect(withCommits)).toEqual([[], ['create task t1']]);
    expect(await collect(everything)).toEqual([['create node n1'], ['create node n2', 'create task t1']]);
  });

  test('[W13] commits() gives the events of a transaction that were not read as single events', async () => {
    const store = new MemoryStore();
    const watcher = store.watch();
    await store.update((tx) => {
      for (const id of ['a', 'b', 'c']) tx.nodes.create({ id });
    });
    await createNode(store, 'd');
    expect(await take(watcher, 1)).toEqual(['create node a']);
    const commits = watcher.commits();
    expect((await commits.next()).value?.events.map(brief)).toEqual(['create node b', 'create node c']);
    expect((await commits.next()).value?.events.map(brief)).toEqual(['create node d']);
  });
});
