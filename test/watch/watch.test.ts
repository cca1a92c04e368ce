import { describe, expect, test } from '@jest/globals';
import {
  MemoryStore,
  TaskState,
  all,
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
import type { Selector, StoreEvent, Watcher } from 'swarmstate';
import { brief, drain, ids, nodeIds, rejected, take, thrown } from '../support/store-helpers.ts';

const createNode = (store: MemoryStore, id: string): Promise<string> => store.update((tx) => tx.nodes.create({ id }).id);

/** What a watcher with these selectors delivers of some work on a store. */
async function delivered(events: readonly Selector[], work: (store: MemoryStore) => Promise<unknown>): Promise<string[]> {
  const store = new MemoryStore();
  const watcher = store.watch({ events });
  await work(store);
  return drain(store, watcher);
}

describe('what is delivered', () => {
  test('[W1][W2] everything, in order, from here on', async () => {
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

  test('[W3][W4] selectors are OR-ed, and an event comes once', async () => {
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

  test('[W3] commits come where they are selected, also those of which nothing else is', async () => {
    const events = await delivered([{ action: 'commit' }, { kind: 'task' }], async (store) => {
      await createNode(store, 'n1');
      await store.update((tx) => tx.tasks.create({ id: 't1' }));
    });
    expect(events).toEqual(['commit', 'create task t1', 'commit']);
  });

  test('[W5] finders mean what they mean for find', async () => {
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

  test('[W6][W9] an update is selected by its new or its old object, and carries both', async () => {
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
    expect(events.map((event) => event.kind === 'task' && matches(here, 'task', event.object))).toEqual([true, false, true, true]);
    expect(events.every((event) => Object.isFrozen(event))).toBe(true);
  });

  test('[W7] check comes after by, once for a change', async () => {
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

  test('[W8] a check that throws ends its own watcher, and nobody else notices', async () => {
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
    expect(store.stats().watchers).toBe(1);
  });

  test('[W10] nothing of what was rolled back', async () => {
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

  test('[W13] a transaction at a time', async () => {
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

  test('[W13] after some events of a transaction, commits() gives the rest of it', async () => {
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

describe('viewAndWatch', () => {
  test('[W11] the state, and exactly what follows', async () => {
    const store = new MemoryStore();
    await createNode(store, 'n1');
    const writes: Promise<string>[] = [];
    const { value, watcher } = store.viewAndWatch((tx) => {
      writes.push(createNode(store, 'during'));
      return ids(tx.nodes.find(all));
    });
    await Promise.all(writes);
    await createNode(store, 'after');
    expect(value).toEqual(['n1']);
    expect(await drain(store, watcher)).toEqual(['create node during', 'commit', 'create node after', 'commit']);
  });

  test('[W11] inside a write callback it sees the state before, and gets the transaction', async () => {
    const store = new MemoryStore();
    let started: { readonly value: number; readonly watcher: Watcher } | undefined;
    await store.update((tx) => {
      tx.nodes.create({ id: 'n1' });
      started = store.viewAndWatch((view) => view.nodes.count(all));
      tx.nodes.create({ id: 'n2' });
    });
    expect(started?.value).toBe(0);
    expect(await drain(store, started?.watcher as Watcher)).toEqual(['create node n1', 'create node n2', 'commit']);
  });

  test('[W11] while a batch is open', async () => {
    const store = new MemoryStore();
    await store.batch(async (batch) => {
      await batch.update((tx) => tx.nodes.create({ id: 'n1' }));
      const { value, watcher } = store.viewAndWatch((tx) => ids(tx.nodes.find(all)));
      expect(value).toEqual([]);
      await batch.update((tx) => tx.nodes.create({ id: 'n2' }));
      await createNode(store, 'n3');
      expect(await take(watcher, 5)).toEqual(['create node n1', 'create node n2', 'commit', 'create node n3', 'commit']);
    });
  });

  test('[W12] when the callback throws there is no watcher', () => {
    const store = new MemoryStore();
    const failure = new Error('mine');
    expect(() =>
      store.viewAndWatch(() => {
        throw failure;
      }),
    ).toThrow(failure);
    expect(store.stats().watchers).toBe(0);
  });

  test.each([
    ['without selectors', undefined],
    ['with selectors', [{ kind: 'node' }, { action: 'commit' }] satisfies Selector[]],
  ])('[W11][W21][W23] inside a check: the state after the commit, and nothing of it (%s)', async (_name, events) => {
    const store = new MemoryStore();
    const started: { readonly value: readonly string[]; readonly watcher: Watcher }[] = [];
    store.watch({
      events: [
        {
          kind: 'node',
          check: () => {
            if (started.length === 0) started.push(store.viewAndWatch((tx) => ids(tx.nodes.find(all)), { events }));
            return false;
          },
        },
      ],
    });
    await store.update((tx) => {
      tx.nodes.create({ id: 'n1' });
      tx.nodes.create({ id: 'n2' });
    });
    await createNode(store, 'n3');
    expect(started[0]?.value).toEqual(['n1', 'n2']);
    expect(await drain(store, started[0]?.watcher as Watcher)).toEqual(['create node n3', 'commit']);
  });

  test('[W23] whoever receives an event sees its state', async () => {
    const store = new MemoryStore();
    const watcher = store.watch();
    const reading = watcher.next().then(() => nodeIds(store));
    await createNode(store, 'n1');
    expect(await reading).toEqual(['n1']);
  });
});

describe('limits', () => {
  test.each([
    ['without selectors', undefined],
    ['with selectors', [{ kind: 'node' }, { action: 'commit' }] satisfies Selector[]],
  ])('[W14][W15][W16] a watcher that is not read in time ends after what fitted (%s)', async (_name, events) => {
    const store = new MemoryStore();
    const slow = store.watch({ limit: 4, events });
    const other = store.watch({ limit: 1000, events });
    // Two commits of two events fit, the third does not.
    for (const id of ['n1', 'n2', 'n3', 'n4']) await createNode(store, id);
    expect(await take(slow, 4)).toEqual(['create node n1', 'commit', 'create node n2', 'commit']);
    const error = await rejected(slow.next(), 'ERR_WATCH_OVERFLOW');
    expect(error['limit']).toBe(4);
    expect(await slow.next()).toEqual({ done: true, value: undefined });
    expect(await drain(store, other)).toHaveLength(8);
  });

  test.each([
    ['without selectors', undefined],
    ['with selectors', [{ kind: 'node' }] satisfies Selector[]],
  ])('[W15] a transaction is admitted whole into an empty buffer (%s)', async (_name, events) => {
    const store = new MemoryStore();
    const watcher = store.watch({ limit: 2, events });
    const createMany = (prefix: string): Promise<void> =>
      store.update((tx) => {
        for (let n = 0; n < 10; n += 1) tx.nodes.create({ id: `${prefix}${n}` });
      });
    await createMany('a');
    const size = events === undefined ? 11 : 10;
    expect(await take(watcher, size)).toHaveLength(size);
    await createMany('b');
    expect(await take(watcher, 1)).toEqual(['create node b0']);
    await createNode(store, 'c');
    expect(await take(watcher, size - 1)).toHaveLength(size - 1);
    await rejected(watcher.next(), 'ERR_WATCH_OVERFLOW');
  });

  test('[W14] reading makes room, event by event', async () => {
    const store = new MemoryStore();
    const watcher = store.watch({ limit: 3 });
    await createNode(store, 'n0');
    for (let n = 1; n < 50; n += 1) {
      await take(watcher, 1);
      await createNode(store, `n${n}`);
      await take(watcher, 1);
    }
    expect(await drain(store, watcher)).toEqual(['create node n49', 'commit']);
  });

  test('[W14] the limit is 10,000 events where it is not given', async () => {
    const store = new MemoryStore();
    const watchers = [store.watch(), store.watch({ events: [{ kind: 'node' }] })];
    await store.update((tx) => {
      for (let n = 0; n < 9998; n += 1) tx.nodes.create({ id: `n${n}` });
    });
    await createNode(store, 'x');
    await createNode(store, 'y');
    await createNode(store, 'z');
    const sizes: number[] = [];
    for (const watcher of watchers) {
      let size = 0;
      const error = await (async () => {
        for await (const event of watcher) if (event.action !== ('check' as never)) size += 1;
      })().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'ERR_WATCH_OVERFLOW' });
      sizes.push(size);
    }
    expect(sizes).toEqual([9999, 10_000]);
  });

  test('[W22] options that make no sense', () => {
    const store = new MemoryStore();
    const selectors: unknown[] = [
      { kind: 'tasks' },
      { kind: 'task', action: 'remove' },
      { kind: 'task', By: byNodeId('n') },
      { kind: 'node', by: byNodeId('n') },
      { kind: 'node', by: or(byId('n'), byNodeId('n')) },
      { kind: 'node', by: {} },
      { kind: 'node', check: true },
      { action: 'commit', kind: 'node' },
      {},
      null,
      'node',
    ];
    for (const selector of selectors) thrown(() => store.watch({ events: [selector as never] }), 'ERR_INVALID_FIND_BY');
    thrown(() => store.watch({ events: { kind: 'node' } as never }), 'ERR_INVALID_FIND_BY');
    for (const limit of [0, -1, 1.5, Number.NaN, '5', null]) thrown(() => store.watch({ limit: limit as never }), 'ERR_INVALID_OBJECT');
    expect(store.stats().watchers).toBe(0);
  });
});

describe('the end', () => {
  test('[W17] an aborted signal', async () => {
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

  test('[W18] close, return, break and using', async () => {
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

  test('[W19] closing the store, after what was not read yet', async () => {
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

  test('[W20] reads side by side are served in order', async () => {
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
