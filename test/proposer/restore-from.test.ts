import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { MemoryStore, StoreError, all } from 'swarmstate';
import type { LifecycleEvents, Replica } from 'swarmstate';
import { StoreSnapshot } from 'swarmstate/proto';
import { crc32c } from '../../src/base/crc32c.ts';
import { sealOf } from '../../src/wire/snapshot/seal.ts';
import { AttachedProposer, GroupProposer } from '../support/scripted-proposer.ts';
import { createNode, deferred, nodeIds } from '../support/store-helpers.ts';

const create = (id: string): object[] => [{ action: 1, node: { id } }];

/** The bytes that `saveTo` writes for these nodes. */
function snapshotOf(...ids: readonly string[]): Uint8Array {
  const bytes = StoreSnapshot.encode({ nodes: ids.map((id) => ({ id })) });
  return Buffer.concat([bytes, sealOf(ids.length, crc32c(bytes))]);
}

/** The error that a promise rejects with. */
async function failure(promise: Promise<void> | undefined): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('nothing was rejected');
}

/** A stream that gives its bytes once the gate is open. */
async function* gated(bytes: Uint8Array, gate: Promise<void>): AsyncGenerator<Uint8Array> {
  await gate;
  yield bytes;
}

describe('replica.restoreFrom', () => {
  test('[P38] replaces the contents by those of a stream, as one commit with the version and reset', async () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    const resets: LifecycleEvents['reset'][] = [];
    store.on('reset', (event) => resets.push(event));
    await createNode(store, 'gone');
    await createNode(store, 'stays');
    const commits = store.watch().commits();
    await proposer.replica?.restoreFrom([snapshotOf('new', 'stays')], { index: 9 });
    expect(nodeIds(store)).toEqual(['new', 'stays']);
    expect(store.version).toEqual({ index: 9 });
    expect(resets).toEqual([{ version: { index: 9 } }]);
    const { value } = await commits.next();
    expect(value).toMatchObject({ version: { index: 9 }, reset: true });
    expect(value?.events.map(({ action, object }) => `${action} ${object.id}`)).toEqual([
      'delete gone',
      'create new',
      // Its versions differ: the snapshot's node was never stamped.
      'update stays',
    ]);
  });

  test('[P38] more differences than are written in place replace the contents, with the same events', async () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    const commits = store.watch({ limit: Infinity }).commits();
    const many = Array.from({ length: 3000 }, (_, n) => `n${String(n).padStart(4, '0')}`);
    await proposer.replica?.restoreFrom([snapshotOf(...many)], { index: 5 });
    expect(nodeIds(store)).toEqual(many);
    const { value } = await commits.next();
    expect(value).toMatchObject({ version: { index: 5 }, reset: true });
    expect(value?.events).toHaveLength(3000);
  });

  test('[P38] a snapshot equal to the contents still commits its version, with reset and without events', async () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    const commits = store.watch().commits();
    await proposer.replica?.restoreFrom([snapshotOf()], { index: 4 });
    expect((await commits.next()).value).toEqual({ version: { index: 4 }, reset: true, events: [] });
  });

  test('[P39] writers go on while the stream is read, and later entries wait for the snapshot', async () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    const gate = deferred();
    const restored = proposer.replica?.restoreFrom(gated(snapshotOf('s'), gate.promise), { index: 10 });
    await createNode(store, 'meanwhile');
    expect(nodeIds(store)).toEqual(['meanwhile']);
    const applied = proposer.replica?.apply(create('after'), { index: 11 });
    await setImmediate();
    expect(nodeIds(store)).toEqual(['meanwhile']);
    gate.resolve();
    await Promise.all([restored, applied]);
    expect(nodeIds(store)).toEqual(['after', 's']);
    expect(store.version).toEqual({ index: 11 });
  });

  test('[P39] a transaction that loses a race waits for the snapshot and runs again on it', async () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    const gate = deferred();
    let applied: Promise<unknown> | undefined;
    proposer.scripts.push(() => {
      // The log was trimmed past this member: its place is in the snapshot now.
      applied = Promise.all([
        proposer.replica?.restoreFrom(gated(snapshotOf('a', 'b'), gate.promise), { index: 20 }),
        proposer.replica?.apply(create('behind'), { index: 21 }),
      ]);
      void setImmediate().then(() => {
        gate.resolve();
      });
      throw Object.assign(new Error('lost'), { code: 'ERR_PROPOSAL_CONFLICT' });
    });
    const seen: number[] = [];
    await store.update((tx) => {
      seen.push(tx.nodes.count(all));
      tx.nodes.create({ id: 'mine' });
    });
    await applied;
    expect(seen).toEqual([0, 3]);
    expect(nodeIds(store)).toEqual(['a', 'b', 'behind', 'mine']);
  });

  test('[P39] a batch that loses a race waits for the snapshot and runs its steps again', async () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    proposer.scripts.push(() => {
      void proposer.replica?.restoreFrom([snapshotOf('a')], { index: 20 });
      throw Object.assign(new Error('lost'), { code: 'ERR_PROPOSAL_CONFLICT' });
    });
    const seen: number[] = [];
    await store.batch(async (batch) => {
      await batch.update((tx) => {
        seen.push(tx.nodes.count(all));
        tx.nodes.create({ id: 'mine' });
      });
    });
    expect(seen).toEqual([0, 1]);
    expect(nodeIds(store)).toEqual(['a', 'mine']);
  });

  test('[P39] an idle batch gives the write lock up for the snapshot', async () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    await store.batch(async (batch) => {
      await batch.update((tx) => tx.nodes.create({ id: 'one' }));
      await proposer.replica?.restoreFrom([snapshotOf('s')], { index: 20 });
      expect(nodeIds(store)).toEqual(['s']);
      await batch.update((tx) => tx.nodes.create({ id: 'two' }));
    });
    expect(nodeIds(store)).toEqual(['s', 'two']);
  });

  test('[P40] malformed bytes, a failing stream and an abort change nothing, and are no divergence', async () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    const diverged: unknown[] = [];
    store.on('diverged', (event) => diverged.push(event));
    await createNode(store, 'n1');
    const { replica } = proposer;
    expect(await failure(replica?.restoreFrom([Uint8Array.of(7, 7)], { index: 9 }))).toMatchObject({
      code: 'ERR_DECODE',
    });
    const failing = (async function* (): AsyncGenerator<Uint8Array> {
      await setImmediate();
      yield snapshotOf('s');
      throw new Error('the link broke');
    })();
    expect(await failure(replica?.restoreFrom(failing, { index: 9 }))).toMatchObject({ message: 'the link broke' });
    const controller = new AbortController();
    const aborted = replica?.restoreFrom(
      gated(snapshotOf('s'), new Promise(() => undefined)),
      { index: 9 },
      {
        signal: controller.signal,
      },
    );
    controller.abort(new Error('given up'));
    expect(await failure(aborted)).toMatchObject({ message: 'given up' });
    expect(nodeIds(store)).toEqual(['n1']);
    expect(diverged).toEqual([]);
    // The entries behind a restore that failed go on: those that waited for it, and later ones.
    const failed = failure(replica?.restoreFrom([Uint8Array.of(7, 7)], { index: 9 }));
    await replica?.apply(create('n2'), { index: 10 });
    await replica?.apply(create('n3'), { index: 11 });
    expect(await failed).toMatchObject({ code: 'ERR_DECODE' });
    expect(nodeIds(store)).toEqual(['n1', 'n2', 'n3']);
  });

  test('[P40] an abort after the last byte, while another writer holds the lock, is no divergence', async () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    const diverged: unknown[] = [];
    store.on('diverged', (event) => diverged.push(event));
    const gate = proposer.holdNext();
    const created = createNode(store, 'n1');
    const controller = new AbortController();
    const outcome = failure(
      proposer.replica?.restoreFrom([snapshotOf('s')], { index: 9 }, { signal: controller.signal }),
    );
    for (let turn = 0; turn < 5; turn += 1) await setImmediate();
    controller.abort(new Error('given up'));
    gate.resolve();
    expect(await outcome).toMatchObject({ message: 'given up' });
    await created;
    expect([nodeIds(store), diverged]).toEqual([['n1'], []]);
  });

  test('[P40] closing the store ends a restore that waits for its stream', async () => {
    const proposer = new AttachedProposer();
    const store = new MemoryStore({ proposer });
    const restored = proposer.replica?.restoreFrom(gated(snapshotOf('s'), new Promise(() => undefined)), { index: 9 });
    const outcome = failure(restored);
    const applied = failure(proposer.replica?.apply(create('n1'), { index: 10 }));
    await store.close();
    expect(await outcome).toMatchObject({ code: 'ERR_STORE_CLOSED' });
    expect(await applied).toMatchObject({ code: 'ERR_STORE_CLOSED' });
    expect(nodeIds(store)).toEqual([]);
  });
});

