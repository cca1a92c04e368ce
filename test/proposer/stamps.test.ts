import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { MemoryStore, isStoreError } from 'swarmstate';
import type { Cluster, Tx } from 'swarmstate';
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

test('[P48] an error shows no stored object to a logger: a canary in a secret is in no text of it', async () => {
  const canary = 'canary-7f3a';
  const store = new MemoryStore({ proposer: new ScriptedProposer() });
  const secret = { id: 's1', spec: { annotations: { name: 'one' }, data: new TextEncoder().encode(canary) } };
  const cluster = { id: 'c1', spec: { annotations: { name: 'two' } }, rootCa: { joinTokens: { worker: canary } } };
  await store.update((tx) => {
    tx.secrets.create(secret);
    tx.clusters.create(cluster);
  });
  await store.update((tx) => tx.clusters.update({ ...(tx.clusters.get('c1') as Cluster) }));
  for (const write of [
    (tx: Tx) => tx.clusters.update({ ...cluster, meta: { version: { index: 0 } } }),
    (tx: Tx) => tx.clusters.create(cluster),
    (tx: Tx) => tx.clusters.create({ ...cluster, id: 'c2' }),
    (tx: Tx) => tx.secrets.create(secret),
    (tx: Tx) => tx.secrets.update({ ...secret, meta: { version: { index: 99 } } }),
  ]) {
    const error: unknown = await store.update((tx) => void write(tx)).catch((caught: unknown) => caught);
    expect(isStoreError(error)).toBe(true);
    const texts = [JSON.stringify(error), inspect(error, { depth: 9 }), String((error as Error).stack)];
    const bytes = String([...new TextEncoder().encode(canary)]);
    for (const text of texts) {
      expect(text).not.toContain(canary);
      expect(text.replace(/\s/g, '')).not.toContain(bytes);
    }
  }
  const conflict = (await store
    .update((tx) => void tx.clusters.update({ ...cluster, meta: { version: { index: 0 } } }))
    .catch((caught: unknown) => caught)) as { readonly stored?: unknown };
  expect(conflict.stored).toMatchObject({ id: 'c1' });
});
