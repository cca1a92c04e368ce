import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { all } from 'swarmstate';
import { createStore } from 'swarmstate/kv';
import { openStore } from 'swarmstate/replicated';
import type { ReplicatedOptions, ReplicatedStore } from 'swarmstate/replicated';
import { ConsulCluster } from '../../scripts/engines/consul-cluster.ts';
import { EtcdCluster } from '../../scripts/engines/etcd-cluster.ts';
import { ZookeeperCluster } from '../../scripts/engines/zookeeper-cluster.ts';
import { runningServer } from '../support/running-server.ts';
import { storeAddress } from '../support/store-address.ts';
import { describeWithZookeeper } from '../support/zookeeper-server.ts';
import { describeWithConsul } from '../support/consul-server.ts';
import { describeWithEtcd } from '../support/etcd-server.ts';
import { hashOf, until } from './cluster.ts';

const opened: ReplicatedStore[] = [];

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
});

async function open(target: string, options?: ReplicatedOptions): Promise<ReplicatedStore> {
  const store = await openStore(target, options);
  opened.push(store);
  return store;
}

/**
 * Members write at once, snapshots are made and trimmed behind, and a member that starts later has the same contents.
 */
async function testMembers(target: string): Promise<void> {
  const options = { snapshotEvery: 20, keepEntries: 5 };
  const one = await open(target, options);
  const two = await open(target, options);
  const write = async (store: ReplicatedStore, name: string): Promise<void> => {
    for (let i = 0; i < 30; i += 1) await store.update((tx) => tx.nodes.create({ id: `${name}-${i}` }));
  };
  await Promise.all([write(one, 'a'), write(two, 'b'), write(one, 'c')]);
  await Promise.all([one.barrier(), two.barrier()]);
  expect(hashOf(two)).toBe(hashOf(one));
  expect(one.version).toEqual({ index: 90 });
  await until(() => one.member.floor > 0 || two.member.floor > 0);
  const three = await open(target, options);
  expect(hashOf(three)).toBe(hashOf(one));
  expect(three.member.loads).toBe(1);
  const before = performance.now();
  await Promise.all(Array.from({ length: 1000 }, (_, i) => two.update((tx) => tx.nodes.create({ id: `d-${i}` }))));
  expect(performance.now() - before).toBeLessThan(20_000);
  expect(two.member.slot).toBeLessThan(150);
  await three.waitFor({ index: 1090 });
  expect(three.view((tx) => tx.nodes.count(all))).toBe(1090);
}

test('[J22] a server that does not answer within a call of the log is an error of the key/value store', async () => {
  const opened = openStore('etcd://127.0.0.1:1/x', { callMs: 50 });
  await expect(opened).rejects.toThrow('did not answer within 50 ms: look whether its servers run');
  await expect(opened).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE', backend: 'etcd' });
});

describe('lmdb', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'replicated-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  test('[J3][J6] members on lmdb have the same contents, also behind a trimmed log', () =>
    testMembers(`lmdb:${folder}`));

  test('[J19] a folder is opened to read only', async () => {
    const writer = await open(`lmdb:${folder}`);
    await writer.update((tx) => tx.nodes.create({ id: 'n' }));
    const reader = await open(`lmdb:${folder}`, { readOnly: true });
    expect(hashOf(reader)).toBe(hashOf(writer));
    await writer.update((tx) => tx.nodes.create({ id: 'm' }));
    await reader.waitFor({ index: 2 });
    await expect(reader.update((tx) => tx.nodes.create({ id: 'x' }))).rejects.toMatchObject({ code: 'ERR_READ_ONLY' });
  });
});

describeWithEtcd((program) => {
  const cluster = runningServer(() => EtcdCluster.start(program));

  test('[J3][J6] members on etcd have the same contents, also behind a trimmed log', () =>
    testMembers(storeAddress('etcd', cluster(), 'members')));

  test('[J22] a server that cannot be reached is an error of the key/value store', async () => {
    await expect(openStore('etcd://127.0.0.1:1/x', { engine: { timeoutMs: 300 } })).rejects.toMatchObject({
      code: 'ERR_KV_NOT_REACHABLE',
    });
  });
});

describeWithZookeeper((program) => {
  const server = runningServer(() => ZookeeperCluster.start(program, { synced: false }));

  test(
    '[J3][J6] members on ZooKeeper have the same contents, also behind a trimmed log',
    () => testMembers(storeAddress('zookeeper', server(), 'members')),
    60_000,
  );

  test('[J22] zk:// is another name of zookeeper://, and a server that cannot be reached is an error', async () => {
    const one = await open(storeAddress('zookeeper', server(), 'same'));
    await one.update((tx) => tx.nodes.create({ id: 'n' }));
    const two = await open(storeAddress('zk', server(), 'same'));
    expect(hashOf(two)).toBe(hashOf(one));
    await expect(openStore('zk://127.0.0.1:1/x', { engine: { timeoutMs: 300 } })).rejects.toMatchObject({
      code: 'ERR_KV_NOT_REACHABLE',
    });
  });
});

describeWithConsul((program) => {
  const server = runningServer(() => ConsulCluster.start(program));

  test('[J3][J6] members on consul have the same contents, also behind a trimmed log', () =>
    testMembers(storeAddress('consul', server(), 'members')));

  test('[J22] an address of consul gives each place numbers of its own', async () => {
    const address = storeAddress('consul', server(), 'a/place');
    await (await open(address)).update((tx) => tx.nodes.create({ id: 'n' }));
    const kv = await createStore('consul', [server().endpoint], { prefix: 'a/place', readOnly: true });
    expect((await kv.list('swarmstate', { keysOnly: true })).length).toBeGreaterThan(1);
    await kv.close();
    await expect(openStore('consul://127.0.0.1:1/x', { engine: { timeoutMs: 300 } })).rejects.toMatchObject({
      code: 'ERR_KV_NOT_REACHABLE',
    });
  });
});
