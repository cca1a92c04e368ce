import { describe, expect, test } from '@jest/globals';
import { MemoryStore, all, byIdPrefix, byName, byNamePrefix } from 'swarmstate';
import type { ReadTx, Replica } from 'swarmstate';
import { afterCollections } from '../support/garbage.ts';
import { AttachedProposer } from '../support/scripted-proposer.ts';
import { createNode, deferred, ids, nodeIds, thrown } from '../support/store-helpers.ts';

async function storeOf(count: number): Promise<MemoryStore> {
  const store = new MemoryStore();
  await store.update((tx) => {
    for (let n = 0; n < count; n += 1) tx.nodes.create({ id: `n${n}`, description: { hostname: `host-${n % 3}` } });
  });
  return store;
}

describe('view', () => {
  test('[T22] view gives the callback’s value, or throws its error', async () => {
    const store = await storeOf(2);
    expect(store.view((tx) => tx.nodes.get('n1')?.id)).toBe('n1');
    const failure = new Error('mine');
    expect(() =>
      store.view(() => {
        throw failure;
      }),
    ).toThrow(failure);
    expect(store.stats().snapshots).toBe(0);
  });

  test('[T8] a ReadTx throws ERR_TX_CLOSED after its callback', async () => {
    const store = await storeOf(2);
    const tx = store.view((view) => view);
    thrown(() => tx.nodes.get('n1'), 'ERR_TX_CLOSED');
    thrown(() => tx.nodes.find(all), 'ERR_TX_CLOSED');
    thrown(() => tx.nodes.count(all), 'ERR_TX_CLOSED');
    thrown(() => tx.nodes.iterate(all), 'ERR_TX_CLOSED');
    thrown(() => tx.table('task').get('t'), 'ERR_TX_CLOSED');
    thrown(() => store.save(tx), 'ERR_TX_CLOSED');
  });

  test('[T23] an asynchronous view keeps its state until its promise settles', async () => {
    const store = await storeOf(3);
    const gate = deferred();
    let kept: ReadTx | undefined;
    const seen = store.view(async (tx) => {
      kept = tx;
      const before = ids(tx.nodes.find(all));
      await gate.promise;
      return [
        before,
        ids(tx.nodes.find(all)),
        tx.nodes.get('n0')?.description?.hostname,
        ids(tx.nodes.find(byName('HOST-0'))),
      ];
    });
    await store.update((tx) => {
      tx.nodes.delete('n1');
      tx.nodes.create({ id: 'n9' });
      tx.nodes.update({ id: 'n0', description: { hostname: 'renamed' } });
    });
    expect(store.stats().snapshots).toBe(1);
    gate.resolve();
    expect(await seen).toEqual([['n0', 'n1', 'n2'], ['n0', 'n1', 'n2'], 'host-0', ['n0']]);
    await Promise.resolve();
    expect(store.stats().snapshots).toBe(0);
    thrown(() => kept?.nodes.get('n0'), 'ERR_TX_CLOSED');
  });

  test.each<[string, (store: MemoryStore, replica: Replica | undefined) => Promise<void> | undefined]>([
    ['restore', (store) => store.restore({})],
    ['replica.apply', (_, replica) => replica?.apply([{ action: 3, node: { id: 'n1' } } as never], { index: 2 })],
    ['replica.restore', (_, replica) => replica?.restore({}, { index: 2 })],
  ])('[T23] a synchronous view that starts %s keeps its state', async (name, change) => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore(name.startsWith('replica') ? { proposer } : {});
    await createNode(store, 'n1');
    let changed: Promise<void> | undefined;
    store.view((tx) => {
      changed = change(store, proposer.replica);
      expect([nodeIds(store), ids(tx.nodes.find(all))]).toEqual([[], ['n1']]);
    });
    await changed;
  });

  test('[T23] a synchronous view that starts writes keeps its state', async () => {
    const store = await storeOf(2);
    const writes: Promise<unknown>[] = [];
    store.view((tx) => {
      writes.push(store.update((write) => write.nodes.create({ id: 'n7' })));
      expect(nodeIds(store)).toEqual(['n0', 'n1', 'n7']);
      store.view((inner) => {
        writes.push(
          store.update((write) => {
            write.nodes.delete('n0');
          }),
        );
        expect(ids(inner.nodes.find(all))).toEqual(['n0', 'n1', 'n7']);
      });
      expect(ids(tx.nodes.find(all))).toEqual(['n0', 'n1']);
    });
    await Promise.all(writes);
    expect(store.stats().snapshots).toBe(0);
    expect(nodeIds(store)).toEqual(['n1', 'n7']);
  });

  test('[T23] views during an open batch see what is committed', async () => {
    const store = await storeOf(1);
    await store.batch(async (batch) => {
      await batch.update((tx) => tx.nodes.create({ id: 'n1' }));
      const gate = deferred();
      const later = store.view(async (tx) => {
        const first = tx.nodes.count(all);
        await gate.promise;
        return [first, tx.nodes.count(all)];
      });
      await batch.update((tx) => tx.nodes.create({ id: 'n2' }));
      expect(nodeIds(store)).toEqual(['n0']);
      gate.resolve();
      expect(await later).toEqual([1, 1]);
    });
    expect(nodeIds(store)).toEqual(['n0', 'n1', 'n2']);
  });
});

