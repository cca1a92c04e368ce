import { expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import { EtcdCluster } from '../../scripts/engines/etcd-cluster.ts';
import { describeWithEtcd } from '../support/etcd-server.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

describeWithEtcd((program) => {
  test('[Q172] a holder that is cut off is told within its ttl, the next one holds the lock, and a late write is refused', async () => {
    const cluster = await EtcdCluster.start(program);
    const proxy = await TcpProxy.start(cluster.endpoints[0]!);
    const direct = await createStore('etcd', cluster.endpoints);
    const cut = await createStore('etcd', [proxy.endpoint], { timeoutMs: 1000, reconnectMs: 60_000 });
    try {
      const ttl = 2000;
      const held = await (await cut.newLock('lock', { value: 'cut off', ttl })).lock();
      const lost = new Promise<unknown>((resolve) => {
        held.lost.addEventListener('abort', () => resolve(held.lost.reason));
      });
      const waiting = (await direct.newLock('lock', { value: 'next', ttl: 60_000 })).lock();
      proxy.holdRequests();
      const next = await waiting;
      expect(await lost).toMatchObject({ name: 'KvError' });
      expect(next.token).toBeGreaterThan(held.token);
      const [holder] = await direct.list('lock');
      expect(holder?.text()).toBe('next');
      await direct.transaction([next.condition], [{ type: 'put', key: 'written', value: 'by the next' }]);
      // The network is whole again: the old holder may still believe that it holds the lock.
      proxy.pass();
      const late = cut.transaction([held.condition], [{ type: 'put', key: 'written', value: 'late' }]);
      await expect(late).rejects.toMatchObject({ code: expect.stringMatching(/KEY_MODIFIED|NOT_FOUND/) as unknown });
      expect((await direct.get('written')).text()).toBe('by the next');
      expect(next.lost.aborted).toBe(false);
    } finally {
      await Promise.all([cut.close(), direct.close()]);
      await proxy.stop();
      await cluster.stop();
    }
  }, 60_000);
});
