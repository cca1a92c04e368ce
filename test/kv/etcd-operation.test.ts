import { expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import { EtcdCluster } from '../../scripts/engines/etcd-cluster.ts';
import { EtcdCalls } from '../support/etcd-calls.ts';
import { describeWithEtcd } from '../support/etcd-server.ts';

describeWithEtcd((program) => {
  test('[Q121] a user of etcd with the right to read and write a prefix can use a whole store there', async () => {
    const cluster = await EtcdCluster.start(program);
    const calls = new EtcdCalls(cluster.endpoints[0]!);
    await calls.enableAuth({ root: 'secret', app: 'other' });
    const kv = await createStore('etcd', cluster.endpoints, { prefix: 'app', user: 'app', password: 'other' });
    try {
      const watcher = kv.watchTree('');
      expect((await watcher.next()).value).toEqual([]);
      const { lastIndex } = await kv.put('a/b', 'x', { ttl: 60_000, keepAlive: true });
      const changes = kv.changes('', { from: lastIndex });
      const lock = await kv.newLock('lock', { ttl: 60_000 });
      const held = await lock.lock();
      await kv.transaction([held.condition], [{ type: 'put', key: 'a/c', value: 'y' }]);
      await lock.unlock();
      const keys = [];
      for await (const { key } of kv.pairs('')) keys.push(key);
      expect(keys).toEqual(['a/b', 'a/c']);
      expect(await kv.deleteRange('a', { after: 'a/b' })).toBe(1);
      await kv.deleteTree('');
      expect((await changes.next()).value?.key).toMatch(/^lock\//);
      expect(kv.backend).toBe('etcd');
    } finally {
      await kv.close();
      calls.close();
      await cluster.stop();
    }
  }, 40_000);

  test('[Q122] an etcd whose quota is full refuses puts, nothing being written; reads and deletes go on', async () => {
    const cluster = await EtcdCluster.start(program, { flags: () => ({ 'quota-backend-bytes': '4000000' }) });
    const kv = await createStore('etcd', cluster.endpoints);
    try {
      await kv.put('kept', 'x');
      const fill = async (): Promise<never> => {
        for (let number = 0; ; number++) await kv.put(`full/${number}`, Buffer.alloc(500_000));
      };
      await expect(fill()).rejects.toMatchObject({
        code: 'ERR_KV_REFUSED',
        message: expect.stringContaining('space exceeded') as unknown,
      });
      await expect(kv.put('kept', 'y')).rejects.toMatchObject({ code: 'ERR_KV_REFUSED' });
      expect((await kv.get('kept')).text()).toBe('x');
      await kv.deleteTree('full');
      await expect(kv.list('full')).rejects.toMatchObject({ code: 'ERR_KV_KEY_NOT_FOUND' });
    } finally {
      await kv.close();
      await cluster.stop();
    }
  }, 40_000);
});
