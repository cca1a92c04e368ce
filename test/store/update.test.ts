import { describe, expect, test } from '@jest/globals';
import { MemoryStore, TaskState, all, newId } from 'swarmstate';
import type { Tx } from 'swarmstate';
import { brief, drain, nodeIds, rejected, take, thrown } from '../support/store-helpers.ts';

describe('update', () => {
  test('[T1] resolves to the value of the callback, and has committed when it returns', async () => {
    const store = new MemoryStore();
    const written = store.update((tx) => tx.nodes.create({ id: 'n1' }).id);
    expect(nodeIds(store)).toEqual(['n1']);
    expect(await written).toBe('n1');
  });

  test('[T2][T10] a callback that throws leaves nothing behind', async () => {
    const store = new MemoryStore();
    await store.update((tx) => tx.nodes.create({ id: 'kept', description: { hostname: 'host' } }));
    const watcher = store.watch();
    const failure = new Error('mine');
    const failing = store.update((tx) => {
      tx.nodes.create({ id: 'n2' });
      tx.nodes.delete('kept');
      tx.tasks.create({ id: 't1' });
      throw failure;
    });
    await expect(failing).rejects.toBe(failure);
    expect(nodeIds(store)).toEqual(['kept']);
    expect(store.view((tx) => tx.tasks.count(all))).toBe(0);
    expect(await drain(store, watcher)).toEqual([]);
  });

  test('[T3] an asynchronous callback is refused, and its failure is nobody else’s', async () => {
    const store = new MemoryStore();
    const asynchronous = (async (tx: Tx) => {
      tx.nodes.create({ id: 'n1' });
      await Promise.resolve();
      tx.nodes.create({ id: 'n2' });
    }) as unknown as (tx: Tx) => void;
    await rejected(store.update(asynchronous), 'ERR_ASYNC_CALLBACK');
    await rejected(
      store.batch((batch) => batch.update(asynchronous)),
      'ERR_ASYNC_CALLBACK',
    );
    await store.update((tx) => tx.tasks.create({ id: 't1' }));
    const recipe = (async () => {
      await Promise.resolve();
      throw new Error('swallowed');
    }) as unknown as () => void;
    await rejected(
      store.update((tx) => tx.tasks.modify('t1', recipe)),
      'ERR_ASYNC_CALLBACK',
    );
    // @ts-expect-error A promise is no synchronous result; this is what a program without types may do.
    thrown(() => store.viewAndWatch(() => Promise.reject(new Error('swallowed'))), 'ERR_ASYNC_CALLBACK');
    expect(store.stats().watchers).toBe(0);
    expect(nodeIds(store)).toEqual([]);
  });

  test('[T4] a write inside a write callback is refused at once, and the outer one goes on', async () => {
    const store = new MemoryStore();
    const inner: Promise<unknown>[] = [];
    await store.update((tx) => {
      inner.push(
        store.update(() => 1),
        store.batch(() => Promise.resolve()),
        store.restore({}),
        store.apply({ events: [] }),
        store.applyStoreActions([]),
        store.restoreTable('node', []),
      );
      tx.nodes.create({ id: 'n1' });
      tx.nodes.modify('n1', () => {
        inner.push(store.update(() => 2));
      });
    });
    for (const write of inner) await rejected(write, 'ERR_NESTED_UPDATE');
    await store.batch(async (batch) => {
      await batch.update(() => {
        inner.push(batch.update(() => 3));
      });
    });
    await rejected(inner.at(-1) as Promise<unknown>, 'ERR_NESTED_UPDATE');
    expect(nodeIds(store)).toEqual(['n1']);
  });

  test('[T5][T6] writers get their turns in order, whatever those before them throw', async () => {
    const store = new MemoryStore();
    const order: string[] = [];
    const write = (name: string, fails = false): Promise<unknown> =>
      store
        .update(() => {
          order.push(name);
          // Anything can be thrown, also what is no error.
          if (fails) throw undefined;
        })
        .catch(() => undefined);
    // A batch with a step that waits holds everybody up.
    const batch = store.batch(async (running) => {
      const steps = [running.update(() => order.push('step')), write('a'), write('b', true), write('c')];
      await Promise.all(steps);
    });
    await Promise.all([batch, write('d', true), write('e')]);
    expect(order).toEqual(['step', 'a', 'b', 'c', 'd', 'e']);
    await expect(store.update(() => 'still works')).resolves.toBe('still works');
  });

  test('[T8] a Tx is of no use after its callback', async () => {
    const store = new MemoryStore();
    let kept: Tx | undefined;
    await store.update((tx) => {
      kept = tx;
      tx.nodes.create({ id: 'n1' });
    });
    const tx = kept as Tx;
    thrown(() => tx.nodes.get('n1'), 'ERR_TX_CLOSED');
    thrown(() => tx.nodes.find(all), 'ERR_TX_CLOSED');
    thrown(() => tx.nodes.count(all), 'ERR_TX_CLOSED');
    thrown(() => tx.nodes.iterate(all), 'ERR_TX_CLOSED');
    thrown(() => tx.nodes.create({ id: 'n2' }), 'ERR_TX_CLOSED');
    thrown(() => tx.nodes.update({ id: 'n1' }), 'ERR_TX_CLOSED');
    thrown(() => tx.nodes.modify('n1', () => undefined), 'ERR_TX_CLOSED');
    thrown(() => {
      tx.nodes.delete('n1');
    }, 'ERR_TX_CLOSED');
    thrown(() => tx.table('task').count(all), 'ERR_TX_CLOSED');
  });

  test('[T9] a transaction sees its own changes, a view inside it does not', async () => {
    const store = new MemoryStore();
    await store.update((tx) => {
      const seen: number[] = [];
      seen.push(store.view((view) => view.nodes.count(all)));
      tx.nodes.create({ id: 'n1' });
      seen.push(
        store.view((view) => {
          tx.nodes.create({ id: 'n2' });
          return view.nodes.count(all);
        }),
      );
      seen.push(tx.nodes.count(all));
      expect(seen).toEqual([0, 0, 2]);
    });
    expect(nodeIds(store)).toEqual(['n1', 'n2']);
  });

  test('[T13] a callback that catches an error may go on, and nothing of the failed call stays', async () => {
    const store = new MemoryStore();
    const watcher = store.watch();
    await store.update((tx) => {
      tx.nodes.create({ id: 'n1' });
      thrown(() => tx.nodes.create({ id: 'n1' }), 'ERR_EXIST');
      thrown(() => tx.volumes.create({ id: 'v1', spec: { annotations: { name: 'v' } } }), 'ERR_INVALID_OBJECT');
      tx.nodes.create({ id: 'n2' });
    });
    expect(await drain(store, watcher)).toEqual(['create node n1', 'create node n2', 'commit']);
    expect(store.view((tx) => tx.volumes.count(all))).toBe(0);
  });

  test('[T14][T15] an update replaces the whole object, and meta is what it is given', async () => {
    const store = new MemoryStore();
    await store.update((tx) => tx.tasks.create({ id: 't1', serviceId: 's1', slot: 3, meta: { version: { index: 7 } } }));
    const watcher = store.watch();
    const updated = await store.update((tx) => tx.tasks.update({ id: 't1', nodeId: 'n1' }));
    expect(updated).toMatchObject({ id: 't1', serviceId: '', slot: 0, nodeId: 'n1', meta: { version: { index: 0 } } });
    expect('createdAt' in updated.meta).toBe(false);
    await store.update((tx) => tx.tasks.update(updated));
    expect(await take(watcher, 4)).toEqual(['update task t1', 'commit', 'update task t1', 'commit']);
  });

  test('[T20][T21] delete and create of one id in one transaction; and a transaction of nothing', async () => {
    const store = new MemoryStore();
    await store.update((tx) => tx.nodes.create({ id: 'n1' }));
    const watcher = store.watch();
    await store.update((tx) => {
      tx.nodes.delete('n1');
      tx.nodes.create({ id: 'n1', description: { hostname: 'again' } });
    });
    await store.update((tx) => tx.nodes.count(all));
    expect(await drain(store, watcher)).toEqual(['delete node n1', 'create node n1', 'commit']);
  });

  test('[T34] ids are as swarmkit makes them', () => {
    const made = new Set(Array.from({ length: 1000 }, () => newId()));
    expect(made.size).toBe(1000);
    for (const id of made) expect(id).toMatch(/^[0-9a-z]{25}$/);
  });
});

