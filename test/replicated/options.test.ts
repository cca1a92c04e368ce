import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MemoryStore, all } from 'swarmstate';
import { createStore } from 'swarmstate/kv';
import { StoreSnapshot } from 'swarmstate/proto';
import { openStore } from 'swarmstate/replicated';
import { addressOf } from '../../src/replicated/open/target.ts';
import { Cluster, HookedKv, hashOf, isAppend, noAnswer, until } from './cluster.ts';

let cluster: Cluster;

beforeEach(async () => {
  cluster = await Cluster.start();
});

afterEach(() => cluster.end());

describe('bootstrap and recover', () => {
  const contents = StoreSnapshot.from({
    nodes: [
      { id: 'old', meta: { version: { index: 700 } } },
      { id: 'older', meta: { version: { index: 20 } } },
    ],
  });

  test('[J17] a log starts from a snapshot, with versions above every one in it', async () => {
    const first = await cluster.open({ bootstrap: contents });
    expect(first.version).toEqual({ index: 700 });
    expect(first.view((tx) => tx.nodes.count(all))).toBe(2);
    await first.update((tx) => tx.nodes.create({ id: 'new' }));
    expect(first.version).toEqual({ index: 701 });
    const second = await cluster.open();
    expect(hashOf(second)).toBe(hashOf(first));
  });

  test('[J17] bootstrap is refused where there is a log, and a snapshot that was cut changes nothing', async () => {
    const source = new MemoryStore();
    await source.restore(contents);
    const chunks: Uint8Array[] = [];
    await source.saveTo(new WritableStream({ write: (chunk: Uint8Array) => void chunks.push(chunk) }));
    const bytes = Buffer.concat(chunks);
    await expect(cluster.open({ bootstrap: bytes.subarray(0, 20) })).rejects.toMatchObject({
      code: 'ERR_INCOMPLETE_SNAPSHOT',
    });
    const first = await cluster.open({ bootstrap: bytes });
    expect(first.view((tx) => tx.nodes.count(all))).toBe(2);
    await expect(cluster.open({ bootstrap: bytes })).rejects.toMatchObject({ code: 'ERR_NOT_EMPTY', prefix: 'log' });
  });

  test('[J18] recover replaces a log as a new cluster, and is refused while members have it open', async () => {
    const old = await cluster.open();
    for (let i = 0; i < 30; i += 1) await old.update((tx) => tx.nodes.create({ id: `n${i}` }));
    await expect(cluster.open({ recover: contents })).rejects.toMatchObject({
      code: 'ERR_MEMBERS_ALIVE',
      members: [expect.any(String)],
    });
    await old.close();
    const recovered = await cluster.open({ recover: contents });
    expect(recovered.view((tx) => tx.nodes.find(all).map(({ id }) => id))).toEqual(['old', 'older']);
    expect(recovered.version).toEqual({ index: 700 });
    await recovered.update((tx) => tx.nodes.create({ id: 'new' }));
    const other = await cluster.open();
    expect(hashOf(other)).toBe(hashOf(recovered));
    expect(await cluster.inner.list('log/log', { keysOnly: true })).toHaveLength(2);
  });

  test('[J18] a member of the replaced log stops: it reads, and writes reject', async () => {
    const old = await cluster.open();
    await old.update((tx) => tx.nodes.create({ id: 'n' }));
    // The member was not seen: its machine was cut off.
    const members = await cluster.inner.list('log/members', { keysOnly: true });
    for (const { key } of members) await cluster.inner.delete(key);
    const diverged: unknown[] = [];
    old.on('diverged', (event) => diverged.push(event));
    await cluster.open({ recover: contents });
    const refused = { code: 'ERR_LOG_REFUSED', reason: 'foreign' };
    await expect(old.update((tx) => tx.nodes.create({ id: 'late' }))).rejects.toMatchObject(refused);
    await expect(old.update((tx) => tx.nodes.create({ id: 'later' }))).rejects.toMatchObject(refused);
    await expect(old.barrier()).rejects.toMatchObject(refused);
    expect(diverged).toEqual([{ error: expect.objectContaining(refused), version: { index: 1 } }]);
    expect(old.view((tx) => tx.nodes.count(all))).toBe(1);
    expect(old.member.stopped).toBe(true);
  });

  test('[J13] a prefix with something else below it is refused, and left as it is', async () => {
    await cluster.inner.put('log/mine', 'hello');
    await expect(cluster.open()).rejects.toMatchObject({ code: 'ERR_LOG_REFUSED', reason: 'foreign', key: 'mine' });
    await cluster.inner.put('log/cluster', 'hello');
    await expect(cluster.open()).rejects.toMatchObject({ code: 'ERR_LOG_REFUSED', reason: 'foreign', key: 'cluster' });
    expect(await cluster.inner.list('log', { keysOnly: true })).toHaveLength(2);
  });
});

