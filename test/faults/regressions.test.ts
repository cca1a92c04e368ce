import { describe, expect, test } from '@jest/globals';
import { MemoryStore, StoreError, all } from 'swarmstate';
import type { ReadTx, Watcher } from 'swarmstate';
import { FaultyProposer, SharedLog } from 'swarmstate/testing';
import { AttachedProposer, GroupProposer, ScriptedProposer } from '../support/scripted-proposer.ts';
import { brief, createNode, nodeIds, rejected } from '../support/store-helpers.ts';
import { microtasks } from '../support/microtasks.ts';

describe('what campaigns and reading have found', () => {
  test('[W11][W23] a group becomes visible as a whole: a watcher from amid its publication gets none', async () => {
    const proposer = new FaultyProposer({ log: new SharedLog({ byHand: true }) });
    const store = new MemoryStore({ proposer });
    const seen: unknown[] = [];
    const watchers: Watcher[] = [];
    const look = (tx: ReadTx): number => seen.push([tx.version?.index, tx.nodes.count(all)]);
    store.watch({
      events: [
        {
          kind: 'node',
          check: () => {
            for (const events of [undefined, [{ kind: 'node' as const }]])
              watchers.push(store.viewAndWatch(look, events === undefined ? {} : { events }).watcher);
            return true;
          },
        },
      ],
    });
    proposer.script('delay');
    const updates = ['first', 'a', 'b', 'c'].map((id) => createNode(store, id));
    await proposer.settle();
    await Promise.all(updates);
    expect(proposer.trace.map(({ transactions }) => transactions)).toEqual([1, 3]);
    // Twice for each of the changes.
    expect(seen).toEqual([1, 1, 4, 4, 4, 4, 4, 4].map((n) => [n, n]));
    await store.close();
    const delivered: string[][] = [];
    for (const watcher of watchers) {
      const events: string[] = [];
      for await (const event of watcher) events.push(brief(event));
      delivered.push(events.filter((event) => event !== 'commit'));
    }
    const group = ['create node a', 'create node b', 'create node c'];
    expect(delivered).toEqual([group, group, [], [], [], [], [], []]);
  });

  test('[P11][P8] an update that runs again is stamped with the version that the replica just brought', async () => {
    const proposer = new FaultyProposer();
    const store = new MemoryStore({ proposer });
    proposer.script('lose-race');
    const node = await createNode(store, 'n1');
    expect(proposer.trace.map(({ result, base }) => [result, base])).toEqual([
      ['conflict', 0],
      ['committed', 1],
    ]);
    expect(node.meta.version.index).toBe(1);
  });

  test('[P11][P25] a batch that runs again is stamped with the version that the replica has just brought', async () => {
    const proposer = new FaultyProposer();
    const store = new MemoryStore({ proposer });
    proposer.script('lose-race');
    const created = { version: 0 };
    await store.batch(async (batch) => {
      await batch.update((tx) => void (created.version = tx.nodes.create({ id: 'n1' }).meta.version.index));
    });
    expect(created.version).toBe(1);
    expect(store.view((tx) => tx.nodes.get('n1'))?.meta.version.index).toBe(1);
  });

  test.each(['resolves', 'rejects'] as const)(
    '[T29][P24] an update that is started in the very moment in which a batch %s is committed',
    async (how) => {
      for (let after = 0; after < 20; after += 1) {
        const proposer = new FaultyProposer();
        const store = new MemoryStore({ proposer });
        const batch = store
          .batch(async (handle) => {
            await handle.update((tx) => tx.nodes.create({ id: 'n1' }).id);
            if (how === 'rejects') throw new Error('mine');
          })
          .catch((error: unknown) => error);
        for (let n = 0; n < after; n += 1) await Promise.resolve();
        await createNode(store, 'n2');
        expect(await batch).toEqual(how === 'rejects' ? new Error('mine') : undefined);
        const written = proposer.log.entries.map(({ storeActions }) => storeActions.map(({ node }) => node?.id));
        expect([[['n1'], ['n2']], ...(how === 'rejects' ? [[['n2']]] : [[['n2'], ['n1']]])]).toContainEqual(written);
        expect(nodeIds(store)).toHaveLength(written.length);
      }
    },
  );

  test('[T31] steps of a batch that are started side by side run in their order', async () => {
    const store = new MemoryStore({ proposer: new FaultyProposer() });
    const order: string[] = [];
    const first = createNode(store, 'n0');
    await store.batch(async (batch) => {
      for (let n = 1; n <= 9; n += 1) {
        void batch.update((tx) => void order.push(tx.nodes.create({ id: `n${n}` }).id));
        await Promise.resolve();
      }
    });
    await first;
    expect(order).toEqual(nodeIds(store).slice(1));
  });

  test('[P26] an entry that comes while a batch step runs is applied after it, and the step runs again', async () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    const counts: number[] = [];
    await store.batch(async (batch) => {
      await batch.update((tx) => {
        counts.push(tx.nodes.count(all));
        if (counts.length === 1) void proposer.foreign([{ action: 1, node: { id: 'r1' } }]);
        tx.nodes.create({ id: 'n1' });
      });
      expect(nodeIds(store)).toEqual(['r1']);
    });
    expect(counts).toEqual([0, 1]);
    expect(nodeIds(store)).toEqual(['n1', 'r1']);
  });

  test('[P22][P25] a batch that has grown too large as it ran again is not proposed', async () => {
    const proposer = new AttachedProposer({ maxTransactionBytes: 1000 });
    const store = new MemoryStore({ proposer });
    const failing = store.batch(async (batch) => {
      await batch.update(
        (tx) =>
          tx.nodes.create({ id: 'n1', description: { hostname: 'x'.repeat(tx.nodes.count(all) === 0 ? 10 : 2000) } })
            .id,
      );
      await proposer.foreign([{ action: 1, node: { id: 'r1' } }]);
    });
    expect((await rejected(failing, 'ERR_BATCH_FAILED')).cause).toMatchObject({
      code: 'ERR_TRANSACTION_TOO_LARGE',
      limit: 1000,
    });
    expect(proposer.proposed).toEqual([]);
    await createNode(store, 'n2');
  });

  test('[P26][T32] replica.apply after the end is refused, also when close had to wait', async () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    const gate = proposer.holdNext();
    const update = createNode(store, 'n1');
    const closing = store.close();
    const meanwhile = proposer.foreign([{ action: 1, node: { id: 'r1' } }]);
    gate.resolve();
    await Promise.all([update, meanwhile]);
    const late = proposer.foreign([{ action: 1, node: { id: 'r2' } }]);
    await rejected(late, 'ERR_STORE_CLOSED');
    await closing;
    await rejected(proposer.foreign([{ action: 1, node: { id: 'r3' } }]), 'ERR_STORE_CLOSED');
    expect(nodeIds(store)).toEqual(['n1', 'r1']);
  });

  test('[P19][P21] a group that gives up because the store closes is not retried', async () => {
    const proposer = new GroupProposer();
    const store = new MemoryStore({ proposer });
    const gate = proposer.holdNext();
    proposer.groupScripts.push(
      ({ signal }) =>
        new Promise((_, reject) => {
          signal?.addEventListener('abort', () => {
            reject(signal.reason as Error);
          });
        }),
    );
    const first = createNode(store, 'first');
    const others = ['a', 'b'].map((id) => rejected(createNode(store, id), 'ERR_STORE_CLOSED'));
    gate.resolve();
    await first;
    await microtasks();
    expect(proposer.groups).toHaveLength(1);
    await store.close();
    await Promise.all(others);
    expect(proposer.proposed).toHaveLength(1);
    expect(nodeIds(store)).toEqual(['first']);
  });

  test('[P8][P9] an update that lost a race after its caller had given up is not proposed again', async () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    const controller = new AbortController();
    const reason = new Error('enough');
    proposer.scripts.push(() => {
      controller.abort(reason);
      return Promise.reject(new StoreError('ERR_PROPOSAL_CONFLICT', 'lost', {}));
    });
    await expect(createNode(store, 'n1', controller.signal)).rejects.toBe(reason);
    expect(proposer.proposed).toHaveLength(1);
    await createNode(store, 'n2');
    expect(nodeIds(store)).toEqual(['n2']);
  });

  test('[W31] a replay whose log does not answer ends when the store closes', async () => {
    const proposer = new Silent();
    const store = new MemoryStore({ proposer });
    await createNode(store, 'n1');
    const starting = rejected(store.watchFrom({ index: 0 }), 'ERR_STORE_CLOSED');
    proposer.answers = 1;
    await createNode(store, 'n2');
    const watcher = await store.watchFrom({ index: 0 });
    expect(brief((await watcher.next()).value as never)).toBe('create node n1');
    expect(brief((await watcher.next()).value as never)).toBe('commit');
    const reading = rejected(watcher.next(), 'ERR_STORE_CLOSED');
    await store.close();
    await Promise.all([starting, reading]);
  });

  test('[W17] a replay whose log does not answer ends when its signal aborts', async () => {
    const proposer = new Silent();
    const store = new MemoryStore({ proposer });
    await createNode(store, 'n1');
    const controller = new AbortController();
    const reason = new Error('enough');
    const starting = store.watchFrom({ index: 0 }, { signal: controller.signal });
    controller.abort(reason);
    await expect(starting).rejects.toBe(reason);
    expect(store.stats().watchers).toBe(0);
  });
});

/** A proposer whose log gives so many entries and then nothing more, nor an end. */
class Silent extends ScriptedProposer {
  answers = 0;

  override async *changesBetween(): AsyncGenerator<(typeof this.log)[number]> {
    for (const change of this.log.slice(0, this.answers)) yield change;
    await new Promise(() => undefined);
  }
}