describe('objects in and out', () => {
  test('[T10] the caller’s object is copied, the stored one is frozen to the bottom', async () => {
    const store = new MemoryStore();
    const input = {
      id: 't1',
      spec: { container: { image: 'app', env: ['A=1'], labels: { tier: 'web' } } },
      desiredState: TaskState.RUNNING,
    };
    const stored = await store.update((tx) => tx.tasks.create(input));
    input.spec.container.env.push('B=2');
    input.spec.container.labels.tier = 'db';
    expect(Object.isFrozen(input.spec)).toBe(false);
    expect(store.view((tx) => tx.tasks.get('t1'))).toBe(stored);
    expect(stored.spec.container?.env).toEqual(['A=1']);
    expect(stored.spec.container?.labels['tier']).toBe('web');
    const assertFrozen = (value: unknown): void => {
      if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
      expect(Object.isFrozen(value)).toBe(true);
      Object.values(value).forEach(assertFrozen);
    };
    assertFrozen(stored);
  });

  test.each([
    ['no id', {}, ['id']],
    ['an empty id', { id: '' }, ['id']],
    ['a wrong type', { id: 't', serviceId: 5 }, ['serviceId']],
    ['an unknown field', { id: 't', service: 'x' }, ['service']],
    ['a field under its wire name', { id: 't', service_id: 'x' }, ['service_id']],
    ['a number too large', { id: 't', spec: { container: { ulimits: [{ soft: 2 ** 64 }] } } }, ['spec', 'container', 'ulimits', 0, 'soft']],
    ['a negative unsigned number', { id: 't', slot: -1 }, ['slot']],
    ['a lone surrogate', { id: 't', annotations: { labels: { a: '\ud800' } } }, ['annotations', 'labels', 'a']],
    ['null', { id: 't', spec: null }, ['spec']],
    ['two members of a oneof', { id: 't', spec: { container: {}, attachment: {} } }, ['spec']],
  ])('[T11] refuses %s with the path', async (_what, input, path) => {
    const store = new MemoryStore();
    const create = await rejected(
      store.update((tx) => tx.tasks.create(input as never)),
      'ERR_INVALID_OBJECT',
    );
    const update = await rejected(
      store.update((tx) => tx.tasks.update(input as never)),
      'ERR_INVALID_OBJECT',
    );
    for (const error of [create, update]) expect((error['path'] as unknown[]).slice(0, path.length)).toEqual(path);
    expect(store.stats().rows.tasks).toBe(0);
  });

  test.each([undefined, null, 'task', 7, []])('[T11] refuses %p in place of an object', async (input) => {
    const store = new MemoryStore();
    await rejected(
      store.update((tx) => tx.tasks.create(input as never)),
      'ERR_INVALID_OBJECT',
    );
    await rejected(
      store.update((tx) => tx.tasks.update(input as never)),
      'ERR_INVALID_OBJECT',
    );
  });

  test('[T12] create of what exists, and change of what does not', async () => {
    const store = new MemoryStore();
    await store.update((tx) => {
      tx.tasks.create({ id: 't1' });
      expect(thrown(() => tx.tasks.create({ id: 't1' }), 'ERR_EXIST')).toMatchObject({ kind: 'task', id: 't1' });
      expect(thrown(() => tx.tasks.update({ id: 't2' }), 'ERR_NOT_EXIST')).toMatchObject({ kind: 'task', id: 't2' });
      thrown(() => tx.tasks.modify('t2', () => undefined), 'ERR_NOT_EXIST');
      thrown(() => {
        tx.tasks.delete('t2');
      }, 'ERR_NOT_EXIST');
    });
  });
});