test('[T91] views beside a transaction keep nothing after it', async () => {
  const store = await storeOf(2);
  await store.update((tx) => {
    tx.nodes.delete('n0');
    for (let n = 0; n < 3; n += 1) expect(nodeIds(store)).toEqual(['n0', 'n1']);
  });
  expect(store.stats()).toMatchObject({ snapshots: 0, retainedVersions: 0 });
});

test('[T92] views that have ended leave nothing in a store that nobody writes', async () => {
  const store = await storeOf(1);
  const used = (): number => process.memoryUsage().heapUsed;
  await afterCollections(() => true);
  const before = used();
  for (let n = 0; n < 50_000; n += 1) store.view(() => undefined);
  expect(await afterCollections(() => used() - before < 1_500_000)).toBe(true);
  expect(nodeIds(store)).toEqual(['n0']);
});

describe('snapshot', () => {
  test('[T24] a snapshot keeps its state until it is closed', async () => {
    const store = await storeOf(2);
    const snapshot = store.snapshot();
    await store.update((tx) => {
      tx.nodes.delete('n0');
    });
    expect(ids(snapshot.nodes.find(all))).toEqual(['n0', 'n1']);
    expect(store.save(snapshot).nodes).toHaveLength(2);
    snapshot.close();
    snapshot.close();
    thrown(() => snapshot.nodes.find(all), 'ERR_TX_CLOSED');
    expect(store.stats().snapshots).toBe(0);
    const disposable = store.snapshot();
    disposable[Symbol.dispose]();
    thrown(() => disposable.nodes.get('n1'), 'ERR_TX_CLOSED');
  });
});

describe('iterate', () => {
  test('[T25] iterate gives what find gives, in the same order', async () => {
    const store = await storeOf(40);
    store.view((tx) => {
      for (const by of [all, byIdPrefix('n1'), byName('host-1'), byNamePrefix('HOST')]) {
        expect([...tx.nodes.iterate(by)]).toEqual(tx.nodes.find(by));
      }
    });
    using snapshot = store.snapshot();
    const walk = snapshot.nodes.iterate(all);
    expect(walk.next().value).toMatchObject({ id: 'n0' });
    await store.update((tx) => {
      for (const node of tx.nodes.find(all)) tx.nodes.delete(node.id);
    });
    expect([...walk]).toHaveLength(39);
  });

  test('[T25] iterate in a Tx gives the state at the call, whatever is written meanwhile', async () => {
    const store = await storeOf(5);
    await store.update((tx) => {
      const seen: string[] = [];
      for (const node of tx.nodes.iterate(all)) {
        seen.push(node.id);
        tx.nodes.delete(node.id);
        tx.nodes.create({ id: `x${node.id}` });
      }
      expect(seen).toEqual(['n0', 'n1', 'n2', 'n3', 'n4']);
      expect(tx.nodes.count(byIdPrefix('x'))).toBe(5);
    });
  });

  test('[T25] iterate ends with its transaction', async () => {
    const store = await storeOf(5);
    const walk = store.view((tx) => {
      const started = tx.nodes.iterate(all);
      started.next();
      return started;
    });
    thrown(() => walk.next(), 'ERR_TX_CLOSED');
    const written = await store.update((tx) => {
      const started = tx.nodes.iterate(all);
      started.next();
      return started;
    });
    thrown(() => written.next(), 'ERR_TX_CLOSED');
  });
});
