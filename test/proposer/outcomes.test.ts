import { describe, expect, test } from '@jest/globals';
import { MemoryStore, StoreError, all } from 'swarmstate';
import { createNode, deferred, drain, nodeIds, rejected } from '../support/store-helpers.ts';
import { AttachedProposer, ScriptedProposer } from '../support/scripted-proposer.ts';

/** The late errors that a store tells about. */
function lateErrors(store: MemoryStore): unknown[] {
  const errors: unknown[] = [];
  store.on('late-error', ({ error }) => errors.push(error));
  return errors;
}

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
  ])('[P4] an update rolls back when its proposer %s before commit', async (_name, script) => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    const watcher = store.watch();
    proposer.scripts.push(script);
    await expect(createNode(store, 'n1')).rejects.toBe(failure);
    expect(nodeIds(store)).toEqual([]);
    await createNode(store, 'n2');
    expect(await drain(store, watcher)).toEqual(['create node n2', 'commit']);
  });

  test('[P4] an update rolls back when proposeValue throws synchronously', async () => {
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

  test('[P4] an update rolls back when getVersion throws before commit', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    const getVersion = proposer.getVersion.bind(proposer);
    proposer.getVersion = () => {
      throw failure;
    };
    await expect(createNode(store, 'n1')).rejects.toBe(failure);
    // The callback runs once only, also where the proposer could say its version again.
    proposer.getVersion = () => {
      proposer.getVersion = getVersion;
      throw failure;
    };
    await expect(createNode(store, 'n1')).rejects.toBe(failure);
    await createNode(store, 'n2');
    expect(nodeIds(store)).toEqual(['n2']);
  });

  test('[P2][P5] an update is committed although getVersion throws inside commit', async () => {
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

  test('[P5] an update resolves when its proposer fails after commit, and late-error tells of it', async () => {
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

  test('[P6] a second commit, or one after the failure, is ignored and told as late-error', async () => {
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

  test('[P7] a proposer that resolves without commit is ERR_PROPOSER_BROKEN', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    proposer.scripts.push(() => undefined);
    await rejected(createNode(store, 'n1'), 'ERR_PROPOSER_BROKEN');
    expect(nodeIds(store)).toEqual([]);
  });

  test('[P8] an update that lost a race runs its callback again on the newer state', async () => {
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
    // The caller gets the error that its callback throws on the newer state.
    proposer.scripts.push(() => {
      void proposer.foreign([{ action: 1, node: { id: 'taken' } }]);
      return Promise.reject(conflict);
    });
    await rejected(createNode(store, 'taken'), 'ERR_EXIST');
  });

  test('[P8] update rejects after ten conflicts', async () => {
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

  test('[P9] a signal that aborts in flight is passed to the proposer, whose outcome counts', async () => {
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

  test('[P10] an update of unknown outcome is rolled back, and its entry may arrive through the replica', async () => {
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