describe('readOnly', () => {
  test('[J19] a member with readOnly follows the log, writes nothing, and refuses writes', async () => {
    await expect(cluster.open({ readOnly: true })).rejects.toMatchObject({ code: 'ERR_READ_ONLY' });
    const writer = await cluster.open();
    const hooked = new HookedKv(cluster.inner);
    hooked.hook = () => Promise.reject(new Error('it writes'));
    const reader = await cluster.open({ readOnly: true }, hooked.kv);
    await writer.update((tx) => tx.nodes.create({ id: 'n' }));
    await reader.waitFor({ index: 1 });
    expect(hashOf(reader)).toBe(hashOf(writer));
    await expect(reader.update((tx) => tx.nodes.create({ id: 'm' }))).rejects.toMatchObject({ code: 'ERR_READ_ONLY' });
    expect(reader.view((tx) => tx.nodes.count(all))).toBe(1);
  });
});

describe('keys', () => {
  const keys = (current: string, ...names: string[]): { current: string; keys: Record<string, Uint8Array> } => ({
    current,
    keys: Object.fromEntries(names.map((name) => [name, Buffer.alloc(32, name)])),
  });

  test('[J14] no value below the prefix shows the contents, and keys are changed member by member', async () => {
    const secret = 'SWMTKN-1-canary';
    const first = await cluster.open({ keys: keys('a', 'a'), snapshotEvery: 4, keepEntries: 1 });
    for (let i = 0; i < 12; i += 1)
      await first.update((tx) => tx.nodes.create({ id: `n${i}`, description: { hostname: secret } }));
    await until(() => first.member.snapshots > 0);
    const second = await cluster.open({ keys: keys('b', 'a', 'b') });
    expect(second.member.loads).toBe(1);
    expect(hashOf(second)).toBe(hashOf(first));
    for (const { value } of await cluster.inner.list('log')) expect(Buffer.from(value).includes('canary')).toBe(false);
    await first.close();
    await second.update((tx) => tx.nodes.create({ id: 'x' }));
    await expect(cluster.open({ keys: keys('a', 'a') })).rejects.toMatchObject({ reason: 'key' });
    await expect(cluster.open()).rejects.toMatchObject({ code: 'ERR_LOG_REFUSED', reason: 'key' });
  });

  test('[J14] a log that is opened with keys is encrypted from then on; members without keys stop', async () => {
    const plain = await cluster.open();
    await plain.update((tx) => tx.nodes.create({ id: 'a' }));
    const keyed = await cluster.open({ keys: keys('a', 'a') });
    expect(hashOf(keyed)).toBe(hashOf(plain));
    await keyed.update((tx) => tx.nodes.create({ id: 'b' }));
    await expect(plain.barrier()).rejects.toMatchObject({ reason: 'key' });
    await expect(plain.update((tx) => tx.nodes.create({ id: 'c' }))).rejects.toMatchObject({ reason: 'key' });
  });

  test.each([
    { current: 'a', keys: { b: randomBytes(32) } },
    { current: 'a', keys: { a: randomBytes(16) } },
    { current: '', keys: { '': randomBytes(32) } },
    null,
  ])('[J14] a key ring that is none is refused: %#', async (ring) => {
    await expect(cluster.open({ keys: ring as never })).rejects.toMatchObject({
      code: 'ERR_INVALID_OBJECT',
      path: expect.arrayContaining(['keys']),
    });
  });
});

