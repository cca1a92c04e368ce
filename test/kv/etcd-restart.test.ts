import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import type { KvEvent, KvPair, KvStore, KvWatcher } from 'swarmstate/kv';
import { EtcdCluster } from '../../scripts/engines/etcd-cluster.ts';
import { describeWithEtcd } from '../support/etcd-server.ts';
import { inDoubtOrNot, WriteLoad } from '../support/write-load.ts';

const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value).toString();

async function nextValue(watcher: KvWatcher<KvEvent>): Promise<string | undefined> {
  const { value, done } = await watcher.next();
  return done === true ? 'the end' : text(value.pair?.value);
}

/** Reads listings until one has all the wanted keys; returns the keys of that one. */
async function untilListed(
  watcher: KvWatcher<readonly KvPair[]>,
  wanted: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  for (;;) {
    const { value, done } = await watcher.next();
    if (done === true) throw new Error('the watch ended');
    const keys = new Set(value.map(({ key }) => key));
    if ([...wanted].every((key) => keys.has(key))) return keys;
  }
}

describeWithEtcd((program) => {
  let cluster: EtcdCluster;
  let kv: KvStore;
  beforeAll(async () => {
    cluster = await EtcdCluster.start(program);
    kv = await createStore('etcd', cluster.endpoints, { timeoutMs: 1000 });
  }, 30_000);
  afterAll(async () => {
    await kv.close();
    await cluster.stop();
  });

  test('[Q15] after a restart of the etcd server, watches go on where they were and writes work', async () => {
    const watcher = kv.watch('restart');
    await kv.put('restart', 'before');
    expect(await nextValue(watcher)).toBe('before');
    const next = nextValue(watcher);
    await cluster.kill();
    await expect(kv.put('restart', 'meanwhile')).rejects.toMatchObject(inDoubtOrNot);
    await expect(kv.get('restart')).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
    cluster.start();
    await cluster.ready();
    await kv.put('restart', 'after');
    expect(await next).toBe('after');
    watcher.close();
  }, 40_000);

  test('[Q15] an etcd that is killed under load keeps all acknowledged writes, and a watch gives them', async () => {
    const acknowledged = new Set<string>();
    const watcher = kv.watchTree('written');
    await watcher.next();
    let stop = false;
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let number = 0; !stop; number++) {
        const key = `written/${writer}/${number}`;
        await kv.put(key, 'x').then(
          () => acknowledged.add(key),
          (error: unknown) => expect(error).toMatchObject(inDoubtOrNot),
        );
      }
    });
    while (acknowledged.size < 100) await watcher.next();
    await cluster.kill();
    const before = acknowledged.size;
    cluster.start();
    while (acknowledged.size < before + 100) await watcher.next();
    stop = true;
    await Promise.all(writers);
    await kv.put('written/last', 'x');
    const told = await untilListed(watcher, new Set(['written/last']));
    expect([...acknowledged].filter((key) => !told.has(key))).toEqual([]);
    watcher.close();
  }, 40_000);

  test('[Q16] an etcd that loses its leader under load has each acknowledged write, and only writes made', async () => {
    const three = await EtcdCluster.start(program, { size: 3 });
    const store = await createStore('etcd', three.endpoints, { timeoutMs: 3000 });
    try {
      await store.put('count', '0');
      const load = new WriteLoad(store, 3, 2);
      const watcher = store.watchTree('load');
      await watcher.next();
      await three.kill(await three.leader());
      const before = load.acknowledged.size;
      while (load.acknowledged.size < before + 100) await watcher.next();
      await load.stop();
      const found = new Set((await store.list('load')).map(({ key }) => key));
      load.expectFound(found);
      expect(await untilListed(watcher, found)).toEqual(found);
      load.expectCount(Number(text((await store.get('count')).value)));
    } finally {
      await store.close();
      await three.stop();
    }
  }, 60_000);

  test('[Q30] a server of etcd without its cluster answers stale reads and no others', async () => {
    const three = await EtcdCluster.start(program, { size: 3 });
    const store = await createStore('etcd', three.endpoints, { timeoutMs: 2000 });
    try {
      await store.put('a/b', 'x');
      const here = await createStore('etcd', three.endpoints.slice(0, 1), { timeoutMs: 2000 });
      // A read that is not stale: afterwards this server has the value.
      await here.get('a/b');
      await three.kill(1);
      await three.kill(2);
      // When these calls end, the server has noticed that the others are gone.
      await expect(here.get('a/b')).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
      await expect(here.put('a/b', 'y')).rejects.toMatchObject(inDoubtOrNot);
      expect(text((await store.get('a/b', { stale: true })).value)).toBe('x');
      expect(await here.list('a', { stale: true })).toHaveLength(1);
      await here.close();
    } finally {
      await store.close();
      await three.stop();
    }
  }, 60_000);
});
