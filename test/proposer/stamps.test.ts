import { describe, expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import type { Tx } from 'swarmstate';
import { createNode, rejected, thrown } from '../support/store-helpers.ts';
import { ScriptedProposer } from '../support/scripted-proposer.ts';

describe('stamps and sequence', () => {
  const clock = (): (() => { seconds: number; nanos: number }) => {
    let seconds = 100;
    return () => ({ seconds: (seconds += 1), nanos: 5 });
  };

  test('[P11][P12] creates and updates are stamped with versions and times', async () => {
    const proposer = new ScriptedProposer({ step: 3 });
    const store = new MemoryStore({ proposer, now: clock() });
    const created = await createNode(store, 'n1');
    expect(created.meta).toEqual({
      version: { index: 0 },
      createdAt: { seconds: 101, nanos: 5 },
      updatedAt: { seconds: 101, nanos: 5 },
    });
    const given = await store.update((tx) =>
      tx.nodes.create({
        id: 'n2',
        meta: { createdAt: { seconds: 7 }, updatedAt: { seconds: 8 }, version: { index: 99 } },
      }),
    );
    expect(given.meta).toEqual({
      version: { index: 3 },
      createdAt: { seconds: 7, nanos: 0 },
      updatedAt: { seconds: 102, nanos: 5 },
    });
    const updated = await store.update((tx) =>
      tx.nodes.update({ ...created, role: 1, meta: { version: created.meta.version } }),
    );
    expect(updated.meta).toEqual({
      version: { index: 6 },
      createdAt: { seconds: 101, nanos: 5 },
      updatedAt: { seconds: 103, nanos: 5 },
    });
    const modified = await store.update((tx) =>
      tx.nodes.modify('n1', (draft) => {
        draft.role = 0;
        draft.meta = {};
      }),
    );
    expect(modified.meta).toEqual({
      version: { index: 9 },
      createdAt: { seconds: 101, nanos: 5 },
      updatedAt: { seconds: 104, nanos: 5 },
    });
    expect(await store.update((tx) => tx.nodes.modify('n1', () => undefined))).toBe(modified);
    expect(store.version).toEqual({ index: 12 });
  });

  test('[P13] an update that does not carry the stored version is ERR_SEQUENCE_CONFLICT', async () => {
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

  test('[P14] of two updates in one transaction that carry its version, the last wins', async () => {
    const store = new MemoryStore({ proposer: new ScriptedProposer() });
    await createNode(store, 'n0');
    const stored = await store.update((tx) => {
      const created = tx.nodes.create({ id: 'n1' });
      tx.nodes.update({ ...created, description: { hostname: 'first' } });
      return tx.nodes.update({ ...created, description: { hostname: 'second' } });
    });
    expect(stored.description?.hostname).toBe('second');
  });

  test('[P15] a transaction is neither stamped nor checked while the proposer has no version', async () => {
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

  test('[P16] a commit carries the version that commit is given, else what getVersion says', async () => {
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