describe('modify', () => {
  test('[T16] stores what the recipe makes, and nothing when nothing differs by value', async () => {
    const store = new MemoryStore();
    const first = await store.update((tx) => tx.tasks.create({ id: 't1', spec: { container: { image: 'a', env: ['X=1'] } } }));
    const watcher = store.watch();
    const second = await store.update((tx) =>
      tx.tasks.modify('t1', (draft) => {
        draft.desiredState = TaskState.RUNNING;
        draft.networks.push({ addresses: ['10.0.0.1'] });
      }),
    );
    expect(second).toMatchObject({ desiredState: TaskState.RUNNING, networks: [{ addresses: ['10.0.0.1'], aliases: [] }] });
    expect(second.spec).toBe(first.spec);
    const third = await store.update((tx) =>
      tx.tasks.modify('t1', (draft) => {
        draft.spec = { container: { image: 'a', env: ['X=1'] } };
        draft.networks = [...draft.networks];
        draft.serviceId = 'x';
        draft.serviceId = '';
      }),
    );
    expect(third).toBe(second);
    expect(await drain(store, watcher)).toEqual(['update task t1', 'commit']);
  });

  test('[T17] what a recipe returns is ignored, what it assigns is copied, undefined removes', async () => {
    const store = new MemoryStore();
    await store.update((tx) => tx.tasks.create({ id: 't1', logDriver: { name: 'syslog' } }));
    const mine = { container: { image: 'a', env: ['X=1'] } };
    const stored = await store.update((tx) =>
      tx.tasks.modify('t1', (draft) => {
        draft.spec = mine;
        draft.logDriver = undefined;
        return { id: 'something else' };
      }),
    );
    expect(stored.id).toBe('t1');
    expect('logDriver' in stored).toBe(false);
    expect(Object.isFrozen(mine.container)).toBe(false);
    mine.container.env.push('Y=2');
    expect(stored.spec.container?.env).toEqual(['X=1']);
  });

  test('[T18] neither id nor meta are a recipe’s to change, and one that throws leaves nothing', async () => {
    const store = new MemoryStore();
    const stored = await store.update((tx) => tx.tasks.create({ id: 't1', meta: { version: { index: 4 } } }));
    await store.update((tx) => {
      const error = thrown(
        () =>
          tx.tasks.modify('t1', (draft) => {
            draft.id = 't2';
          }),
        'ERR_INVALID_OBJECT',
      );
      expect(error['path']).toEqual(['id']);
      const kept = tx.tasks.modify('t1', (draft) => {
        draft.meta = { version: { index: 9 } };
        draft.slot = 1;
      });
      expect(kept.meta).toBe(stored.meta);
      expect(
        tx.tasks.modify('t1', (draft) => {
          draft.meta.version.index = 12;
        }),
      ).toBe(kept);
      const failure = new Error('mine');
      expect(() =>
        tx.tasks.modify('t1', (draft) => {
          draft.slot = 2;
          throw failure;
        }),
      ).toThrow(failure);
      expect(tx.tasks.get('t1')).toBe(kept);
      thrown(
        () =>
          tx.tasks.modify('t1', (draft) => {
            Object.assign(draft, { nonsense: 1 });
          }),
        'ERR_INVALID_OBJECT',
      );
    });
  });

  test('[T19] an in-place edit of bytes never reaches the store', async () => {
    const store = new MemoryStore();
    const given = new Uint8Array([1, 2, 3]);
    const stored = await store.update((tx) => tx.secrets.create({ id: 's1', spec: { annotations: { name: 's' }, data: given } }));
    given[0] = 9;
    expect([...stored.spec.data]).toEqual([1, 2, 3]);
    const edited = await store.update((tx) =>
      tx.secrets.modify('s1', (draft) => {
        (draft.spec.data as unknown as Uint8Array)[0] = 7;
        draft.internal = true;
      }),
    );
    expect([...stored.spec.data]).toEqual([1, 2, 3]);
    // The copy was edited, which counts as a replacement.
    expect([...edited.spec.data]).toEqual([7, 2, 3]);
    const untouched = await store.update((tx) => tx.secrets.modify('s1', (draft) => draft.spec.data.length));
    expect(untouched).toBe(edited);
  });

  test('[T16] maps take any key in a recipe', async () => {
    const store = new MemoryStore();
    await store.update((tx) => tx.nodes.create({ id: 'n1' }));
    const stored = await store.update((tx) =>
      tx.nodes.modify('n1', (draft) => {
        draft.spec.annotations.labels['__proto__'] = 'x';
        draft.spec.annotations.labels['constructor'] = 'y';
        draft.spec.annotations.labels[''] = 'z';
      }),
    );
    expect(Object.entries(stored.spec.annotations.labels)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
      ['', 'z'],
    ]);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  test('[T16] a recipe that uses the transaction edits what it was given, and the last writer wins', async () => {
    const store = new MemoryStore();
    const events: string[] = [];
    const watcher = store.watch();
    await store.update((tx) => {
      tx.tasks.create({ id: 't1' });
      tx.tasks.modify('t1', (draft) => {
        tx.tasks.modify('t1', (inner) => {
          inner.slot = 5;
        });
        draft.nodeId = 'n1';
      });
      thrown(
        () =>
          tx.tasks.modify('t1', (draft) => {
            tx.tasks.delete('t1');
            draft.nodeId = 'n2';
          }),
        'ERR_NOT_EXIST',
      );
    });
    await store.close();
    for await (const event of watcher) events.push(brief(event));
    expect(events).toEqual(['create task t1', 'update task t1', 'update task t1', 'delete task t1', 'commit']);
  });
});
