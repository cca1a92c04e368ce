import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { createStore, isKvError } from 'swarmstate/kv';
import type { KvStore } from 'swarmstate/kv';
import { ZookeeperCluster } from '../../scripts/engines/zookeeper-cluster.ts';
import { describeWithZookeeper } from '../support/zookeeper-server.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

const text = (value: Uint8Array | undefined): string => Buffer.from(value ?? []).toString();

describeWithZookeeper((program) => {
  let server: ZookeeperCluster;
  let proxy: TcpProxy;
  const opened: KvStore[] = [];

  beforeAll(async () => {
    server = await ZookeeperCluster.start(program, { synced: false });
    proxy = await TcpProxy.start(`http://${server.endpoint}`);
  }, 30_000);
  afterEach(async () => {
    proxy.pass();
    for (const kv of opened.splice(0)) await kv.close();
  });
  afterAll(async () => {
    await proxy.stop();
    await server.stop();
  });

  async function open(through: 'proxy' | 'directly', options: object = {}): Promise<KvStore> {
    const endpoint = through === 'proxy' ? proxy.endpoint.replace('http://', '') : server.endpoint;
    const kv = await createStore('zookeeper', [endpoint], { prefix: 'faults', timeoutMs: 10_000, ...options });
    opened.push(kv);
    return kv;
  }

  test('[Q148] a restart of the server loses no change, no key that expires, and no lock', async () => {
    const kv = await open('directly');
    const other = await open('directly');
    const held = await (await kv.newLock('restart/lock', { ttl: 20_000 })).lock();
    const expiring = await kv.put('restart/expiring', 'x', { ttl: 3000 });
    const changes = kv.changes('restart/keys');
    const watcher = kv.watch('restart/keys/x');
    const gone = kv.watch('restart/expiring');
    await changes.started;
    const first = await other.put('restart/keys/x', '1');
    expect((await changes.next()).value?.revision).toBe(first.lastIndex);
    expect((await watcher.next()).value?.pair).toEqual(first);
    await server.kill();
    server.start();
    const second = await other.put('restart/keys/x', '2').catch(async (error: unknown) => {
      // The write may have met the old connection.
      if (!isKvError(error, 'ERR_KV_OUTCOME_UNKNOWN')) throw error;
      return other.put('restart/keys/x', '2');
    });
    expect(second.lastIndex).toBeGreaterThan(first.lastIndex);
    let told = await changes.next();
    while (told.value?.revision !== second.lastIndex) told = await changes.next();
    expect(text(told.value.pair?.value)).toBe('2');
    let seen = await watcher.next();
    while (seen.value?.pair?.lastIndex !== second.lastIndex) seen = await watcher.next();
    expect(held.lost.aborted).toBe(false);
    await kv.transaction([held.condition], [{ type: 'put', key: 'restart/by-holder', value: 'x' }]);
    for await (const { type } of gone) if (type === 'delete') break;
    await expect(kv.atomicDelete('restart/expiring', expiring)).rejects.toMatchObject({ code: 'ERR_KV_KEY_NOT_FOUND' });
  }, 60_000);

  test('[Q149] a write whose answer is lost is unknown and happened once; reads are asked again', async () => {
    const kv = await open('proxy');
    const direct = await open('directly');
    await kv.put('lost/x', '0');
    const watcher = kv.watch('lost/x');
    await watcher.next();
    // Every answer comes late: the connection is cut while that of the write is on its way.
    proxy.delay(300);
    const arrived = direct.watch('lost/y').next();
    const unknown = expect(kv.put('lost/y', 'written')).rejects.toMatchObject({ code: 'ERR_KV_OUTCOME_UNKNOWN' });
    await arrived;
    proxy.cut();
    await unknown;
    proxy.delay(0);
    proxy.pass();
    expect(text((await kv.get('lost/x')).value)).toBe('0');
    expect(text((await kv.get('lost/y')).value)).toBe('written');
    await direct.put('lost/x', '1');
    expect(text((await watcher.next()).value?.pair?.value)).toBe('1');
  }, 60_000);

  test('[Q149] a write that could not be sent is no unknown one', async () => {
    const kv = await open('proxy', { timeoutMs: 400 });
    proxy.cut();
    await expect(kv.put('unsent', 'x')).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
    await expect(kv.get('unsent')).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
    proxy.pass();
    expect(await kv.exists('unsent')).toBe(false);
  });

  test('[Q150] a connection that falls silent is left within the session’s time, and the watch goes on', async () => {
    const kv = await open('proxy', { sessionTimeoutMs: 800 });
    const direct = await open('directly');
    const watcher = kv.watch('silent/x');
    const changes = kv.changes('silent');
    await changes.started;
    // The session of the server ends meanwhile. Nothing says so to the client.
    proxy.holdAnswers();
    const written = await direct.put('silent/x', 'x');
    setTimeout(() => proxy.pass(), 1500);
    expect((await watcher.next()).value).toEqual({ type: 'put', key: 'silent/x', pair: written });
    expect((await changes.next()).value?.pair).toEqual(written);
  }, 60_000);

  test('[Q150] a watch without a server ends after `reconnectMs`', async () => {
    const kv = await open('proxy', { timeoutMs: 200, reconnectMs: 300 });
    const streams = [kv.watch('reconnect/x'), kv.changes('reconnect')];
    await (streams[1] as { started: Promise<unknown> } | undefined)?.started;
    const ended = streams.map((stream) =>
      expect(stream.next()).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' }),
    );
    proxy.cut();
    await Promise.all(ended);
  });

  test('[Q151] a key with a ttl outlives its session, and any open store deletes it after its time', async () => {
    const writer = await open('directly', { sessionTimeoutMs: 300 });
    const other = await open('directly');
    const began = performance.now();
    await writer.put('ttl/x', 'x', { ttl: 1200 });
    const lease = await writer.put('ttl/kept', 'x', { ttl: 600 });
    const renewal = other.keepAlive(lease, { ttl: 600 });
    await writer.close();
    const watcher = other.watch('ttl/x');
    for await (const { type } of watcher) if (type === 'delete') break;
    expect(performance.now() - began).toBeGreaterThanOrEqual(1200);
    expect(renewal.lost.aborted).toBe(false);
    expect(await other.exists('ttl/kept')).toBe(true);
  }, 30_000);

  test('[Q152] an answer that is none ends the connection, and no error of the client ends the process', async () => {
    const answers = [Buffer.of(0, 0, 0, 4, 1, 2, 3, 4), Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')];
    const fake = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => socket.write(answers.shift() ?? Buffer.of(0xff, 0xff, 0xff, 0xff)));
    }).listen(0, '127.0.0.1');
    await once(fake, 'listening');
    try {
      const { port } = fake.address() as AddressInfo;
      await expect(createStore('zookeeper', [`127.0.0.1:${port}`], { timeoutMs: 300 })).rejects.toMatchObject({
        code: 'ERR_KV_NOT_REACHABLE',
      });
      // The other server is found.
      const kv = await createStore('zookeeper', [`127.0.0.1:${port}`, server.endpoint], {
        prefix: 'faults',
        timeoutMs: 2000,
      });
      opened.push(kv);
      await kv.put('found', 'x');
    } finally {
      fake.close();
    }
  }, 30_000);
});
