import { describe, expect, test } from '@jest/globals';
import { MemoryStore, StoreError, all } from 'swarmstate';
import type { Node, Tx } from 'swarmstate';
import { brief, deferred, drain, nodeIds, rejected, take, thrown } from '../support/store-helpers.ts';
import { AttachedProposer, ScriptedProposer } from '../support/scripted-proposer.ts';

const createNode = (store: MemoryStore, id: string): Promise<Node> => store.update((tx) => tx.nodes.create({ id }));

/** What a store told about its proposer's late errors. */
function lateErrors(store: MemoryStore): unknown[] {
  const errors: unknown[] = [];
  store.on('late-error', ({ error }) => errors.push(error));
  return errors;
}

describe('what is proposed', () => {
  test('[P1] the changes as store actions, in order', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    await store.update((tx) => {
      tx.nodes.create({ id: 'n1' });
      tx.tasks.create({ id: 't1' });
      tx.tasks.modify('t1', (draft) => {
        draft.slot = 2;
      });
      tx.nodes.delete('n1');
    });
    await store.update((tx) => tx.nodes.count(all));
    expect(proposer.proposed).toHaveLength(1);
    const [actions] = proposer.proposed;
    expect(actions?.map((action) => [action.action, action.node?.id ?? action.task?.id])).toEqual([
      [1, 'n1'],
      [1, 't1'],
      [2, 't1'],
      [3, 'n1'],
    ]);
    expect(actions?.[2]?.task).toBe(store.view((tx) => tx.tasks.get('t1')));
    expect(Object.isFrozen(actions)).toBe(true);
  });

  test('[P2][P3] nothing is visible before commit; then state and events in one step', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    await createNode(store, 'n0');
    const proposal = deferred<() => void>();
    const settled = deferred();
    proposer.scripts.push(({ actions, commit }) => {
      proposal.resolve(() => {
        proposer.append(actions, commit);
      });
      return settled.promise;
    });
    const watcher = store.watch();
    let done = false;
    const update = createNode(store, 'n1').then((node) => {
      done = true;
      return node;
    });
    const commit = await proposal.promise;
    expect(nodeIds(store)).toEqual(['n0']);
    const { value, watcher: second } = store.viewAndWatch((tx) => [tx.nodes.count(all), tx.version?.index]);
    expect(value).toEqual([1, 1]);
    using snapshot = store.snapshot();
    commit();
    expect(nodeIds(store)).toEqual(['n0', 'n1']);
    expect(store.version).toEqual({ index: 2 });
    expect(await take(watcher, 2)).toEqual(['create node n1', 'commit']);
    expect(await take(second, 2)).toEqual(['create node n1', 'commit']);
    expect(done).toBe(false);
    settled.resolve();
    expect((await update).id).toBe('n1');
    expect(snapshot.nodes.count(all)).toBe(1);
    expect(snapshot.version).toEqual({ index: 1 });
  });
});

