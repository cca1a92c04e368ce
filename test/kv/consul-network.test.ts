import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import type { KvEvent, KvOptions, KvStore, KvWatcher } from 'swarmstate/kv';
import { ConsulCluster } from '../../scripts/engines/consul-cluster.ts';
import { freePort } from '../../scripts/engines/process/free-port.ts';
import { describeWithConsul } from '../support/consul-server.ts';
import { runningServer } from '../support/running-server.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value).toString();
const told = ({ type, pair }: KvEvent): string => `${type} ${text(pair?.value) ?? ''}`.trim();
const inDoubtOrNot = { name: 'KvError', code: expect.stringMatching(/NOT_REACHABLE|OUTCOME_UNKNOWN/) as unknown };

async function nextOf<T>(items: KvWatcher<T>): Promise<T> {
  const { value, done } = await items.next();
  if (done === true) throw new Error('it ended');
  return value;
}

describeWithConsul((program) => {
  let direct: KvStore;
  // Such hooks run in their order: the store ends before its server.
  afterAll(() => direct.close());
  const server = runningServer(() => ConsulCluster.start(program));
  let proxy: TcpProxy;
  /** The store that reaches the server through the proxy. */
  let kv: KvStore;
  beforeAll(async () => {
    direct = await createStore('consul', [server().endpoint], { timeoutMs: 20_000 });
  });
  beforeEach(async () => {
    proxy = await TcpProxy.start(server().endpoint);
    kv = await createStore('consul', [proxy.endpoint], { timeoutMs: 10_000 });
    await direct.put('ready', 'x');
    await kv.get('ready');
  });
  afterEach(async () => {
    await kv.close();
    await proxy.stop();
  });

  test('[Q113] streams on Consul that lost their connections tell what was done meanwhile', async () => {
    const [watcher, changes] = [kv.watch('gap/a'), kv.changes('gap')];
    await changes.started;
    await direct.put('gap/a', '1');
    expect(told(await nextOf(watcher))).toBe('put 1');
    expect((await nextOf(changes)).type).toBe('put');
    proxy.cut();
    await direct.put('gap/a', '2');
    await direct.delete('gap/a');
    await direct.put('gap/b', '3');
    await direct.put('gap/a', '4');
    proxy.pass();
    expect(told(await nextOf(watcher))).toBe('put 4');
    const missed = [await nextOf(changes), await nextOf(changes), await nextOf(changes), await nextOf(changes)];
    expect(missed.map(({ type, key }) => `${type} ${key}`)).toEqual([
      'put gap/a',
      'delete gap/a',
      'put gap/b',
      'put gap/a',
    ]);
  }, 30_000);

  test('[Q113] a stream on Consul without a server for reconnectMs ends with ERR_KV_NOT_REACHABLE', async () => {
    const short = await createStore('consul', [proxy.endpoint], { timeoutMs: 300, reconnectMs: 600 });
    const watcher = short.watch('ready');
    const changes = short.changes('');
    await nextOf(watcher);
    await changes.started;
    proxy.cut();
    await expect(watcher.next()).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
    await expect(changes.next()).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
    await short.close();
  });

  const writes: readonly ((store: KvStore, options: KvOptions) => Promise<unknown>)[] = [
    (store, options) => store.put('sent/put', 'x', options),
    (store, options) => store.atomicPut('sent/atomicPut', 'x', undefined, options),
    (store, options) => store.transaction([], [{ type: 'put', key: 'sent/transaction', value: 'x' }], options),
  ];

  test('[Q111] a write to Consul without an answer has an unknown outcome, has happened, is not repeated', async () => {
    for (const [number, write] of writes.entries()) {
      const impatient = await createStore('consul', [proxy.endpoint], { timeoutMs: 500 });
      // The store knows the head, so that the first request is the write.
      await impatient.put(`head/${number}`, 'x');
      const changes = direct.changes('sent');
      await changes.started;
      proxy.holdAnswers();
      await expect(write(impatient, {})).rejects.toMatchObject({ code: 'ERR_KV_OUTCOME_UNKNOWN' });
      const { revision } = await nextOf(changes);
      await expect(impatient.get('ready')).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
      proxy.pass();
      expect((await direct.read([])).revision).toBe(revision);
      changes.close();
      await impatient.close();
    }
  }, 30_000);

  test('[Q32] aborted calls to Consul without answer: reads have the reason, writes an unknown outcome', async () => {
    await kv.put('head', 'x');
    proxy.holdAnswers();
    const reason = new Error('enough');
    for (const [number, write] of writes.entries()) {
      const stop = new AbortController();
      const reading = expect(kv.get('ready', { signal: stop.signal })).rejects.toBe(reason);
      const writing = write(kv, { signal: stop.signal });
      const check = expect(writing).rejects.toMatchObject(
        // The writes after the first one read the head before, and are never sent.
        number === 0 ? { code: 'ERR_KV_OUTCOME_UNKNOWN', cause: reason } : reason,
      );
      await new Promise((resolve) => setTimeout(resolve, 20));
      stop.abort(reason);
      await Promise.all([reading, check]);
    }
  });

  test('[Q12] close ends waiting calls to Consul: writes as unknown, others as closed, watches normally', async () => {
    const watcher = kv.watch('ready');
    await nextOf(watcher);
    await kv.put('head', 'x');
    proxy.holdAnswers();
    const next = watcher.next();
    const reading = expect(kv.get('ready')).rejects.toMatchObject({ code: 'ERR_KV_CLOSED' });
    const writing = expect(kv.put('closed', 'x')).rejects.toMatchObject({ code: 'ERR_KV_OUTCOME_UNKNOWN' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await kv.close();
    await Promise.all([reading, writing]);
    expect(await next).toEqual({ done: true, value: undefined });
  });

  test('[Q116] calls to an unreachable or silent server of Consul go to another one, within the timeout', async () => {
    proxy.holdAnswers();
    const gone = `http://127.0.0.1:${await freePort()}`;
    for (const bad of [gone, proxy.endpoint]) {
      const both = await createStore('consul', [bad, server().endpoint], { timeoutMs: 3000 });
      await both.put('failover', bad);
      expect(text((await both.get('failover')).value)).toBe(bad);
      expect(told(await nextOf(both.watch('failover')))).toBe(`put ${bad}`);
      await both.close();
    }
    // The server that answered goes silent: the read goes to the other one.
    proxy.pass();
    const both = await createStore('consul', [proxy.endpoint, server().endpoint], { timeoutMs: 2000 });
    await both.put('failover', 'x');
    proxy.holdAnswers();
    expect(text((await both.get('failover')).value)).toBe('x');
    await both.close();
  }, 30_000);

  test('[Q113] after a restart of the server of Consul, streams go on where they were and writes work', async () => {
    const impatient = await createStore('consul', [server().endpoint], { timeoutMs: 1000 });
    const [watcher, changes] = [impatient.watch('restart'), impatient.changes('restarted')];
    await changes.started;
    await impatient.put('restart', 'before');
    await direct.put('restarted/a', '1');
    expect(told(await nextOf(watcher))).toBe('put before');
    const next = nextOf(watcher);
    await server().kill();
    await expect(impatient.put('restart', 'meanwhile')).rejects.toMatchObject(inDoubtOrNot);
    await expect(impatient.get('restart')).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
    server().start();
    await server().ready();
    await direct.put('restart', 'after');
    expect(told(await next)).toBe('put after');
    await direct.put('restarted/b', '2');
    expect([await nextOf(changes), await nextOf(changes)].map(({ key }) => key)).toEqual([
      'restarted/a',
      'restarted/b',
    ]);
    await impatient.close();
  }, 40_000);

  test('[Q111] a server of Consul that is killed under load keeps every acknowledged write', async () => {
    const acknowledged = new Set<string>();
    const tried = new Set<string>();
    const load = await createStore('consul', [server().endpoint], { timeoutMs: 2000 });
    const writers = { areDone: false };
    const writing = [0, 1].map(async (writer) => {
      for (let number = 0; !writers.areDone; number++) {
        const key = `load/${writer}/${number}`;
        tried.add(key);
        await load.put(key, 'x').then(
          () => acknowledged.add(key),
          (error: unknown) => expect(error).toMatchObject(inDoubtOrNot),
        );
      }
    });
    const until = async (count: number): Promise<void> => {
      while (acknowledged.size < count) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await until(50);
    await server().kill();
    server().start();
    await server().ready();
    await until(acknowledged.size + 50);
    writers.areDone = true;
    await Promise.all(writing);
    const found = new Set((await direct.list('load')).map(({ key }) => key));
    expect([...acknowledged].filter((key) => !found.has(key))).toEqual([]);
    expect([...found].filter((key) => !tried.has(key))).toEqual([]);
    await load.close();
  }, 40_000);
});
