import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { StoreActionKind, all } from 'swarmstate';
import type { StoreAction } from 'swarmstate/proto';
import { InternalRaftRequest } from 'swarmstate/proto';
import type { ReplicatedStore } from 'swarmstate/replicated';
import { decodeClusterRecord } from '../../src/replicated/generated/log.ts';
import { decodeEntry, encodeEntry } from '../../src/replicated/log/entry.ts';
import type { Entry } from '../../src/replicated/log/entry.ts';
import { openPlain, sealPlain } from '../../src/replicated/log/frame.ts';
import { LogKeys } from '../../src/replicated/log/layout.ts';
import { SCHEMA } from '../../src/replicated/log/schema.ts';
import { Cluster, hashOf, until } from './cluster.ts';

const keys = new LogKeys('log');

let cluster: Cluster;

beforeEach(async () => {
  cluster = await Cluster.start();
});

afterEach(() => cluster.end());

/** Writes the next entry of the log, as a member would that has the fault of `change`. */
async function forge(change: (entry: Entry) => Partial<Entry>): Promise<void> {
  const record = decodeClusterRecord(openPlain('', (await cluster.inner.get(keys.cluster)).value));
  const [last] = await cluster.inner.list(keys.log, { reverse: true, limit: 1 });
  const slot = Number(last!.key.slice(keys.log.length + 1));
  const before = decodeEntry(record.clusterId, slot, '', openPlain('', last!.value));
  const entry = {
    ...before,
    slot: slot + 1,
    incarnation: 'forged',
    sequence: slot + 1,
    firstVersion: before.lastVersion + 1,
    count: 1,
    chain: before.hash,
    requests: [request({ action: StoreActionKind.CREATE, node: { id: `forged-${slot}` } })],
    parts: undefined,
  };
  await cluster.inner.put(keys.entry(slot + 1), sealPlain(encodeEntry({ ...entry, ...change(entry) })));
}

function request(action: Parameters<typeof StoreAction.from>[0]): Uint8Array {
  return InternalRaftRequest.encode({ action: [action] });
}

async function expectStopped(store: ReplicatedStore, reason: string, nodes: number): Promise<void> {
  const told: unknown[] = [];
  store.on('diverged', (event) => told.push(event));
  await until(() => store.member.stopped);
  const refused = { code: 'ERR_LOG_REFUSED', reason };
  await expect(store.update((tx) => tx.nodes.create({ id: 'late' }))).rejects.toMatchObject(refused);
  await expect(store.barrier()).rejects.toMatchObject(refused);
  expect(store.view((tx) => tx.nodes.count(all))).toBe(nodes);
  expect(told.length).toBeLessThanOrEqual(1);
}

describe('a member that must not apply an entry', () => {
  test('[J3] an entry as members write them is applied', async () => {
    const store = await cluster.open();
    await forge(() => ({}));
    await store.waitFor({ index: 1 });
    await forge(() => ({}));
    await store.barrier();
    expect(store.version).toEqual({ index: 2 });
  });

  test('[J23] stops at an entry that follows another log, and at one of another version', async () => {
    for (const change of [{ chain: Buffer.alloc(32, 7) }, { firstVersion: 9 }]) {
      const own = await Cluster.start();
      const before = cluster;
      cluster = own;
      const store = await own.open();
      await store.update((tx) => tx.nodes.create({ id: 'a' }));
      await forge(() => change);
      await expectStopped(store, 'chain', 1);
      await own.end();
      cluster = before;
    }
  });

  test('[J15] stops at an entry of a newer schema, and goes on where the members are upgraded', async () => {
    const store = await cluster.open();
    await store.update((tx) => tx.nodes.create({ id: 'a' }));
    await forge(() => ({ schema: SCHEMA + 1 }));
    await expectStopped(store, 'schema', 1);
    await expect(cluster.open()).rejects.toMatchObject({ code: 'ERR_LOG_REFUSED', reason: 'schema' });
  });

  test('[J13] stops at a damaged value', async () => {
    const store = await cluster.open();
    await store.update((tx) => tx.nodes.create({ id: 'a' }));
    await cluster.inner.put(keys.entry(2), 'garbage');
    await expectStopped(store, 'foreign', 1);
  });

  test('[J23] stops where an entry does not fit its contents', async () => {
    const store = await cluster.open();
    await store.update((tx) => tx.nodes.create({ id: 'a' }));
    await forge(() => ({ requests: [request({ action: StoreActionKind.REMOVE, node: { id: 'none' } })] }));
    await expectStopped(store, 'apply', 1);
  });

  test('[J23] stops where the log is shorter than what it applied: an old backup was put in its place', async () => {
    const store = await cluster.open();
    for (let i = 0; i < 3; i += 1) await store.update((tx) => tx.nodes.create({ id: `n${i}` }));
    await cluster.inner.delete(keys.entry(3));
    await cluster.inner.delete(keys.entry(2));
    await expect(store.barrier()).rejects.toMatchObject({ code: 'ERR_LOG_REFUSED', reason: 'corrupt' });
    await expectStopped(store, 'corrupt', 3);
  });

  test('[J10] an entry with the id of an earlier one is not applied again, and is counted', async () => {
    const store = await cluster.open();
    await forge(() => ({}));
    await store.waitFor({ index: 1 });
    await forge(() => ({ sequence: 1 }));
    await store.barrier();
    expect(store.member).toMatchObject({ slot: 2, repeated: 1, stopped: false });
    expect(store.view((tx) => tx.nodes.count(all))).toBe(1);
  });
});

test('[J4] members that write all the time get their share', async () => {
  const stores = await Promise.all(Array.from({ length: 4 }, () => cluster.open()));
  await stores[0]!.update((tx) => tx.nodes.create({ id: 'n' }));
  await Promise.all(stores.map((store) => store.barrier()));
  const updates = stores.map(() => 0);
  let runs = 0;
  let over = false;
  const timer = setTimeout(() => {
    over = true;
  }, 2000);
  await Promise.all(
    stores.flatMap((store, member) =>
      Array.from({ length: 8 }, async () => {
        while (!over) {
          await store.update((tx) => {
            runs += 1;
            return tx.nodes.modify('n', (draft) => void (draft.description = { hostname: `run-${runs}` }));
          });
          updates[member] = (updates[member] as number) + 1;
        }
      }),
    ),
  );
  clearTimeout(timer);
  const total = updates.reduce((sum, count) => sum + count, 0);
  for (const count of updates) expect(count).toBeGreaterThan(total / 4 / 8);
  await Promise.all(stores.map((store) => store.barrier()));
  for (const store of stores) expect(hashOf(store)).toBe(hashOf(stores[0]!));
  expect(stores[0]!.version).toEqual({ index: total + 1 });
});
