import { getEventListeners } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { MemoryStore, StoreError, all } from 'swarmstate';
import type { Node } from 'swarmstate';
import { createNode, deferred, drain, nodeIds, rejected } from '../support/store-helpers.ts';
import { GroupProposer, ScriptedProposer } from '../support/scripted-proposer.ts';

/** A store whose first proposal is in flight until it is released. */
function inFlight(): { store: MemoryStore; proposer: GroupProposer; first: Promise<Node>; release: () => void } {
  const proposer = new GroupProposer();
  const store = new MemoryStore({ proposer });
  const gate = proposer.holdNext();
  const first = createNode(store, 'first');
  return {
    store,
    proposer,
    first,
    release: () => {
      gate.resolve();
    },
  };
}

describe('groups', () => {
  test('[P17] waiting updates are proposed together, each a commit of its own', async () => {
    const { store, proposer, release } = inFlight();
    const commits = store.watch().commits();
    const runs: number[] = [];
    const updates = ['a', 'b', 'c'].map((id) =>
      store.update((tx) => {
        runs.push(tx.nodes.count(all));
        return tx.nodes.create({ id }).meta.version.index;
      }),
    );
    const reader = store.update((tx) => tx.nodes.count(all));
    expect(runs).toEqual([]);
    release();
    // [P20]: the version before each one's own.
    expect(await Promise.all(updates)).toEqual([1, 2, 3]);
    expect(await reader).toBe(4);
    expect(runs).toEqual([1, 2, 3]);
    expect(proposer.groups.map((group) => group.length)).toEqual([3]);
    expect(proposer.proposed).toHaveLength(1);
    const seen: unknown[] = [];
    for (let n = 0; n < 4; n += 1) {
      const { value } = await commits.next();
      seen.push([value?.version?.index, value?.events.map((event) => event.object.id)]);
    }
    expect(seen).toEqual([
      [1, ['first']],
      [2, ['a']],
      [3, ['b']],
      [4, ['c']],
    ]);
    expect(store.stats()).toMatchObject({ groups: 1, groupedUpdates: 4, waiting: 0 });
  });

  test('[P42] a group has 500 transactions where the proposer does not say', async () => {
    const { store, proposer, first, release } = inFlight();
    const updates = Array.from({ length: 501 }, (_, n) => createNode(store, `n${n}`));
    release();
    await Promise.all([first, ...updates]);
    expect(proposer.groups.map((group) => group.length)).toEqual([500]);
    expect(proposer.proposed).toHaveLength(2);
  });

  test('[P17] a proposer without groups gets waiting updates one by one, and each callback runs once', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    const runs: string[] = [];
    await Promise.all(
      ['a', 'b', 'c'].map((id) =>
        store.update((tx) => {
          runs.push(id);
          tx.nodes.create({ id });
        }),
      ),
    );
    expect(runs).toEqual(['a', 'b', 'c']);
    expect(proposer.proposed.map((actions) => actions.length)).toEqual([1, 1, 1]);
  });

  test('[P71] callers that write again at once fill the next group', async () => {
    const { store, proposer, release } = inFlight();
    // Through some layers of async functions, as programs have them.
    const write = async (id: string, layers = 3): Promise<void> => {
      if (layers === 0) await createNode(store, id);
      else await write(id, layers - 1);
    };
    const caller = async (name: string): Promise<void> => {
      for (let round = 0; round < 3; round += 1) await write(`${name}${round}`);
    };
    const callers = ['a', 'b', 'c', 'd'].map(caller);
    release();
    await Promise.all(callers);
    expect(proposer.groups.map((group) => group.length)).toEqual([4, 4, 4]);
    expect(proposer.proposed).toHaveLength(1);
  });

  test('[P17] a group that is decided without versions ends with the version that getVersion says', async () => {
    const { store, proposer, release } = inFlight();
    proposer.groupScripts.push(({ transactions, commit }) => {
      proposer.index += transactions.length;
      commit();
    });
    const commits = store.watch().commits();
    const updates = [createNode(store, 'a'), createNode(store, 'b')];
    release();
    await Promise.all(updates);
    const versions: unknown[] = [];
    for (let n = 0; n < 3; n += 1) versions.push((await commits.next()).value?.version?.index);
    expect(versions).toEqual([1, 2, 3]);
  });

  test('[P18] an update that throws in a group leaves nothing, and rejects when the rest is committed', async () => {
    const { store, proposer, release } = inFlight();
    const gate = deferred();
    proposer.groupScripts.push(async ({ transactions, commit }) => {
      await gate.promise;
      proposer.appendGroup(transactions, commit);
    });
    const failure = new Error('mine');
    const settled: string[] = [];
    const a = createNode(store, 'a');
    const failing = store
      .update((tx) => {
        tx.nodes.create({ id: 'gone' });
        tx.nodes.delete('a');
        throw failure;
      })
      .catch((error: unknown) => {
        settled.push('failed');
        return error;
      });
    const b = createNode(store, 'b');
    release();
    while (proposer.groups.length === 0) await Promise.resolve();
    await Promise.resolve();
    expect(settled).toEqual([]);
    gate.resolve();
    await Promise.all([a, b]);
    expect(await failing).toBe(failure);
    expect(nodeIds(store)).toEqual(['a', 'b', 'first']);
  });

  test('[P19] a group that fails is retried one transaction at a time', async () => {
    const { store, proposer, release } = inFlight();
    const watcher = store.watch();
    proposer.groupScripts.push(() => Promise.reject(new Error('too much at once')));
    const alone = new Error('not this one');
    proposer.scripts.push(
      ({ actions, commit }) => {
        proposer.append(actions, commit);
      },
      () => Promise.reject(alone),
    );
    const outcomes = Promise.allSettled([
      createNode(store, 'a'),
      createNode(store, 'b'),
      store.update((tx) => tx.nodes.get('b')),
      createNode(store, 'c'),
    ]);
    release();
    expect(
      (await outcomes).map((outcome) =>
        outcome.status === 'fulfilled' ? outcome.value?.id : (outcome.reason as unknown),
      ),
    ).toEqual(['a', alone, undefined, 'c']);
    expect(await drain(store, watcher)).toEqual(['first', 'a', 'c'].flatMap((id) => [`create node ${id}`, 'commit']));
  });

  test('[P19][P21] an update whose caller aborted meanwhile is not retried after its group failed', async () => {
    const { store, proposer, release } = inFlight();
    const controller = new AbortController();
    const reason = new Error('enough');
    proposer.groupScripts.push(() => {
      controller.abort(reason);
      return Promise.reject(new Error('too much at once'));
    });
    const a = createNode(store, 'a', controller.signal);
    const b = createNode(store, 'b');
    release();
    await expect(a).rejects.toBe(reason);
    await b;
    expect(nodeIds(store)).toEqual(['b', 'first']);
  });

  test('[P19][P8] a group that lost a race runs again together', async () => {
    const { store, proposer, release } = inFlight();
    proposer.groupScripts.push(() => {
      void proposer.foreign([{ action: 1, node: { id: 'b' } }]);
      return Promise.reject(new StoreError('ERR_PROPOSAL_CONFLICT', 'lost', {}));
    });
    const a = createNode(store, 'a');
    const b = createNode(store, 'b');
    const c = createNode(store, 'c');
    release();
    expect((await a).meta.version.index).toBe(2);
    await rejected(b, 'ERR_EXIST');
    expect((await c).meta.version.index).toBe(3);
    expect(proposer.groups.map((group) => group.length)).toEqual([3, 2]);
  });

  test('[P20] a stale update conflicts in a group as it would alone', async () => {
    const { store, proposer, first, release } = inFlight();
    release();
    const node = await first;
    const gate = proposer.holdNext();
    const ahead = createNode(store, 'ahead');
    const one = store.update((tx) => tx.nodes.update({ ...node, role: 1 }));
    const two = store.update((tx) => tx.nodes.update({ ...node, role: 1 }));
    const three = store.update((tx) =>
      tx.nodes.modify('first', (draft) => {
        draft.description = { hostname: 'h' };
      }),
    );
    gate.resolve();
    await ahead;
    expect((await one).meta.version.index).toBe(2);
    await rejected(two, 'ERR_SEQUENCE_CONFLICT');
    expect((await three).meta.version.index).toBe(3);
  });

  test('[P21] a group’s signal fires when all its callers have aborted', async () => {
    const { store, proposer, release } = inFlight();
    const controllers = [new AbortController(), new AbortController(), new AbortController()];
    const started = deferred<AbortSignal | undefined>();
    proposer.groupScripts.push(({ signal }) => {
      started.resolve(signal);
      return new Promise((_, reject) => {
        signal?.addEventListener('abort', () => {
          reject(new StoreError('ERR_OUTCOME_UNKNOWN', 'given up', {}));
        });
      });
    });
    const [left, ...others] = controllers.map((controller, n) => createNode(store, `n${n}`, controller.signal));
    controllers[0]?.abort(new Error('left the queue'));
    await expect(left).rejects.toThrow('left the queue');
    release();
    const signal = await started.promise;
    controllers[1]?.abort(new Error('one'));
    expect(signal?.aborted).toBe(false);
    controllers[2]?.abort(new Error('two'));
    expect(signal?.aborted).toBe(true);
    // Rolled back, and not offered again: it may still land.
    for (const update of others) await rejected(update, 'ERR_OUTCOME_UNKNOWN');
    expect(proposer.groups).toHaveLength(1);
    expect(proposer.proposed).toHaveLength(1);
    expect(nodeIds(store)).toEqual(['first']);
  });

  test('[P21] a group’s signal fires when the store closes', async () => {
    const { store, proposer, release } = inFlight();
    const started = deferred<AbortSignal | undefined>();
    proposer.groupScripts.push(({ transactions, commit, signal }) => {
      started.resolve(signal);
      return new Promise((resolve) => {
        signal?.addEventListener('abort', () => {
          proposer.appendGroup(transactions, commit);
          resolve();
        });
      });
    });
    const updates = [createNode(store, 'a'), createNode(store, 'b')];
    release();
    const signal = await started.promise;
    await store.close();
    expect(signal?.aborted).toBe(true);
    await Promise.all(updates);
    expect(nodeIds(store)).toEqual(['a', 'b', 'first']);
  });

  test('[P21] a group whose callers abort while their callbacks run is proposed with an aborted signal', async () => {
    const { store, proposer, release } = inFlight();
    const controllers = [new AbortController(), new AbortController()];
    const aborted: unknown[] = [];
    proposer.groupScripts.push(({ signal, transactions, commit }) => {
      aborted.push(signal?.aborted);
      proposer.appendGroup(transactions, commit);
    });
    const updates = controllers.map((controller, n) =>
      store.update(
        (tx) => {
          controller.abort();
          return tx.nodes.create({ id: `n${n}` }).id;
        },
        { signal: controller.signal },
      ),
    );
    release();
    expect(await Promise.all(updates)).toEqual(['n0', 'n1']);
    expect(aborted).toEqual([true]);
  });

  test('[P21] a group that was decided leaves nothing on the signals of its callers', async () => {
    const { store, proposer, release } = inFlight();
    const signals = [new AbortController().signal, new AbortController().signal];
    const updates = signals.map((signal, n) => createNode(store, `n${n}`, signal));
    release();
    await Promise.all(updates);
    expect(proposer.groups).toHaveLength(1);
    expect(signals.flatMap((signal) => getEventListeners(signal, 'abort'))).toEqual([]);
  });

  test('[P17][T5] a batch and a replay keep their places in the write queue between groups', async () => {
    const { store, proposer, release } = inFlight();
    const order: string[] = [];
    const note = (id: string): Promise<void> => store.update((tx) => void order.push(tx.nodes.create({ id }).id));
    const work = [
      note('a'),
      note('b'),
      store.batch((batch) => batch.update((tx) => void order.push(tx.nodes.create({ id: 'batch' }).id))),
      note('c'),
      note('d'),
    ];
    release();
    await Promise.all(work);
    expect(order).toEqual(['a', 'b', 'batch', 'c', 'd']);
    expect(proposer.groups.map((group) => group.length)).toEqual([2, 2]);
  });
});
