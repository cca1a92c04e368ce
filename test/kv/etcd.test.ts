import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import type { KvEvent, KvStore } from 'swarmstate/kv';
import { EtcdCluster, etcdProgram, freePort, withoutEtcd } from '../support/etcd-server.ts';
import { testContract } from './contract.ts';

const valueOf = ({ value, done }: IteratorResult<KvEvent>): string | undefined =>
  done === true || value.pair === undefined ? undefined : Buffer.from(value.pair.value).toString();
const program = etcdProgram();

if (program === undefined) {
  withoutEtcd();
  test('[Q14] a server that is not there is told within the timeout, also without etcd', () => unreachable());
} else {
  let cluster: EtcdCluster;
  beforeAll(async () => {
    cluster = await EtcdCluster.start(program);
  }, 30_000);
  afterAll(() => cluster.stop());

  testContract('etcd', () => createStore('etcd', cluster.endpoints));

  test('[Q14] a server that is not there is told within the timeout', () => unreachable());

  describe('a server of etcd that is stopped', () => {
    let own: EtcdCluster;
    let kv: KvStore;
    beforeAll(async () => {
      own = await EtcdCluster.start(program);
      kv = await createStore('etcd', own.endpoints, { timeoutMs: 1000 });
    }, 30_000);
    afterAll(async () => {
      await kv.close();
      await own.stop();
    });

    test('[Q15] and started again: watches go on where they were, and writes work again', async () => {
      const watcher = kv.watch('restart');
      await kv.put('restart', 'before');
      expect(valueOf(await watcher.next())).toBe('before');
      const next = watcher.next();
      await own.kill();
      await expect(kv.put('restart', 'meanwhile')).rejects.toMatchObject({
        code: expect.stringMatching(/NOT_REACHABLE|OUTCOME_UNKNOWN/) as unknown,
      });
      await expect(kv.get('restart')).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
      own.start();
      await own.ready();
      await kv.put('restart', 'after');
      expect(valueOf(await next)).toBe('after');
      watcher.close();
    }, 40_000);
  });

  test('[Q16] a cluster of three that loses its leader under load loses no acknowledged write', async () => {
    const three = await EtcdCluster.start(program, 3);
    const kv = await createStore('etcd', three.endpoints, { timeoutMs: 3000 });
    try {
      const acknowledged = new Set<string>();
      const tried = new Set<string>();
      let stop = false;
      const writers = Array.from({ length: 4 }, async (_, writer) => {
        for (let number = 0; !stop; number++) {
          const key = `load/${writer}/${number}`;
          tried.add(key);
          // A write that fails may or may not have happened; it is not repeated.
          await kv.put(key, 'x').then(
            () => acknowledged.add(key),
            () => undefined,
          );
        }
      });
      const watcher = kv.watchTree('load');
      await watcher.next();
      await three.kill(await three.leader());
      const before = acknowledged.size;
      while (acknowledged.size < before + 100) await watcher.next();
      stop = true;
      await Promise.all(writers);
      const found = new Set((await kv.list('load')).map(({ key }) => key));
      expect([...acknowledged].filter((key) => !found.has(key))).toEqual([]);
      expect([...found].filter((key) => !tried.has(key))).toEqual([]);
    } finally {
      await kv.close();
      await three.stop();
    }
  }, 60_000);
}

async function unreachable(): Promise<void> {
  const kv = await createStore('etcd', [`http://127.0.0.1:${await freePort()}`], { timeoutMs: 300, reconnectMs: 300 });
  await expect(kv.get('a')).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
  await expect(kv.put('a', 'b')).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
  await expect(kv.watch('a').next()).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
  await kv.close();
}
