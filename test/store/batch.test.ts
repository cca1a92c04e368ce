import { describe, expect, test } from '@jest/globals';
import { MemoryStore, all } from 'swarmstate';
import type { Batch } from 'swarmstate';
import { deferred, drain, nodeIds, rejected } from '../support/store-helpers.ts';

const createNode = (batch: Batch, id: string): Promise<unknown> => batch.update((tx) => tx.nodes.create({ id }));

/** The number of changes of each transaction that the watcher saw. */
function sizes(events: readonly string[]): number[] {
  const counts: number[] = [];
  let changes = 0;
  for (const event of events) {
    if (event === 'commit') {
      counts.push(changes);
      changes = 0;
    } else changes += 1;
  }
  return counts;
}

describe('batch', () => {
  test('[T26] a batch of 405 changes is committed as 200, 200 and 5', async () => {
    const store = new MemoryStore();
    const watcher = store.watch();
    const value = await store.batch(async (batch) => {
      for (let n = 0; n < 405; n += 1) await createNode(batch, `n${n}`);
      return 'done';
    });
    expect(value).toBe('done');
    expect(sizes(await drain(store, watcher))).toEqual([200, 200, 5]);
  });

  test('[T26] a batch of exactly 200 changes is one transaction, and a single step is never split', async () => {
    const store = new MemoryStore();
    const watcher = store.watch();
    await store.batch(async (batch) => {
      for (let n = 0; n < 200; n += 1) await createNode(batch, `a${n}`);
    });
    await store.batch((batch) =>
      batch.update((tx) => {
        for (let n = 0; n < 450; n += 1) tx.nodes.create({ id: `b${n}` });
      }),
    );
    await store.batch(() => Promise.resolve());
    expect(sizes(await drain(store, watcher))).toEqual([200, 450]);
  });

  test('[T27] a batch step that throws leaves nothing of itself', async () => {
    const store = new MemoryStore();
    const watcher = store.watch();
    const failure = new Error('mine');
    await store.batch(async (batch) => {
      await createNode(batch, 'n1');
      const failing = batch.update((tx) => {
        tx.nodes.create({ id: 'n2' });
        tx.nodes.delete('n1');
        throw failure;
      });
      await expect(failing).rejects.toBe(failure);
      expect(await batch.update((tx) => tx.nodes.count(all))).toBe(1);
      await createNode(batch, 'n3');
    });
    expect(await drain(store, watcher)).toEqual(['create node n1', 'create node n3', 'commit']);
    expect(nodeIds(store)).toEqual(['n1', 'n3']);
  });

  test('[T28] a batch that fails rolls back its open transaction only', async () => {
    const store = new MemoryStore();
    const watcher = store.watch();
    const failure = new Error('mine');
    const failing = store.batch(async (batch) => {
      for (let n = 0; n < 209; n += 1) await createNode(batch, `n${n}`);
      throw failure;
    });
    await expect(failing).rejects.toBe(failure);
    expect(store.view((tx) => tx.nodes.count(all))).toBe(200);
    expect(sizes(await drain(store, watcher))).toEqual([200]);
  });

  test('[T29] between two steps a batch gives way to a writer that waits', async () => {
    const store = new MemoryStore();
    const watcher = store.watch();
    await store.batch(async (batch) => {
      await createNode(batch, 'n1');
      await createNode(batch, 'n2');
      const between = store.update((tx) => tx.nodes.create({ id: 'between' }).id);
      await createNode(batch, 'n3');
      expect(await between).toBe('between');
    });
    expect(await drain(store, watcher)).toEqual([
      'create node n1',
      'create node n2',
      'commit',
      'create node between',
      'commit',
      'create node n3',
      'commit',
    ]);
  });

  test('[T30] writes from inside a batch’s callback do not deadlock', async () => {
    const store = new MemoryStore();
    await store.batch(async (batch) => {
      await createNode(batch, 'n1');
      await store.update((tx) => tx.nodes.create({ id: 'direct' }));
      await store.batch(async (nested) => {
        await createNode(nested, 'nested');
        await createNode(batch, 'n2');
        await createNode(nested, 'nested2');
      });
      await store.restoreTable('config', []);
      await createNode(batch, 'n3');
    });
    expect(nodeIds(store)).toEqual(['direct', 'n1', 'n2', 'n3', 'nested', 'nested2']);
  });

  test('[T30] closing the store from inside a batch ends the batch, and loses nothing of it', async () => {
    const store = new MemoryStore();
    const failing = store.batch(async (batch) => {
      await createNode(batch, 'n1');
      await store.close();
      await createNode(batch, 'n2');
    });
    await rejected(failing, 'ERR_STORE_CLOSED');
    expect(nodeIds(store)).toEqual(['n1']);
  });

  test('[T31] batch.update after the end of the batch is refused', async () => {
    const store = new MemoryStore();
    let kept: Batch | undefined;
    await store.batch((batch) => {
      kept = batch;
      return Promise.resolve();
    });
    await rejected(createNode(kept as Batch, 'n1'), 'ERR_TX_CLOSED');
  });

  test('[T31] batch steps that were not awaited belong to the batch, in their order', async () => {
    const store = new MemoryStore();
    const gate = deferred();
    const order: string[] = [];
    const first = store.batch(async (batch) => {
      await createNode(batch, 'n1');
      await gate.promise;
    });
    const second = store.batch((batch) => {
      for (const id of ['a', 'b', 'c']) {
        void batch.update((tx) => {
          order.push(id);
          tx.nodes.create({ id });
        });
      }
      return Promise.resolve();
    });
    gate.resolve();
    await Promise.all([first, second]);
    expect(order).toEqual(['a', 'b', 'c']);
    expect(nodeIds(store)).toEqual(['a', 'b', 'c', 'n1']);
  });

  test('[T5] two batches write alternately', async () => {
    const store = new MemoryStore();
    const run = (name: string): Promise<void> =>
      store.batch(async (batch) => {
        for (let n = 0; n < 250; n += 1) await createNode(batch, `${name}${n}`);
      });
    await Promise.all([run('a'), run('b'), run('c')]);
    expect(store.view((tx) => tx.nodes.count(all))).toBe(750);
    expect(store.stats()).toMatchObject({ waiting: 0, snapshots: 0 });
  });
});