describe('what becomes of it', () => {
  const failure = new Error('no quorum');

  test.each([
    ['rejects', () => Promise.reject(failure)],
    [
      'throws',
      () => {
        throw failure;
      },
    ],
  ])('[P4] a proposer that %s before commit', async (_name, script) => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    const watcher = store.watch();
    proposer.scripts.push(script);
    await expect(createNode(store, 'n1')).rejects.toBe(failure);
    expect(nodeIds(store)).toEqual([]);
    await createNode(store, 'n2');
    expect(await drain(store, watcher)).toEqual(['create node n2', 'commit']);
  });

  test('[P4] also where proposeValue itself throws', async () => {
    const proposer = new ScriptedProposer();
    const broken = {
      proposeValue: () => {
        throw failure;
      },
      getVersion: () => proposer.getVersion(),
      changesBetween: () => [],
    };
    const store = new MemoryStore({ proposer: broken });
    await expect(createNode(store, 'n1')).rejects.toBe(failure);
    expect(store.stats().waiting).toBe(0);
  });

  test('[P4] a proposer that cannot say its version', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    const getVersion = proposer.getVersion.bind(proposer);
    proposer.getVersion = () => {
      throw failure;
    };
    await expect(createNode(store, 'n1')).rejects.toBe(failure);
    proposer.getVersion = getVersion;
    await createNode(store, 'n2');
    expect(nodeIds(store)).toEqual(['n2']);
  });

  test('[P2][P5] a proposer that cannot say the version of what it decided', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    const late = lateErrors(store);
    const watcher = store.watch();
    proposer.scripts.push(({ commit }) => {
      proposer.getVersion = () => {
        throw failure;
      };
      commit();
    });
    await createNode(store, 'n1');
    proposer.getVersion = () => ({ index: 1 });
    expect(nodeIds(store)).toEqual(['n1']);
    expect(late).toEqual([failure]);
    expect(await drain(store, watcher)).toEqual(['create node n1', 'commit']);
  });

  test('[P5] fails after commit', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    const late = lateErrors(store);
    proposer.scripts.push(({ actions, commit }) => {
      proposer.append(actions, commit);
      return Promise.reject(failure);
    });
    expect((await createNode(store, 'n1')).id).toBe('n1');
    expect(late).toEqual([failure]);
  });

  test('[P6] commits twice, or too late', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    const watcher = store.watch();
    const late = lateErrors(store);
    const commits: (() => void)[] = [];
    proposer.scripts.push(
      ({ actions, commit }) => {
        commits.push(commit);
        proposer.append(actions, commit);
        commit();
      },
      ({ commit }) => {
        commits.push(commit);
        return Promise.reject(failure);
      },
    );
    await createNode(store, 'n1');
    await expect(createNode(store, 'n2')).rejects.toBe(failure);
    for (const commit of commits) commit();
    expect(late).toHaveLength(3);
    for (const error of late) expect(error).toMatchObject({ code: 'ERR_PROPOSER_BROKEN' });
    expect(nodeIds(store)).toEqual(['n1']);
    expect(await drain(store, watcher)).toEqual(['create node n1', 'commit']);
  });

  test('[P7] resolves without commit', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    proposer.scripts.push(() => undefined);
    await rejected(createNode(store, 'n1'), 'ERR_PROPOSER_BROKEN');
    expect(nodeIds(store)).toEqual([]);
  });

  test('[P8] lost a race: the callback runs again on the newer state', async () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    const conflict = Object.assign(new Error('lost'), { code: 'ERR_PROPOSAL_CONFLICT' });
    proposer.scripts.push(() => {
      void proposer.foreign([{ action: 1, node: { id: 'foreign' } }]);
      return Promise.reject(conflict);
    });
    const runs: number[] = [];
    const count = await store.update((tx) => {
      runs.push(tx.nodes.count(all));
      tx.nodes.create({ id: 'mine' });
      return tx.nodes.count(all);
    });
    expect(runs).toEqual([0, 1]);
    expect(count).toBe(2);
    expect(store.version).toEqual({ index: 2 });
    // What a callback throws on the newer state is its caller's.
    proposer.scripts.push(() => {
      void proposer.foreign([{ action: 1, node: { id: 'taken' } }]);
      return Promise.reject(conflict);
    });
    await rejected(createNode(store, 'taken'), 'ERR_EXIST');
  });

  test('[P8] but not for ever', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    const conflict = new StoreError('ERR_PROPOSAL_CONFLICT', 'lost', {});
    for (let n = 0; n < 10; n += 1) proposer.scripts.push(() => Promise.reject(conflict));
    let runs = 0;
    const update = store.update((tx) => {
      runs += 1;
      tx.nodes.create({ id: 'n1' });
    });
    await expect(update).rejects.toBe(conflict);
    expect(runs).toBe(10);
    await createNode(store, 'n2');
    expect(nodeIds(store)).toEqual(['n2']);
  });

  test('[P9] a signal that aborts in flight is the proposer’s to mind', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    const controller = new AbortController();
    const started = deferred();
    const settled = deferred();
    proposer.scripts.push(async ({ actions, commit, signal }) => {
      expect(signal).toBe(controller.signal);
      started.resolve();
      await settled.promise;
      proposer.append(actions, commit);
    });
    const update = store.update((tx) => tx.nodes.create({ id: 'n1' }), { signal: controller.signal });
    await started.promise;
    controller.abort(new Error('enough'));
    const next = createNode(store, 'n2');
    await Promise.resolve();
    expect(store.stats().waiting).toBe(1);
    settled.resolve();
    expect((await update).id).toBe('n1');
    expect((await next).id).toBe('n2');
  });

  test('[P10] the outcome is unknown, and the entry lands later', async () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    const watcher = store.watch();
    const unknown = new StoreError('ERR_OUTCOME_UNKNOWN', 'the answer was lost', {});
    let landed: Promise<void> | undefined;
    proposer.scripts.push(({ actions }) => {
      landed = proposer.foreign(actions);
      return Promise.reject(unknown);
    });
    await expect(createNode(store, 'n1')).rejects.toBe(unknown);
    await landed;
    expect(nodeIds(store)).toEqual(['n1']);
    expect(await drain(store, watcher)).toEqual(['create node n1', 'commit']);
  });
});

