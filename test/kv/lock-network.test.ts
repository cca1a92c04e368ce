import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import { ConsulCluster } from '../../scripts/engines/consul-cluster.ts';
import { EtcdCluster } from '../../scripts/engines/etcd-cluster.ts';
import type { ServerCluster } from '../../scripts/engines/process/server-cluster.ts';
import { ZookeeperCluster } from '../../scripts/engines/zookeeper-cluster.ts';
import { describeWithConsul } from '../support/consul-server.ts';
import { describeWithEtcd } from '../support/etcd-server.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { describeWithZookeeper } from '../support/zookeeper-server.ts';

/** Holds the lock with a ttl, says so, and tries a late write as soon as it is told that the lock is lost. */
function holder(backend: string, endpoint: string): string {
  return `import { createStore } from './src/kv.ts';
    const kv = await createStore(${JSON.stringify(backend)}, [${JSON.stringify(endpoint)}]);
    const held = await (await kv.newLock('stopped', { value: 'child', ttl: 2000 })).lock();
    console.log('held');
    await new Promise((resolve) => held.lost.addEventListener('abort', resolve));
    const put = [{ type: 'put', key: 'stopped by', value: 'late' }];
    await kv.transaction([held.condition], put).catch((error) => console.log(error.code));
    process.kill(process.pid, 'SIGKILL');`;
}

/** The tests of a lock whose holder does not reach the servers, or does not run. */
function testLostHolders(backend: string, start: () => Promise<ServerCluster>): void {
  let cluster: ServerCluster;
  let endpoint: string;

  beforeAll(async () => {
    cluster = await start();
    endpoint = cluster.endpoints[0]!;
  }, 30_000);

  afterAll(() => cluster.stop());

  test('[Q172] a holder that is cut off is told within its ttl, another has the lock, late writes fail', async () => {
    const isUrl = endpoint.startsWith('http:');
    const proxy = await TcpProxy.start(isUrl ? endpoint : `http://${endpoint}`);
    const through = isUrl ? proxy.endpoint : proxy.endpoint.replace('http://', '');
    const direct = await createStore(backend, [endpoint]);
    const cut = await createStore(backend, [through], { timeoutMs: 1000, reconnectMs: 60_000 });
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
      const [first] = await direct.list('lock');
      expect(first?.text()).toBe('next');
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
    }
  }, 60_000);

  test('[Q101] a stopped process loses its lock to the next; awake, it is told, its late write refused', async () => {
    const kv = await createStore(backend, [endpoint]);
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', holder(backend, endpoint)],
      { cwd: join(__dirname, '../..'), stdio: ['ignore', 'pipe', 'inherit'] },
    );
    try {
      const exit = once(child, 'exit');
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
      expect(await lines.next()).toMatchObject({ value: 'held' });
      child.kill('SIGSTOP');
      const held = await (await kv.newLock('stopped', { ttl: 60_000 })).lock();
      await kv.transaction([held.condition], [{ type: 'put', key: 'stopped by', value: 'the next' }]);
      child.kill('SIGCONT');
      expect(await exit).toEqual([null, 'SIGKILL']);
      expect(await lines.next()).toMatchObject({ value: 'ERR_KV_KEY_MODIFIED' });
      expect((await kv.get('stopped by')).text()).toBe('the next');
      expect(held.lost.aborted).toBe(false);
    } finally {
      child.kill('SIGKILL');
      await kv.close();
    }
  }, 60_000);
}

describeWithEtcd((program) => testLostHolders('etcd', () => EtcdCluster.start(program)));
describeWithConsul((program) => testLostHolders('consul', () => ConsulCluster.start(program)));
describeWithZookeeper((program) =>
  testLostHolders('zookeeper', () => ZookeeperCluster.start(program, { synced: false })),
);
