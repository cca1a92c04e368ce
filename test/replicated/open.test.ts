import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { all, byId } from 'swarmstate';
import { createStore } from 'swarmstate/kv';
import type { KvStore } from 'swarmstate/kv';
import { StoreSnapshot } from 'swarmstate/proto';
import { openStore } from 'swarmstate/replicated';
import type { ReplicatedOptions, ReplicatedStore } from 'swarmstate/replicated';

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

async function memory(): Promise<KvStore> {
  const kv = await createStore('memory');
  opened.push(kv);
  return kv;
}

async function open(kv: KvStore, options: ReplicatedOptions = {}): Promise<ReplicatedStore> {
  const store = await openStore({ kv, prefix: 'log' }, options);
  opened.push(store);
  return store;
}

/** The hash of a snapshot: equal contents have equal bytes. */
function hashOf(store: ReplicatedStore): string {
  return createHash('sha256').update(StoreSnapshot.encode(store.save())).digest('hex');
}

describe('one member', () => {
  test('[J1] an update is an entry of the log, and a store that is opened later has it', async () => {
    const kv = await memory();
    const first = await open(kv);
    const node = await first.update((tx) => tx.nodes.create({ id: 'n1' }));
    await first.update((tx) => tx.nodes.modify('n1', (draft) => void (draft.description = { hostname: 'h1' })));
    expect(first.version).toEqual({ index: 2 });
    await first.close();
    const second = await open(kv);
    expect(second.version).toEqual({ index: 2 });
    expect(second.view((tx) => tx.nodes.get('n1')?.description?.hostname)).toBe('h1');
    expect(second.view((tx) => tx.nodes.get('n1')?.meta.createdAt)).toEqual(node.meta.createdAt);
    await second.update((tx) => tx.nodes.create({ id: 'n2' }));
    expect(second.version).toEqual({ index: 3 });
  });

  test('[J1] a store on lmdb is there again after it was closed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'replicated-'));
    try {
      const first = await openStore(`lmdb:${folder}`);
      await Promise.all(Array.from({ length: 50 }, (_, i) => first.update((tx) => tx.nodes.create({ id: `n${i}` }))));
      const hash = hashOf(first);
      await first.close();
      const second = await openStore(`lmdb:${folder}`);
      expect(hashOf(second)).toEqual(hash);
      expect(second.version).toEqual({ index: 50 });
      await second.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('[J60] callers that write again and again are entries of all of them', async () => {
    const kv = await memory();
    const store = await open(kv);
    const callers = 100;
    const rounds = 6;
    const write = async (caller: number): Promise<void> => {
      for (let round = 0; round < rounds; round += 1) {
        await store.update((tx) => tx.nodes.create({ id: `n${caller}-${round}` }));
      }
    };
    await Promise.all(Array.from({ length: callers }, (_, caller) => write(caller)));
    expect(store.view((tx) => tx.nodes.count(all))).toBe(callers * rounds);
    // The first caller finds nobody to wait for.
    expect(store.member.slot).toBeLessThanOrEqual(rounds + 2);
    expect(store.stats().groups).toBeLessThanOrEqual(rounds + 2);
  });

  test('[J2] many updates at once are few entries, and each has its own version', async () => {
    const kv = await memory();
    const store = await open(kv);
    const watcher = store.watch();
    await Promise.all(Array.from({ length: 300 }, (_, i) => store.update((tx) => tx.nodes.create({ id: `n${i}` }))));
    expect(store.version).toEqual({ index: 300 });
    expect(store.member.slot).toBeLessThan(10);
    const versions: unknown[] = [];
    for await (const { version } of watcher.commits()) {
      versions.push(version?.index);
      if (versions.length === 300) break;
    }
    expect(versions).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
  });
});

describe('two members', () => {
  test('[J3] members have the same contents and versions, and see their events in the same frames', async () => {
    const kv = await memory();
    const first = await open(kv);
    const second = await open(kv);
    const watcher = second.watch();
    await Promise.all(Array.from({ length: 20 }, (_, i) => first.update((tx) => tx.nodes.create({ id: `n${i}` }))));
    await second.waitFor({ index: 20 });
    expect(hashOf(second)).toEqual(hashOf(first));
    let frames = 0;
    for await (const commit of watcher.commits()) {
      expect(commit.events).toHaveLength(1);
      frames += 1;
      if (frames === 20) break;
    }
  });

  test('[J4] members that write at once lose races, run their callbacks again, and lose no update', async () => {
    const kv = await memory();
    const stores = await Promise.all([open(kv), open(kv), open(kv)]);
    await stores[0].update((tx) => tx.nodes.create({ id: 'n', spec: { annotations: { labels: {} } } }));
    await Promise.all(stores.map((store) => store.barrier()));
    await Promise.all(
      stores.flatMap((store, member) =>
        Array.from({ length: 30 }, (_, i) =>
          store.update((tx) =>
            tx.nodes.modify('n', (draft) => {
              draft.spec.annotations.labels[`${member}-${i}`] = 'x';
            }),
          ),
        ),
      ),
    );
    await Promise.all(stores.map((store) => store.barrier()));
    for (const store of stores) {
      expect(Object.keys(store.view((tx) => tx.nodes.get('n')!.spec.annotations.labels))).toHaveLength(90);
      expect(hashOf(store)).toEqual(hashOf(stores[0]));
      expect(store.member.repeated).toBe(0);
    }
    expect(stores.reduce((sum, { member }) => sum + member.conflicts, 0)).toBeGreaterThan(0);
  });

  test('[J5] after a barrier a read sees what another member was acknowledged before', async () => {
    const kv = await memory();
    const first = await open(kv);
    const second = await open(kv, { pollMs: 3_600_000 });
    for (let i = 0; i < 20; i += 1) {
      await first.update((tx) => tx.nodes.create({ id: `n${i}` }));
      await second.barrier();
      expect(second.view((tx) => tx.nodes.count(byId(`n${i}`)))).toBe(1);
    }
  });
});

describe('snapshots', () => {
  test('[J6] a snapshot is made, the log is trimmed behind it, and a member starts from it', async () => {
    const kv = await memory();
    const first = await open(kv, { snapshotEvery: 10, keepEntries: 2 });
    for (let i = 0; i < 45; i += 1) await first.update((tx) => tx.nodes.create({ id: `n${i}` }));
    await first.close();
    expect(first.member.snapshots).toBeGreaterThanOrEqual(3);
    const entries = await kv.list('log/log', { keysOnly: true });
    expect(entries.length).toBeLessThan(20);
    const second = await open(kv);
    expect(second.member.loads).toBe(1);
    expect(second.view((tx) => tx.nodes.count(all))).toBe(45);
    expect(second.version).toEqual({ index: 45 });
    expect(hashOf(second)).toEqual(hashOf(first));
  });

  test('[J6] large contents are snapshots of several chunks', async () => {
    const kv = await memory();
    const first = await open(kv, { snapshotEvery: 3, keepEntries: 1 });
    const text = 'x'.repeat(2000);
    for (let step = 0; step < 6; step += 1) {
      await first.update((tx) => {
        for (let i = 0; i < 300; i += 1) tx.nodes.create({ id: `n${step}-${i}`, description: { hostname: text } });
      });
    }
    while (first.member.snapshots === 0) await setImmediate();
    await first.close();
    expect((await kv.list('log/snapshots', { keysOnly: true })).length).toBeGreaterThan(3);
    const second = await open(kv);
    expect(second.member.loads).toBe(1);
    expect(hashOf(second)).toEqual(hashOf(first));
  });
});