describe('stamps and sequence', () => {
  const clock = (): (() => { seconds: number; nanos: number }) => {
    let seconds = 100;
    return () => ({ seconds: (seconds += 1), nanos: 5 });
  };

  test('[P11][P12] versions and times', async () => {
    const proposer = new ScriptedProposer({ step: 3 });
    const store = new MemoryStore({ proposer, now: clock() });
    const created = await createNode(store, 'n1');
    expect(created.meta).toEqual({
      version: { index: 0 },
      createdAt: { seconds: 101, nanos: 5 },
      updatedAt: { seconds: 101, nanos: 5 },
    });
    const given = await store.update((tx) =>
      tx.nodes.create({ id: 'n2', meta: { createdAt: { seconds: 7 }, updatedAt: { seconds: 8 }, version: { index: 99 } } }),
    );
    expect(given.meta).toEqual({ version: { index: 3 }, createdAt: { seconds: 7, nanos: 0 }, updatedAt: { seconds: 102, nanos: 5 } });
    const updated = await store.update((tx) => tx.nodes.update({ ...created, role: 1, meta: { version: created.meta.version } }));
    expect(updated.meta).toEqual({ version: { index: 6 }, createdAt: { seconds: 101, nanos: 5 }, updatedAt: { seconds: 103, nanos: 5 } });
    const modified = await store.update((tx) =>
      tx.nodes.modify('n1', (draft) => {
        draft.role = 0;
        draft.meta = {};
      }),
    );
    expect(modified.meta).toEqual({ version: { index: 9 }, createdAt: { seconds: 101, nanos: 5 }, updatedAt: { seconds: 104, nanos: 5 } });
    expect(await store.update((tx) => tx.nodes.modify('n1', () => undefined))).toBe(modified);
    expect(store.version).toEqual({ index: 12 });
  });

  test('[P13] a stale update', async () => {
    const store = new MemoryStore({ proposer: new ScriptedProposer() });
    const first = await store.update((tx) => tx.services.create({ id: 's1', spec: { annotations: { name: 'one' } } }));
    const second = await store.update((tx) => tx.services.update({ ...first, pendingDelete: true }));
    const stale = { ...first, spec: { annotations: { name: 'two' } } };
    const error = await rejected(
      store.update((tx) => tx.services.update(stale)),
      'ERR_SEQUENCE_CONFLICT',
    );
    expect(error).toMatchObject({ kind: 'service', id: 's1', base: first.meta.version });
    expect(error['stored']).toBe(second);
    expect(error['given']).toMatchObject({ spec: { annotations: { name: 'two' } } });
    await store.update((tx) => {
      // The name and existence come first.
      tx.services.create({ id: 's2', spec: { annotations: { name: 'three' } } });
      thrown(() => tx.services.update({ ...stale, spec: { annotations: { name: 'three' } } }), 'ERR_NAME_CONFLICT');
      thrown(() => tx.services.update({ ...stale, id: 's9' }), 'ERR_NOT_EXIST');
      tx.services.modify('s1', (draft) => {
        draft.pendingDelete = false;
      });
      tx.services.delete('s1');
    });
  });

  test('[P14] in one transaction the last wins', async () => {
    const store = new MemoryStore({ proposer: new ScriptedProposer() });
    await createNode(store, 'n0');
    const stored = await store.update((tx) => {
      const created = tx.nodes.create({ id: 'n1' });
      tx.nodes.update({ ...created, description: { hostname: 'first' } });
      return tx.nodes.update({ ...created, description: { hostname: 'second' } });
    });
    expect(stored.description?.hostname).toBe('second');
  });

  test('[P15] without a version now', async () => {
    const proposer = new ScriptedProposer();
    proposer.getVersion = () => undefined;
    const store = new MemoryStore({ proposer });
    proposer.scripts.push(({ commit }) => {
      commit();
    });
    const created = await createNode(store, 'n1');
    expect(created.meta).toEqual({ version: { index: 0 } });
    expect(store.version).toBeUndefined();
  });

  test('[P16] the version that commit is given, else what the proposer says', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    const commits = store.watch().commits();
    expect(store.version).toEqual({ index: 0 });
    proposer.scripts.push(
      ({ commit }) => {
        proposer.index = 40;
        commit();
      },
      ({ commit }) => {
        proposer.index = 60;
        commit({ index: 55 });
      },
    );
    await createNode(store, 'n1');
    expect(store.version).toEqual({ index: 40 });
    await createNode(store, 'n2');
    expect(store.version).toEqual({ index: 55 });
    expect(store.view((tx) => tx.version)).toEqual({ index: 55 });
    expect((await commits.next()).value?.version).toEqual({ index: 40 });
    expect((await commits.next()).value?.version).toEqual({ index: 55 });
    await store.update((tx: Tx) => {
      expect(tx.version).toEqual({ index: 60 });
    });
  });
});

describe('closing', () => {
  test('[P30] waits for the proposal in flight', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    const settled = deferred();
    proposer.scripts.push(async ({ actions, commit }) => {
      await settled.promise;
      proposer.append(actions, commit);
    });
    const watcher = store.watch();
    const update = createNode(store, 'n1');
    const waiting = createNode(store, 'n2');
    let closed = false;
    const closing = store.close().then(() => {
      closed = true;
    });
    await rejected(waiting, 'ERR_STORE_CLOSED');
    expect(closed).toBe(false);
    settled.resolve();
    expect((await update).id).toBe('n1');
    await closing;
    const events: string[] = [];
    for await (const event of watcher) events.push(brief(event));
    expect(events).toEqual(['create node n1', 'commit']);
  });
});