describe('large transactions', () => {
  async function small(): Promise<Cluster> {
    const { kv } = new HookedKv(await createStore('memory'), 64 * 1024);
    return new Cluster(kv);
  }

  test('[J20] a transaction of 1.4 MiB works where a value has 64 KiB, encrypted too', async () => {
    const parted = await small();
    try {
      const keys = { current: 'k', keys: { k: randomBytes(32) } };
      const first = await parted.open({ keys });
      const second = await parted.open({ keys });
      await first.update((tx) => {
        for (let i = 0; i < 1400; i += 1) tx.nodes.create({ id: `n${i}`, description: { hostname: 'x'.repeat(950) } });
      });
      await second.waitFor({ index: 1 });
      expect(hashOf(second)).toBe(hashOf(first));
      const third = await parted.open({ keys, snapshotEvery: 1, keepEntries: 1 });
      expect(hashOf(third)).toBe(hashOf(first));
      expect((await parted.inner.list('log/parts', { keysOnly: true })).length).toBeGreaterThan(20);
      await third.update((tx) => tx.nodes.create({ id: 'a' }));
      await third.update((tx) => tx.nodes.create({ id: 'b' }));
      await until(() => third.member.snapshots > 0 && third.member.floor > 0);
      await third.close();
      expect(await parted.inner.list('log/parts', { keysOnly: true })).toHaveLength(0);
    } finally {
      await parted.end();
    }
  });

  test('[J20] the parts of an entry that lost its slot are removed, and its callback runs again', async () => {
    const parted = await small();
    try {
      const hooked = new HookedKv(parted.inner);
      const first = await parted.open({ pollMs: 3_600_000 }, hooked.kv);
      const second = await parted.open();
      let raced = false;
      hooked.hook = (sent) => {
        if (raced || !isAppend(sent)) return undefined;
        raced = true;
        return second.update((tx) => tx.nodes.create({ id: 'theirs' })).then(sent.go);
      };
      await first.update((tx) => {
        for (let i = 0; i < 200; i += 1) tx.nodes.create({ id: `n${i}`, description: { hostname: 'x'.repeat(950) } });
      });
      await second.barrier();
      expect(hashOf(second)).toBe(hashOf(first));
      expect(first.member.conflicts).toBe(1);
      await until(() => true);
      const slots = new Set(
        (await parted.inner.list('log/parts', { keysOnly: true })).map(({ key }) => key.split('/')[2]),
      );
      expect([...slots]).toEqual(['0000000000000002']);
    } finally {
      await parted.end();
    }
  });
});

describe('an engine that is away', () => {
  test('[J21] reads go on, waiting writers are refused, the store tells it, and catches up by itself', async () => {
    const hooked = new HookedKv(cluster.inner);
    const store = await cluster.open({ writes: 'refuse', callMs: 200 }, hooked.kv);
    await store.update((tx) => tx.nodes.create({ id: 'a' }));
    const told: string[] = [];
    store.on('stale', () => told.push('stale'));
    store.on('live', () => told.push('live'));
    let away = true;
    hooked.hook = (sent) => (away && isAppend(sent) ? Promise.reject(noAnswer()) : undefined);
    const sent = store.update((tx) => tx.nodes.create({ id: 'sent' }).id);
    const waiting = store.update((tx) => tx.nodes.create({ id: 'waiting' }).id);
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_UNAVAILABLE' });
    expect(store.view((tx) => tx.nodes.count(all))).toBe(1);
    expect(store.stats().member.stale).toBe(true);
    expect(told).toEqual(['stale']);
    away = false;
    expect(await sent).toBe('sent');
    expect(told).toEqual(['stale', 'live']);
    await store.update((tx) => tx.nodes.create({ id: 'b' }));
  });

  test('[J21] a write of which nothing was sent waits for the deadline, then gets ERR_UNAVAILABLE', async () => {
    const hooked = new HookedKv(cluster.inner);
    const store = await cluster.open({ deadlineMs: 1200, pollMs: 20 }, hooked.kv);
    const other = await cluster.open();
    hooked.away = true;
    const results = await Promise.allSettled(['a', 'b'].map((id) => store.update((tx) => tx.nodes.create({ id }))));
    expect(results).toMatchObject([
      { status: 'rejected', reason: { code: 'ERR_UNAVAILABLE' } },
      { status: 'rejected', reason: { code: 'ERR_UNAVAILABLE' } },
    ]);
    await other.update((tx) => tx.nodes.create({ id: 'c' }));
    hooked.away = false;
    await until(() => store.version?.index === 1);
    await store.update((tx) => tx.nodes.create({ id: 'd' }));
    expect(store.view((tx) => tx.nodes.find(all).map(({ id }) => id))).toEqual(['c', 'd']);
  });
});

