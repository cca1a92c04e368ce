import { describe, expect, test } from '@jest/globals';
import { MemoryStore, StoreError, all } from 'swarmstate';
import type { Batch } from 'swarmstate';
import { InternalRaftRequest } from 'swarmstate/proto';
import { deferred, drain, ids, nodeIds, rejected } from '../support/store-helpers.ts';
import { AttachedProposer, ScriptedProposer } from '../support/scripted-proposer.ts';

const createNode = (batch: Batch, id: string): Promise<string> => batch.update((tx) => tx.nodes.create({ id }).id);
const createConfig = (batch: Batch, id: string, bytes: number): Promise<string> =>
  batch.update((tx) => tx.configs.create({ id, spec: { annotations: { name: id }, data: new Uint8Array(bytes) } }).id);
const conflict = (): StoreError => new StoreError('ERR_PROPOSAL_CONFLICT', 'lost', {});

describe('batches under a proposer', () => {
  test('[T26][P16] a batch under a proposer is split by count, and every commit has a version', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    const commits = store.watch().commits();
    await store.batch(async (batch) => {
      for (let n = 0; n < 405; n += 1) await createNode(batch, `n${n}`);
    });
    expect(proposer.proposed.map((actions) => actions.length)).toEqual([200, 200, 5]);
    const versions: unknown[] = [];
    for (let n = 0; n < 3; n += 1) versions.push((await commits.next()).value?.version?.index);
    expect(versions).toEqual([1, 2, 3]);
  });

  test('[T26] a batch step that fills a transaction waits for its commit', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    const gate = proposer.holdNext();
    const steps: string[] = [];
    const running = store.batch(async (batch) => {
      await batch.update((tx) => {
        for (let n = 0; n < 200; n += 1) tx.nodes.create({ id: `n${n}` });
      });
      steps.push('full');
      await createNode(batch, 'last');
    });
    while (proposer.proposed.length === 0) await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(steps).toEqual([]);
    gate.resolve();
    await running;
    expect(steps).toEqual(['full']);
  });

  test('[P23] a batch is split by size too', async () => {
    const limit = 1.5 * 1024 * 1024;
    const proposer = new ScriptedProposer({ maxTransactionBytes: limit });
    const store = new MemoryStore({ proposer });
    await store.batch(async (batch) => {
      for (let n = 0; n < 5; n += 1) await createConfig(batch, `c${n}`, 500 * 1024);
    });
    // The original's example: 500 KiB each, with 1.5 MiB at once.
    expect(proposer.proposed.map((actions) => actions.length)).toEqual([3, 2]);
  });

  test('[P23] a batch step that does not fit behind the others gets a transaction of its own', async () => {
    const proposer = new ScriptedProposer({ maxTransactionBytes: 1000 });
    const store = new MemoryStore({ proposer });
    await store.batch(async (batch) => {
      await createConfig(batch, 'small', 500);
      expect(await createConfig(batch, 'large', 800)).toBe('large');
      const error = await rejected(createConfig(batch, 'too large', 1200), 'ERR_TRANSACTION_TOO_LARGE');
      expect(error).toMatchObject({ limit: 1000 });
      expect(error['bytes']).toBeGreaterThan(1200);
      await createConfig(batch, 'after', 10);
    });
    expect(proposer.proposed.map((actions) => actions.map((action) => action.config?.id))).toEqual([
      ['small'],
      ['large'],
      ['after'],
    ]);
  });

  test('[P23] a batch is committed after the step that brings it to three quarters of the limit', async () => {
    const now = (): { seconds: number; nanos: number } => ({ seconds: 1, nanos: 0 });
    const measured = new ScriptedProposer();
    await new MemoryStore({ proposer: measured, now }).batch((batch) => createConfig(batch, 'c', 600));
    const { length } = InternalRaftRequest.encode({ id: 2n ** 64n - 1n, action: measured.proposed[0] });
    for (const [limit, proposals] of [
      [Math.floor(length / 0.75), 1],
      [Math.ceil((length + 1) / 0.75), 0],
    ] as const) {
      const proposer = new ScriptedProposer({ maxTransactionBytes: limit });
      await new MemoryStore({ proposer, now }).batch(async (batch) => {
        await createConfig(batch, 'c', 600);
        expect([limit, proposer.proposed.length]).toEqual([limit, proposals]);
      });
      expect(proposer.proposed).toHaveLength(1);
    }
  });

  test('[P23] a step that was refused for its size does not count for the steps behind it', async () => {
    const proposer = new ScriptedProposer({ maxTransactionBytes: 1000 });
    const store = new MemoryStore({ proposer });
    await store.batch(async (batch) => {
      await createConfig(batch, 'a', 10);
      await rejected(createConfig(batch, 'too large', 1200), 'ERR_TRANSACTION_TOO_LARGE');
      for (const id of ['b', 'c', 'd']) await createConfig(batch, id, 10);
      // Two changes take the place of a refused one.
      await rejected(createConfig(batch, 'too large', 1200), 'ERR_TRANSACTION_TOO_LARGE');
      await batch.update((tx) => {
        for (const id of ['e', 'f']) tx.configs.create({ id, spec: { annotations: { name: id } } });
      });
    });
    expect(proposer.proposed.map((actions) => actions.map((action) => action.config?.id))).toEqual([
      ['a', 'b', 'c', 'd', 'e', 'f'],
    ]);
  });

  test('[P23] the steps before a refused one still count', async () => {
    const proposer = new ScriptedProposer({ maxTransactionBytes: 1000 });
    await new MemoryStore({ proposer }).batch(async (batch) => {
      await createConfig(batch, 'a', 300);
      await rejected(createConfig(batch, 'too large', 1200), 'ERR_TRANSACTION_TOO_LARGE');
      await createConfig(batch, 'b', 200);
      await createConfig(batch, 'c', 350);
    });
    expect(proposer.proposed.map((actions) => actions.map((action) => action.config?.id))).toEqual([['a', 'b'], ['c']]);
  });

  test('[P22] a transaction of exactly maxTransactionBytes is accepted, one byte more is refused', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer, now: () => ({ seconds: 1, nanos: 0 }) });
    const text = 'ü✓'.repeat(200);
    await store.update((tx) => tx.configs.create({ id: 'c', spec: { annotations: { labels: { [text]: text } } } }));
    const bytes = InternalRaftRequest.encode({ id: 2n ** 64n - 1n, action: proposer.proposed[0] }).length;
    for (const [limit, fits] of [
      [bytes, true],
      [bytes - 1, false],
    ] as const) {
      const limited = new ScriptedProposer({ maxTransactionBytes: limit });
      const second = new MemoryStore({ proposer: limited, now: () => ({ seconds: 1, nanos: 0 }) });
      const update = second.update((tx) =>
        tx.configs.create({ id: 'c', spec: { annotations: { labels: { [text]: text } } } }),
      );
      if (fits) await update;
      else expect(await rejected(update, 'ERR_TRANSACTION_TOO_LARGE')).toMatchObject({ bytes, limit });
      expect(limited.proposed).toHaveLength(fits ? 1 : 0);
      expect(second.view((tx) => tx.configs.count(all))).toBe(fits ? 1 : 0);
    }
  });

  test('[P24] a failed commit ends the batch', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    const watcher = store.watch({ events: [{ action: 'commit' }] });
    const failure = new Error('no quorum');
    proposer.scripts.push(({ actions, commit }) => {
      proposer.append(actions, commit);
    });
    proposer.scripts.push(() => Promise.reject(failure));
    const failing = store.batch(async (batch) => {
      for (let n = 0; n < 500; n += 1) {
        // As loops do that only log.
        await createNode(batch, `n${n}`).catch(() => undefined);
      }
      return 'done';
    });
    const error = await rejected(failing, 'ERR_BATCH_FAILED');
    expect(error).toMatchObject({ committed: 200, cause: failure });
    expect(proposer.proposed).toHaveLength(2);
    expect(store.view((tx) => tx.nodes.count(all))).toBe(200);
    await store.update((tx) => tx.nodes.create({ id: 'after' }));
    expect(await drain(store, watcher)).toEqual(['commit', 'commit']);
  });

  test('[P24] a failed commit ends the batch, also when it is the last one or the batch was giving way', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    const failure = new Error('no quorum');
    proposer.scripts.push(() => Promise.reject(failure));
    const last = await rejected(
      store.batch((batch) => createNode(batch, 'n1')),
      'ERR_BATCH_FAILED',
    );
    expect(last).toMatchObject({ committed: 0, cause: failure });
    proposer.scripts.push(() => Promise.reject(failure));
    const givingWay = store.batch(async (batch) => {
      await createNode(batch, 'n1');
      await store.update((tx) => tx.nodes.create({ id: 'other' }));
      await createNode(batch, 'n2');
    });
    expect(await rejected(givingWay, 'ERR_BATCH_FAILED')).toMatchObject({ committed: 0, cause: failure });
    expect(nodeIds(store)).toEqual(['other']);
  });

  test('[P25] a batch that lost a race runs its steps again', async () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    proposer.scripts.push(() => {
      void proposer.foreign([{ action: 1, node: { id: 'foreign' } }]);
      return Promise.reject(conflict());
    });
    const counts: number[] = [];
    await store.batch(async (batch) => {
      for (const id of ['a', 'b']) {
        await batch.update((tx) => {
          counts.push(tx.nodes.count(all));
          tx.nodes.create({ id });
        });
      }
      await batch
        .update(() => {
          throw new Error('leaves nothing, and does not run again');
        })
        .catch(() => counts.push(-1));
    });
    expect(counts).toEqual([0, 1, -1, 1, 2]);
    expect(nodeIds(store)).toEqual(['a', 'b', 'foreign']);
  });

  test('[P25] a step that throws when it runs again ends its batch', async () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    proposer.scripts.push(() => {
      void proposer.foreign([{ action: 1, node: { id: 'b' } }]);
      return Promise.reject(conflict());
    });
    const failing = store.batch(async (batch) => {
      await createNode(batch, 'a');
      await createNode(batch, 'b');
    });
    const error = await rejected(failing, 'ERR_BATCH_FAILED');
    expect(error.cause).toMatchObject({ code: 'ERR_EXIST' });
    expect(error['committed']).toBe(0);
    expect(nodeIds(store)).toEqual(['b']);
    await store.update((tx) => tx.nodes.create({ id: 'after' }));
  });

  test('[P25] a batch that failed as a step threw again lets others write while its callback goes on', async () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    const failed = deferred();
    const gate = deferred();
    const failing = store.batch(async (batch) => {
      await createNode(batch, 'a');
      await proposer.foreign([{ action: 1, node: { id: 'a' } }]);
      await rejected(createNode(batch, 'b'), 'ERR_BATCH_FAILED');
      failed.resolve();
      await gate.promise;
    });
    await failed.promise;
    expect(store.stats().heldMs).toBe(0);
    await store.update((tx) => tx.nodes.create({ id: 'other' }));
    gate.resolve();
    await rejected(failing, 'ERR_BATCH_FAILED');
    expect(nodeIds(store)).toEqual(['a', 'other']);
  });

  test('[P25] a batch rejects after ten conflicts', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer });
    for (let n = 0; n < 10; n += 1) proposer.scripts.push(() => Promise.reject(conflict()));
    const error = await rejected(
      store.batch((batch) => createNode(batch, 'a')),
      'ERR_BATCH_FAILED',
    );
    expect(error.cause).toMatchObject({ code: 'ERR_PROPOSAL_CONFLICT' });
    expect(proposer.proposed).toHaveLength(10);
  });

  test('[P26] an open batch transaction is interrupted by replica.apply, and runs again', async () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    const counts: number[] = [];
    await store.batch(async (batch) => {
      await batch.update((tx) => {
        counts.push(tx.nodes.count(all));
        tx.nodes.create({ id: 'a' });
      });
      const foreign = proposer.foreign([{ action: 1, node: { id: 'foreign' } }]);
      expect(nodeIds(store)).toEqual(['foreign']);
      await foreign;
      await batch.update((tx) => {
        expect(ids(tx.nodes.find(all))).toEqual(['a', 'foreign']);
        tx.nodes.create({ id: 'b' });
      });
    });
    expect(counts).toEqual([0, 1]);
    expect(nodeIds(store)).toEqual(['a', 'b', 'foreign']);
    expect(proposer.proposed.map((actions) => actions.map((action) => action.node?.id))).toEqual([['a', 'b']]);
    expect(store.view((tx) => tx.nodes.get('a'))?.meta.version.index).toBe(1);
  });

  test('[P26] a batch that is interrupted and cannot run again fails', async () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    const failing = store.batch(async (batch) => {
      await createNode(batch, 'a');
      await proposer.foreign([{ action: 1, node: { id: 'a' } }]);
      await createNode(batch, 'b').catch(() => undefined);
      await createNode(batch, 'c');
    });
    const error = await rejected(failing, 'ERR_BATCH_FAILED');
    expect(error.cause).toMatchObject({ code: 'ERR_EXIST' });
    expect(nodeIds(store)).toEqual(['a']);
    expect(proposer.proposed).toEqual([]);
    await store.update((tx) => tx.nodes.create({ id: 'after' }));
  });
});
