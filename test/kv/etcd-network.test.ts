import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import type { KvEvent, KvOptions, KvPair, KvStore, KvWatcher } from 'swarmstate/kv';
import { EtcdCluster } from '../../scripts/engines/etcd-cluster.ts';
import { freePort } from '../../scripts/engines/process/free-port.ts';
import { EtcdCalls } from '../support/etcd-calls.ts';
import { describeWithEtcd } from '../support/etcd-server.ts';
import { runningServer } from '../support/running-server.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value).toString();
const told = ({ type, pair }: KvEvent): string => `${type} ${text(pair?.value) ?? ''}`.trim();
const listed = (pairs: readonly KvPair[]): string => pairs.map(({ key, value }) => `${key}=${text(value)}`).join();

async function nextOf<T>(items: KvWatcher<T>): Promise<T> {
  const { value, done } = await items.next();
  if (done === true) throw new Error('it ended');
  return value;
}

describeWithEtcd((program) => {
  let direct: KvStore;
  // Such hooks run in their order: the store ends before its server.
  afterAll(() => direct.close());
  const cluster = runningServer(() => EtcdCluster.start(program));
  let proxy: TcpProxy;
  /** The store that reaches the server through the proxy. */
  let kv: KvStore;
  /** The same, with its keys below a prefix. */
  let below: KvStore;
  beforeAll(async () => {
    direct = await createStore('etcd', cluster().endpoints);
  });
  beforeEach(async () => {
    proxy = await TcpProxy.start(cluster().endpoints[0]!);
    kv = await createStore('etcd', [proxy.endpoint], { timeoutMs: 10_000 });
    below = await createStore('etcd', [proxy.endpoint], { timeoutMs: 10_000, prefix: 'below' });
    await direct.put('ready', 'x');
    await kv.get('ready');
    await below.exists('ready');
  });
  afterEach(async () => {
    await kv.close();
    await below.close();
    await proxy.stop();
  });

  test('[Q27] a watch on etcd that lost its connection gives each change made meanwhile, once, in order', async () => {
    const [watcher, tree] = [kv.watch('gap/a'), kv.watchTree('gap')];
    await direct.put('gap/a', '1');
    expect(told(await nextOf(watcher))).toBe('put 1');
    while (listed(await nextOf(tree)) !== 'gap/a=1') continue;
    proxy.cut();
    await direct.put('gap/a', '2');
    await direct.delete('gap/a');
    await direct.put('gap/a', '3');
    await direct.put('gap/b', '4');
    proxy.pass();
    expect([await nextOf(watcher), await nextOf(watcher), await nextOf(watcher)].map(told)).toEqual([
      'put 2',
      'delete',
      'put 3',
    ]);
    while (listed(await nextOf(tree)) !== 'gap/a=3,gap/b=4') continue;
  }, 30_000);

  test('[Q27] a watch on etcd whose history was compacted meanwhile gives the state, then later changes', async () => {
    const [watcher, tree] = [kv.watch('compacted/a'), kv.watchTree('compacted')];
    await direct.put('compacted/a', '1');
    await direct.put('compacted/b', '1');
    expect(told(await nextOf(watcher))).toBe('put 1');
    while (listed(await nextOf(tree)) !== 'compacted/a=1,compacted/b=1') continue;
    proxy.cut();
    await direct.put('compacted/a', '2');
    await direct.delete('compacted/b');
    const { lastIndex } = await direct.put('compacted/a', '3');
    const calls = new EtcdCalls(cluster().endpoints[0]!);
    await calls.compact(lastIndex);
    calls.close();
    proxy.pass();
    expect(told(await nextOf(watcher))).toBe('put 3');
    expect(listed(await nextOf(tree))).toBe('compacted/a=3');
    await direct.delete('compacted/a');
    expect(told(await nextOf(watcher))).toBe('delete');
    expect(listed(await nextOf(tree))).toBe('');
  }, 30_000);

  test('[Q27] a watch on etcd without a server for reconnectMs ends with the error, however long it ran', async () => {
    const short = await createStore('etcd', [proxy.endpoint], { timeoutMs: 500, reconnectMs: 1500 });
    const watcher = short.watch('ready');
    await nextOf(watcher);
    for (const value of ['1', '2']) {
      // The watch runs for longer than reconnectMs (a key that expires tells when); then it breaks and goes on.
      await direct.put('clock', 'x', { ttl: 1000 });
      const clock = direct.watch('clock');
      while ((await nextOf(clock)).type !== 'delete') continue;
      clock.close();
      const next = watcher.next();
      proxy.cut();
      proxy.pass();
      await direct.put('ready', value);
      expect(told((await next).value!)).toBe(`put ${value}`);
    }
    proxy.cut();
    await expect(watcher.next()).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
    await short.close();
  }, 30_000);

  const reads: readonly ((options: KvOptions) => Promise<unknown>)[] = [
    (options) => kv.get('ready', options),
    (options) => kv.exists('ready', options),
    (options) => kv.list('x', options),
  ];
  const writes: readonly ((options: KvOptions) => Promise<unknown>)[] = [
    (options) => kv.put('sent/put', 'x', options),
    (options) => kv.delete('ready', options),
    // Without a prefix, deleteTree begins with a read.
    (options) => below.deleteTree('x', options),
    (options) => kv.atomicPut('sent/atomicPut', 'x', undefined, options),
    (options) => kv.atomicDelete('ready', { lastIndex: 1n }, options),
    (options) => kv.transaction([], [{ type: 'put', key: 'sent/transaction', value: 'x' }], options),
  ];

  test('[Q32] aborted reads from etcd that wait for an answer reject with the reason', async () => {
    proxy.holdAnswers();
    for (const read of reads) {
      const stop = new AbortController();
      const reading = read({ signal: stop.signal });
      await new Promise(setImmediate);
      stop.abort(new Error('enough'));
      await expect(reading).rejects.toThrow('enough');
    }
  });

  test('[Q32] aborted writes to etcd that were sent have an unknown outcome, the reason is the cause', async () => {
    proxy.holdAnswers();
    for (const write of writes) {
      const stop = new AbortController();
      const writing = write({ signal: stop.signal });
      await new Promise(setImmediate);
      const reason = new Error('enough');
      stop.abort(reason);
      await expect(writing).rejects.toMatchObject({ code: 'ERR_KV_OUTCOME_UNKNOWN', cause: reason });
    }
  });

  test('[Q32] a write to etcd with a ttl that waits for its lease is aborted without effect', async () => {
    proxy.holdRequests();
    const stop = new AbortController();
    const writing = kv.put('leased', 'x', { ttl: 60_000, signal: stop.signal });
    await new Promise(setImmediate);
    stop.abort(new Error('enough'));
    await expect(writing).rejects.toThrow('enough');
    proxy.pass();
    // The held requests arrive before this read.
    await kv.get('ready');
    expect(await direct.exists('leased')).toBe(false);
  });

  test('[Q32] a write to etcd whose answer is lost has an unknown outcome, and has happened', async () => {
    const impatient = await createStore('etcd', [proxy.endpoint], { timeoutMs: 500 });
    await impatient.get('ready');
    const watcher = direct.watch('unanswered');
    proxy.holdAnswers();
    await expect(impatient.put('unanswered', 'x')).rejects.toMatchObject({ code: 'ERR_KV_OUTCOME_UNKNOWN' });
    expect(told(await nextOf(watcher))).toBe('put x');
    await expect(impatient.get('unanswered')).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
    watcher.close();
    await impatient.close();
  });

  test('[Q33] a write to etcd whose connection broke has an unknown outcome, and is not sent again', async () => {
    const watcher = direct.watch('once');
    proxy.holdAnswers();
    const writing = expect(kv.put('once', 'x')).rejects.toMatchObject({ code: 'ERR_KV_OUTCOME_UNKNOWN' });
    const { pair } = await nextOf(watcher);
    proxy.cut();
    proxy.pass();
    await writing;
    await kv.get('ready');
    expect((await direct.get('once')).lastIndex).toBe(pair?.lastIndex);
    watcher.close();
  });

  test('[Q12] close ends waiting calls to etcd: writes as unknown, others as closed, watches normally', async () => {
    const watcher = kv.watch('ready');
    await nextOf(watcher);
    proxy.holdAnswers();
    const next = watcher.next();
    const reading = expect(kv.get('ready')).rejects.toMatchObject({ code: 'ERR_KV_CLOSED' });
    const writing = expect(kv.put('closed', 'x')).rejects.toMatchObject({ code: 'ERR_KV_OUTCOME_UNKNOWN' });
    await new Promise(setImmediate);
    await kv.close();
    await Promise.all([reading, writing]);
    expect(await next).toEqual({ done: true, value: undefined });
  });

  test('[Q62] a list of 10 MB comes from an etcd that is 60 ms away, and an event does not wait for it', async () => {
    for (let number = 0; number < 10; number++) await direct.put(`far/${number}`, Buffer.alloc(1_000_000, number));
    const watcher = kv.watch('near');
    const begun = watcher.next();
    await direct.put('near', '1');
    await begun;
    proxy.delay(30);
    const began = performance.now();
    const listing = kv.list('far');
    const event = nextOf(watcher);
    await direct.put('near', '2');
    expect(told(await event)).toBe('put 2');
    expect(await listing).toHaveLength(10);
    // With the window of HTTP/2 it would take 160 round trips: 9.6 s.
    expect(performance.now() - began).toBeLessThan(5000);
  }, 30_000);

  test('[Q33] calls to an unreachable or silent server of etcd go to another server, within the timeout', async () => {
    proxy.holdAnswers();
    const gone = `http://127.0.0.1:${await freePort()}`;
    for (const bad of [gone, proxy.endpoint]) {
      const both = await createStore('etcd', [bad, ...cluster().endpoints], { timeoutMs: 4000 });
      await both.put('failover', bad);
      expect(text((await both.get('failover')).value)).toBe(bad);
      expect(told(await nextOf(both.watch('failover')))).toBe(`put ${bad}`);
      await both.close();
    }
    // The server that answered goes silent: the read goes to the other one.
    proxy.pass();
    const both = await createStore('etcd', [proxy.endpoint, ...cluster().endpoints], { timeoutMs: 2000 });
    await both.put('failover', 'x');
    proxy.holdAnswers();
    expect(text((await both.get('failover')).value)).toBe('x');
    await both.close();
  }, 30_000);
});