describe('the past', () => {
  test('[J16] a watch goes on behind a version of an earlier process, and the log says what it has lost', async () => {
    const first = await cluster.open({ snapshotEvery: 20, keepEntries: 5 });
    for (let i = 0; i < 10; i += 1) await first.update((tx) => tx.nodes.create({ id: `n${i}` }));
    await first.close();
    const second = await cluster.open({ snapshotEvery: 20, keepEntries: 5 });
    await Promise.all(Array.from({ length: 5 }, (_, i) => second.update((tx) => tx.nodes.create({ id: `m${i}` }))));
    const watcher = await second.watchFrom({ index: 4 });
    const seen: unknown[] = [];
    for await (const { version } of watcher.commits()) {
      seen.push(version?.index);
      if (seen.length === 11) break;
    }
    expect(seen).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    for (let i = 0; i < 30; i += 1) await second.update((tx) => tx.nodes.create({ id: `o${i}` }));
    await until(() => second.member.floor > 0);
    await until(() => true);
    const late = async (): Promise<unknown> => (await second.watchFrom({ index: 4 })).commits().next();
    await expect(late()).rejects.toMatchObject({ code: 'ERR_LOG_COMPACTED', oldest: { index: expect.any(Number) } });
  });
});

describe('addresses', () => {
  test('[J22] an address names the backend, its servers or its path, and the prefix', () => {
    expect(addressOf('lmdb:./data')).toMatchObject({ backend: 'lmdb', endpoints: ['./data'], prefix: 'swarmstate' });
    expect(addressOf('lmdb:///var/lib/x')).toMatchObject({ endpoints: ['/var/lib/x'] });
    expect(addressOf('etcd://h1:2379,h2:2379/a/b')).toMatchObject({
      backend: 'etcd',
      endpoints: ['http://h1:2379', 'http://h2:2379'],
      prefix: 'a/b',
    });
    expect(addressOf('etcds://u:p%40@h1:2379')).toMatchObject({
      endpoints: ['https://h1:2379'],
      prefix: 'swarmstate',
      options: { user: 'u', password: 'p@' },
    });
    expect(addressOf('mine://h:1/p')).toMatchObject({ backend: 'mine', endpoints: ['h:1'], prefix: 'p' });
  });

  test.each(['./data', 'lmdb:', 'etcd://', 'etcd:///p', 'memory:x', ''])('[J22] %p is refused', async (address) => {
    await expect(openStore(address)).rejects.toMatchObject({ code: 'ERR_INVALID_OBJECT', path: ['target'] });
  });

  test.each([
    ['snapshotEvery', 0],
    ['keepEntries', 0],
    ['writes', 'maybe'],
    ['pollMs', 0],
    ['colour', 'red'],
    ['signal', 3],
  ])('[J22] the option %s with %p is refused', async (name, value) => {
    await expect(openStore('memory:', { [name]: value })).rejects.toMatchObject({
      code: 'ERR_INVALID_OBJECT',
      path: [name],
    });
  });
});