describe('a step that failed and that nobody looked at', () => {
  test('[T39] rejects the batch with its error, and nothing of the open transaction stays', async () => {
    const store = new MemoryStore();
    const failing = store.batch(async (batch) => {
      await batch.update((tx) => tx.nodes.create({ id: 'a' }));
      void batch.update((): void => {
        throw new Error('overlooked');
      });
      await batch.update((tx) => tx.nodes.create({ id: 'b' }));
    });
    await expect(failing).rejects.toThrow('overlooked');
    expect(store.view((tx) => tx.nodes.count(all))).toBe(0);
    // The lock is free.
    await store.update((tx) => tx.nodes.create({ id: 'c' }));
  });

  test.each([
    ['then', (step: Promise<unknown>): Promise<unknown> => step.then(undefined, () => undefined)],
    ['catch', (step: Promise<unknown>): Promise<unknown> => step.catch(() => undefined)],
    ['allSettled', (step: Promise<unknown>): Promise<unknown> => Promise.allSettled([step])],
  ] as const)('[T39] one that was looked at by %s leaves the batch as it is', async (_how, look) => {
    const store = new MemoryStore();
    await store.batch(async (batch) => {
      const step = batch.update((): void => {
        throw new Error('expected');
      });
      await batch.update((tx) => tx.nodes.create({ id: 'a' }));
      await look(step);
    });
    expect(store.view((tx) => tx.nodes.count(all))).toBe(1);
  });
});
