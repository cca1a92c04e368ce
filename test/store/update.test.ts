import { describe, expect, test } from '@jest/globals';
import { MemoryStore, all, newId } from 'swarmstate';
import type { Tx } from 'swarmstate';
import { drain, nodeIds, rejected, take, thrown } from '../support/store-helpers.ts';

describe('update', () => {
  test('[T1] update resolves to the callback’s value, and has committed when it returns', async () => {
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

  test('[T3] an asynchronous callback is refused, and its rejection is swallowed', async () => {
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

  test('[T4] a write inside a write callback is refused at once, and the outer write goes on', async () => {
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

  test('[T5][T6] writers get the write lock in order, whatever those before them throw', async () => {
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

  test('[T8] a Tx throws ERR_TX_CLOSED after its callback', async () => {
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

  test('[T14][T15] tx.update replaces the whole object, and stores meta as it is given', async () => {
    const store = new MemoryStore();
    await store.update((tx) =>
      tx.tasks.create({ id: 't1', serviceId: 's1', slot: 3, meta: { version: { index: 7 } } }),
    );
    const watcher = store.watch();
    const updated = await store.update((tx) => tx.tasks.update({ id: 't1', nodeId: 'n1' }));
    expect(updated).toMatchObject({ id: 't1', serviceId: '', slot: 0, nodeId: 'n1', meta: { version: { index: 0 } } });
    expect('createdAt' in updated.meta).toBe(false);
    await store.update((tx) => tx.tasks.update(updated));
    expect(await take(watcher, 4)).toEqual(['update task t1', 'commit', 'update task t1', 'commit']);
  });

  test('[T20][T21] delete and create of one id gives both events, and a transaction without changes none', async () => {
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

  test('[T34] newId gives ids as swarmkit makes them', () => {
    const made = new Set(Array.from({ length: 1000 }, () => newId()));
    expect(made.size).toBe(1000);
    for (const id of made) expect(id).toMatch(/^[0-9a-z]{25}$/);
  });
});
