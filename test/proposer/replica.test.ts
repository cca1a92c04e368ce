import { describe, expect, test } from '@jest/globals';
import { MemoryStore, StoreError, all } from 'swarmstate';
import type { LifecycleEvents } from 'swarmstate';
import { drain, nodeIds, rejected, take } from '../support/store-helpers.ts';
import { AttachedProposer, ScriptedProposer } from '../support/scripted-proposer.ts';

const create = (id: string): object[] => [{ action: 1, node: { id } }];

/** Everything of one kind that a store tells. */
function told<E extends keyof LifecycleEvents>(store: MemoryStore, event: E): LifecycleEvents[E][] {
  const payloads: LifecycleEvents[E][] = [];
  store.on(event, (payload) => payloads.push(payload));
  return payloads;
}

describe('replicas', () => {
  test('[P26][P27] replica.apply and replica.restore run at once when nobody writes', async () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    const commits = store.watch().commits();
    const applied = proposer.replica?.apply(create('n1'), { index: 7 });
    expect(nodeIds(store)).toEqual(['n1']);
    await applied;
    expect(store.version).toEqual({ index: 7 });
    expect((await commits.next()).value).toMatchObject({ version: { index: 7 }, events: [{ action: 'create' }] });
  });

  test('[P26] replica.apply waits for the proposal in flight, and runs ahead of the write queue', async () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    const gate = proposer.holdNext();
    const watcher = store.watch({ events: [{ kind: 'node' }] });
    const first = store.update((tx) => tx.nodes.create({ id: 'first' }));
    const waiting = store.update((tx) => {
      tx.nodes.create({ id: `saw ${tx.nodes.count(all)}` });
    });
    const replicas = [
      proposer.replica?.apply(create('r1'), { index: 2 }),
      proposer.replica?.apply(create('r2'), { index: 3 }),
    ];
    expect(nodeIds(store)).toEqual([]);
    gate.resolve();
    await Promise.all([first, waiting, ...replicas]);
    expect(await take(watcher, 4)).toEqual([
      'create node first',
      'create node r1',
      'create node r2',
      'create node saw 3',
    ]);
  });

  test('[P26] replica.apply waits for a commit that is being published', async () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    const order: string[] = [];
    store.watch({
      events: [
        {
          kind: 'node',
          check: (node) => {
            order.push(node.id);
            if (node.id === 'n1') void proposer.foreign(create('r1'));
            return true;
          },
        },
      ],
    });
    await store.update((tx) => {
      tx.nodes.create({ id: 'n1' });
      tx.nodes.create({ id: 'n2' });
    });
    expect(order).toEqual(['n1', 'n2', 'r1']);
  });

  test('[P26] replica.apply waits for the callback that is running', async () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    await store.update((tx) => {
      void proposer.foreign(create('r1'));
      tx.nodes.create({ id: `saw ${tx.nodes.count(all)}` });
    });
    expect(nodeIds(store)).toEqual(['r1', 'saw 0']);
  });

  test('[P27] the commit of replica.restore carries reset, and the event reset tells of it', async () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    const resets = told(store, 'reset');
    await proposer.foreign(create('n1'));
    const commits = store.watch({ events: [{ kind: 'task' }, { action: 'commit' }] }).commits();
    const plain = store.watch();
    await proposer.replica?.restore({ nodes: [{ id: 'n1' }, { id: 'n2' }] }, { index: 50 });
    await proposer.replica?.restore(store.save(), { index: 60 });
    expect(nodeIds(store)).toEqual(['n1', 'n2']);
    expect(store.version).toEqual({ index: 60 });
    expect((await commits.next()).value).toEqual({ version: { index: 50 }, reset: true, events: [] });
    expect(resets).toEqual([{ version: { index: 50 } }, { version: { index: 60 } }]);
    const first = await plain.next();
    expect(first.value).toMatchObject({ action: 'create', kind: 'node' });
    expect((await plain.next()).value).toEqual({ action: 'commit', version: { index: 50 }, reset: true });
    expect((await plain.next()).value).toEqual({ action: 'commit', version: { index: 60 }, reset: true });
  });

  test('[P28] an entry that cannot be applied changes nothing, and is told as diverged', async () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    const diverged = told(store, 'diverged');
    const watcher = store.watch();
    const applied = proposer.replica?.apply([...create('n1'), { action: 3, node: { id: 'missing' } }], { index: 1 });
    const error = await rejected(applied as Promise<void>, 'ERR_NOT_EXIST');
    expect(diverged).toEqual([{ error, version: { index: 1 } }]);
    await proposer.replica?.apply([], { index: 2 });
    expect(store.version).toEqual({ index: 2 });
    await rejected(
      proposer.replica?.restore({ nodes: [{ id: 5 }] } as never, { index: 2 }) as Promise<void>,
      'ERR_INVALID_OBJECT',
    );
    expect(diverged).toHaveLength(2);
    await proposer.replica?.apply(create('n2'), { index: 3 });
    expect(await drain(store, watcher)).toEqual(['create node n2', 'commit']);
    await rejected(proposer.replica?.apply(create('late'), { index: 4 }) as Promise<void>, 'ERR_STORE_CLOSED');
  });

  test('[P29] restore, restoreFrom, apply, applyStoreActions are refused where a proposer attaches', async () => {
    const store = new MemoryStore({ proposer: new AttachedProposer() });
    await rejected(store.restore({}), 'ERR_REPLICATED');
    await rejected(store.restoreFrom([]), 'ERR_REPLICATED');
    await rejected(store.restoreTable('node', []), 'ERR_REPLICATED');
    await rejected(store.apply({ events: [] }), 'ERR_REPLICATED');
    await rejected(store.applyStoreActions([]), 'ERR_REPLICATED');
  });

  test('[P29] without attach, replays carry the version they are given, else what getVersion says', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    const commits = store.watch().commits();
    proposer.index = 4;
    await store.applyStoreActions(create('n1'));
    expect(store.version).toEqual({ index: 4 });
    await store.applyStoreActions(create('n2'), { version: { index: 9 } });
    await store.apply({
      version: { index: 11 },
      events: [{ action: 'delete', kind: 'node', object: { id: 'n2' } }] as never,
    });
    await store.restore({ nodes: [{ id: 'n3', meta: { version: { index: 77 } } }] });
    const versions: unknown[] = [];
    for (let n = 0; n < 4; n += 1) versions.push((await commits.next()).value?.version?.index);
    expect(versions).toEqual([4, 9, 11, 4]);
    expect(store.view((tx) => tx.nodes.get('n3'))?.meta).toEqual({ version: { index: 77 } });
    expect(proposer.proposed).toEqual([]);
  });

  test('[P37] stale and live tell what the proposer says through its replica', () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    const stale = told(store, 'stale');
    const live = told(store, 'live');
    const reason = new StoreError('ERR_UNAVAILABLE', 'the engine is gone', {});
    proposer.replica?.stale(reason);
    proposer.replica?.live();
    expect(stale).toEqual([{ reason }]);
    expect(live).toHaveLength(1);
  });

  test('[P26] an entry that came while a batch was committed is applied when the batch ends', async () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    const gate = proposer.holdNext();
    const batch = store.batch((steps) => steps.update((tx) => tx.nodes.create({ id: 'a' }).id));
    while (proposer.proposed.length === 0) await Promise.resolve();
    const applied = proposer.replica?.apply(create('foreign'), { index: 5 });
    gate.resolve();
    expect(await batch).toBe('a');
    await applied;
    expect(nodeIds(store)).toEqual(['a', 'foreign']);
  });
});