describe('what a proposer is told', () => {
  test('[P41] the signal of attach aborts when the store has closed, not before', async () => {
    const signals: AbortSignal[] = [];
    class Attached extends AttachedProposer {
      override attach(replica: Replica, signal: AbortSignal): void {
        super.attach(replica);
        signals.push(signal);
      }
    }
    const proposer = new Attached();
    const store = new MemoryStore({ proposer });
    const gate = proposer.holdNext();
    const created = createNode(store, 'n1');
    const closed = store.close();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    gate.resolve();
    await Promise.all([created, closed]);
    expect(signals[0]?.reason).toBeInstanceOf(StoreError);
    expect(signals[0]?.reason).toMatchObject({ code: 'ERR_STORE_CLOSED' });
  });

  test('[P42] maxGroup bounds the transactions in one proposal', async () => {
    class Grouped extends GroupProposer {
      readonly maxGroup = 3;
    }
    const proposer = new Grouped();
    const store = new MemoryStore({ proposer });
    const gate = proposer.holdNext();
    const updates = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => createNode(store, id));
    gate.resolve();
    await Promise.all(updates);
    expect(proposer.groups.map((group) => group.length)).toEqual([3, 2]);
  });

  test.each([0, -1, 1.5, NaN, '5'])('[P34] maxGroup %p is refused', (maxGroup) => {
    const proposer = Object.assign(new GroupProposer(), { maxGroup }) as unknown as GroupProposer;
    expect(() => new MemoryStore({ proposer })).toThrow('maxGroup');
  });
});
