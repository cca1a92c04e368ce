import { afterEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { MemoryStore, NodeRole, all, byName } from 'swarmstate';
import type { Tx } from 'swarmstate';
import { StoreSnapshot } from 'swarmstate/proto';
import { checkAsyncProperty } from '../support/property.ts';
import { ScriptedProposer } from '../support/scripted-proposer.ts';
import { createNode, drain, nodeIds, rejected } from '../support/store-helpers.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

/** Makes every look at the clock find that a slice is over, so that work in slices pauses wherever it may. */
function pauseEverywhere(): void {
  let now = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => (now += 10));
}

function encoded(store: MemoryStore): Uint8Array {
  return new Uint8Array(StoreSnapshot.encode(store.save()));
}

async function storeWith(count: number, name: string): Promise<MemoryStore> {
  const store = new MemoryStore();
  await store.update((tx) => {
    for (let i = 0; i < count; i += 1)
      tx.nodes.create({ id: `node-${i}`, description: { hostname: `${name}-${i % 3}` } });
  });
  return store;
}

describe('a restore from a stream is put together beside the store', () => {
  test('[S26] during restoreFrom views see the state before, the loop runs, writers wait for the end', async () => {
    const store = await storeWith(100, 'before');
    const bytes = encoded(await storeWith(200, 'after'));
    pauseEverywhere();
    const seen: { readonly held: boolean; readonly nodes: number; readonly named: number }[] = [];
    const ended = new AbortController();
    let late: Promise<number> | undefined;
    const restored = store.restoreFrom([bytes], { sealed: false }).finally(() => {
      ended.abort();
    });
    while (!ended.signal.aborted) {
      const held = store.stats().heldMs > 0;
      const [nodes, named] = store.view((tx) => [tx.nodes.count(all), tx.nodes.count(byName('before-0'))] as const);
      seen.push({ held, nodes, named });
      if (held) late ??= store.update((tx) => tx.nodes.count(all));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await restored;
    expect(await late).toBe(200);
    // A turn for every sixteen objects that are compared.
    expect(seen.filter(({ held }) => held).length).toBeGreaterThan(10);
    const before = seen.filter(({ nodes, named }) => nodes === 100 && named === 34);
    expect(before.length).toBeGreaterThanOrEqual(seen.length - 1);
    expect(store.stats()).toMatchObject({ heldMs: 0, waiting: 0, snapshots: 0 });
  });

  test('[S26] snapshots, walks and views that are open during restoreFrom keep their state', async () => {
    const store = await storeWith(40, 'before');
    const other = await storeWith(60, 'after');
    const snapshot = store.snapshot();
    let goOn = (): void => undefined;
    const waiting = new Promise<void>((resolve) => (goOn = resolve));
    const viewed = store.view(async (tx) => {
      const walk = tx.nodes.iterate(all);
      const first = walk.next().value?.id;
      await waiting;
      return [first, [...walk].length, tx.nodes.find(byName('before-1')).length];
    });
    await store.restoreFrom([encoded(other)], { sealed: false });
    expect(store.stats()).toMatchObject({ snapshots: 2, retainedVersions: 40 });
    await store.update((tx) => {
      tx.nodes.delete('node-0');
      tx.nodes.create({ id: 'new' });
    });
    goOn();
    expect(await viewed).toEqual(['node-0', 39, 13]);
    expect(snapshot.nodes.find(all)).toHaveLength(40);
    expect(snapshot.nodes.get('node-0')?.description?.hostname).toBe('before-0');
    expect(store.view((tx) => [tx.nodes.count(all), tx.nodes.get('node-0')])).toEqual([60, undefined]);
    snapshot.close();
    expect(store.stats()).toMatchObject({ snapshots: 0, retainedVersions: 0 });
  });

  test('[S26] objects that restoreFrom leaves equal stay the same, and equal contents change nothing', async () => {
    const store = await storeWith(20, 'node');
    const watcher = store.watch();
    const before = store.view((tx) => tx.nodes.find(all));
    await store.restoreFrom([encoded(store)], { sealed: false });
    expect(store.view((tx) => tx.nodes.find(all))).toEqual(before);
    const bytes = encoded(store);
    await store.update((tx) => tx.nodes.delete('node-3'));
    await store.restoreFrom([bytes], { sealed: false });
    store.view((tx) => {
      for (const node of before) if (node.id !== 'node-3') expect(tx.nodes.get(node.id)).toBe(node);
    });
    expect(await drain(store, watcher)).toEqual(['delete node node-3', 'commit', 'create node node-3', 'commit']);
  });

  test('[S23] whatever is written while restoreFrom reads, events lead from the old contents to the new', async () => {
    const write = fc.record({ number: fc.nat(30), name: fc.nat(3), remove: fc.boolean() });
    await checkAsyncProperty(
      fc.asyncProperty(
        fc.array(fc.array(write, { maxLength: 6 }), { minLength: 1, maxLength: 8 }),
        fc.nat(200),
        async (steps, chunk) => {
          const apply = (tx: Tx, step: (typeof steps)[number]): void => {
            for (const { number, name, remove } of step) {
              const node = { id: `node-${number}`, description: { hostname: `after-${name}` } };
              if (tx.nodes.get(node.id) === undefined) tx.nodes.create(node);
              else if (remove) tx.nodes.delete(node.id);
              else tx.nodes.update(node);
            }
          };
          const bytes = encoded(await storeWith(20, 'after'));
          const store = await storeWith(25, 'before');
          const follower = new MemoryStore();
          const { value, watcher } = store.viewAndWatch((tx) => store.save(tx));
          await follower.restore(value);
          const source = async function* (): AsyncGenerator<Uint8Array> {
            for (let at = 0, i = 0; at < bytes.length; at += chunk + 20, i += 1) {
              const step = steps[i % steps.length] ?? [];
              await store.update((tx) => {
                apply(tx, step);
              });
              yield bytes.subarray(at, at + chunk + 20);
            }
            const last = steps.at(-1) ?? [];
            void store.update((tx) => {
              apply(tx, last);
            });
          };
          await store.restoreFrom(source(), { sealed: false });
          expect(Buffer.compare(encoded(store), bytes)).toBe(0);
          await store.close();
          for await (const commit of watcher.commits()) await follower.apply(commit);
          expect(Buffer.compare(encoded(follower), bytes)).toBe(0);
          // The indexes are those of the objects.
          for (let name = 0; name < 4; name += 1) {
            const expected = store.view((tx) =>
              tx.nodes.find(all).filter(({ description }) => description?.hostname === `after-${name}`),
            );
            expect(store.view((tx) => tx.nodes.find(byName(`after-${name}`)))).toEqual(expected);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('[S27] an abort of restoreFrom after the last byte, also queued or comparing, changes nothing', async () => {
    const store = await storeWith(100, 'before');
    const bytes = encoded(await storeWith(100, 'after'));
    const before = encoded(store);
    pauseEverywhere();
    // The restore waits behind a batch that goes on.
    let goOn = (): void => undefined;
    const batch = store.batch(async (steps) => {
      await steps.update(() => undefined);
      await new Promise<void>((resolve) => (goOn = resolve));
    });
    for (const held of [true, false]) {
      const aborting = new AbortController();
      const restored = store.restoreFrom([bytes], { sealed: false, signal: aborting.signal });
      restored.catch(() => undefined);
      if (held) {
        while (store.stats().heldMs === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      aborting.abort(new Error('no more'));
      await expect(restored).rejects.toThrow('no more');
    }
    goOn();
    await batch;
    expect(Buffer.compare(encoded(store), before)).toBe(0);
    expect(await store.update((tx) => tx.nodes.count(all))).toBe(100);
  });

  test('[S27] an abort at any promise job before the replacement changes nothing', async () => {
    const bytes = StoreSnapshot.encode({ nodes: [{ id: 's' }] });
    const reason = new Error('no more');
    // No slice is ever over: the restore goes on from job to job.
    jest.spyOn(performance, 'now').mockReturnValue(1);
    for (let jobs = 0; jobs < 60; jobs += 1) {
      const proposer = new ScriptedProposer();
      const store = new MemoryStore({ proposer });
      const gate = proposer.holdNext();
      const update = createNode(store, 'a');
      const controller = new AbortController();
      const restored = store.restoreFrom([bytes], { sealed: false, signal: controller.signal });
      const outcome = restored.catch((error: unknown) => error);
      while (store.stats().waiting === 0) await new Promise((resolve) => setImmediate(resolve));
      gate.resolve();
      for (let job = 0; job < jobs; job += 1) await Promise.resolve();
      const replaced = nodeIds(store).includes('s');
      controller.abort(reason);
      expect([jobs, await outcome]).toEqual([jobs, replaced ? undefined : reason]);
      await update;
      expect(nodeIds(store)).toEqual([replaced ? 's' : 'a']);
    }
  });

  test('[S27] close waits for the replacement of restoreFrom, or refuses it', async () => {
    const store = await storeWith(50, 'before');
    const bytes = encoded(await storeWith(60, 'after'));
    pauseEverywhere();
    const restored = store.restoreFrom([bytes], { sealed: false });
    while (store.stats().heldMs === 0) await new Promise((resolve) => setImmediate(resolve));
    await store.close();
    await restored;
    expect(store.view((tx) => tx.nodes.count(all))).toBe(60);
    const closing = await storeWith(50, 'before');
    const refused = closing.restoreFrom([bytes], { sealed: false });
    await closing.close();
    await rejected(refused, 'ERR_STORE_CLOSED');
    expect(closing.view((tx) => tx.nodes.count(all))).toBe(50);
  });
});

test.each([1, 1500])(
  '[S3] an object that a writer makes equal while a snapshot is read gives no event (%d objects)',
  async (count) => {
    const objects = Array.from({ length: count }, (_, n) => ({
      id: `n${String(n).padStart(4, '0')}`,
      role: NodeRole.MANAGER,
    }));
    const store = new MemoryStore();
    await store.update((tx) => {
      for (const { id } of objects) tx.nodes.create({ id });
    });
    const watcher = store.watch();
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield StoreSnapshot.encode({ nodes: objects });
      await store.update((tx) => {
        for (const { id, role } of objects) tx.nodes.modify(id, (draft) => void (draft.role = role));
      });
    };
    await store.restoreFrom(source(), { sealed: false });
    const events = await drain(store, watcher);
    expect(events).toHaveLength(count + 1);
    expect(events.at(-1)).toBe('commit');
  },
);
