import { expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import { ConsulCluster } from '../../scripts/engines/consul-cluster.ts';
import type { ServerCluster } from '../../scripts/engines/process/server-cluster.ts';
import { ZookeeperCluster } from '../../scripts/engines/zookeeper-cluster.ts';
import { describeWithConsul } from '../support/consul-server.ts';
import { inDoubtOrNot, WriteLoad } from '../support/write-load.ts';
import { describeWithZookeeper } from '../support/zookeeper-server.ts';

/**
 * Ends the leader of three servers under load, and then both other servers. `answersStale` tells whether a server alone
 * answers reads with `stale`.
 */
async function testLostLeader(backend: string, three: ServerCluster, answersStale: boolean): Promise<void> {
  const store = await createStore(backend, three.endpoints, { timeoutMs: 3000 });
  try {
    const held = await (await store.newLock('lock', { ttl: 10_000 })).lock();
    const { lastIndex } = await store.put('count', '0');
    const changes = store.changes('', { from: lastIndex });
    const watcher = store.watchTree('load');
    await watcher.next();
    const load = new WriteLoad(store, 2, 1);
    const leader = await three.leader();
    await three.kill(leader);
    const before = load.acknowledged.size;
    while (load.acknowledged.size < before + 30) await watcher.next();
    await load.stop();
    await store.put('load/last', 'x');
    const found = new Set((await store.list('load')).map(({ key }) => key));
    load.expectFound(found, ['load/last']);
    let listed: readonly string[] = [];
    while (!listed.includes('load/last')) listed = ((await watcher.next()).value ?? []).map(({ key }) => key);
    expect(new Set(listed)).toEqual(found);
    const told = new Set<string>();
    let count = 0;
    while (!told.has('load/last')) {
      const { value } = await changes.next();
      if (value?.key.startsWith('load/') === true) told.add(value.key);
      if (value?.key === 'count') expect(Number(value.pair?.text())).toBe(++count);
    }
    expect(told).toEqual(found);
    load.expectCount(count);
    expect(held.lost.aborted).toBe(false);
    // Of three servers one is left.
    const [alone, other] = [0, 1, 2].filter((number) => number !== leader);
    const here = await createStore(backend, three.endpoints.slice(alone, Number(alone) + 1), { timeoutMs: 1000 });
    await here.get('load/last');
    // A stale read may be behind: the server that will be alone must have the last write before it is.
    while (answersStale && (await here.getOrUndefined('load/last', { stale: true })) === undefined);
    await three.kill(other);
    await expect(here.put('load/last', 'y')).rejects.toMatchObject(inDoubtOrNot);
    await expect(here.get('load/last')).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
    const stale = here.get('load/last', { stale: true });
    if (answersStale) expect((await stale).text()).toBe('x');
    else await expect(stale).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
    await here.close();
  } finally {
    await store.close();
    await three.stop();
  }
}

describeWithConsul((program) => {
  test('[Q120] three Consul servers without their leader lose no write, change, lock; one alone is stale', async () => {
    await testLostLeader('consul', await ConsulCluster.start(program, { size: 3 }), true);
  }, 90_000);
});

describeWithZookeeper((program) => {
  test('[Q153] three ZooKeepers without their leader lose no write, change, lock; one alone is silent', async () => {
    await testLostLeader('zookeeper', await ZookeeperCluster.start(program, { size: 3, synced: false }), false);
  }, 90_000);
});
