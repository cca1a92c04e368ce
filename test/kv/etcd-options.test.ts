import { inspect } from 'node:util';
import { afterEach, expect, jest, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import type { KvStore } from 'swarmstate/kv';
import { etcd } from 'swarmstate/kv/etcd';
import type { EtcdOptions } from 'swarmstate/kv/etcd';
import { EtcdCluster } from '../../scripts/engines/etcd-cluster.ts';
import { EtcdCalls } from '../support/etcd-calls.ts';
import { describeWithEtcd } from '../support/etcd-server.ts';
import { FakeEtcd, listing, pair, refusal } from '../support/fake-etcd.ts';
import { MessageWriter } from '../support/message-bytes.ts';

const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

async function open(endpoints: readonly string[], options: EtcdOptions = {}): Promise<KvStore> {
  const kv = await createStore('etcd', endpoints, options);
  ending.push(() => kv.close());
  return kv;
}

const canary = 'pa55-canary';

/** Everything that a logger may print of an error. */
function shown(error: unknown): string {
  const { message, stack, cause } = error as Error;
  const json = JSON.stringify(error, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  return [message, stack, json, inspect(error, { depth: 10, showHidden: true }), cause && shown(cause)].join('\n');
}

test('[Q74] an endpoint of etcd with a user and a password is refused, and no error repeats a password', async () => {
  const endpoints = [
    `http://me:${canary}@host:2379`,
    `me:${canary}@host:2379`,
    `http://me:${canary}@host`,
    `http://me:x/${canary}@host:2379`,
    `http://host:2379?password=${canary}`,
    `http://host:2379/#${canary}`,
    `https://me@host:2379`,
  ];
  for (const endpoint of endpoints) {
    const error: unknown = await createStore('etcd', [endpoint]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ERR_KV_INVALID_ARGUMENT', argument: 'endpoints' });
    expect((error as Error).message).toContain('give user and password as options');
    expect(shown(error)).not.toContain(canary);
  }
  for (const options of [
    { password: canary },
    { user: 'me', password: [canary] },
    { user: 5, password: canary },
    { tls: { key: canary } },
    { tls: { key: canary, certificate: canary } },
    { user: 'me', password: canary, timeoutMs: -1 },
    { user: 'me', password: canary, pasword: canary },
  ]) {
    const error: unknown = await createStore('etcd', ['https://host:1'], options).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ERR_KV_INVALID_ARGUMENT' });
    expect(shown(error)).not.toContain(canary);
  }
});

test('[Q74] neither errors nor an inspected store on etcd show a password that the server repeats', async () => {
  const fake = await FakeEtcd.start();
  ending.push(() => fake.stop());
  const kv = await open([fake.endpoint], { user: 'me', password: canary, timeoutMs: 300, reconnectMs: 100 });
  for (const answer of [
    () => {
      throw refusal(3, `authentication failed for me with ${canary}`);
    },
    () => {
      throw refusal(14, `proxy: cannot send {"name":"me","password":"${canary}"}`);
    },
    () => Buffer.from(canary),
    () => new MessageWriter().text(2, 'a token').finish(),
  ]) {
    fake.answer('Auth/Authenticate', answer);
    for (const call of [kv.get('a'), kv.put('a', 'x'), kv.watch('a').next()])
      expect(shown(await call.catch((error: unknown) => error))).not.toContain(canary);
  }
  expect(inspect(kv, { depth: 10, showHidden: true })).not.toContain(canary);
}, 20_000);

test('[Q58] etcd refuses an option that it does not have, and values that make no sense', async () => {
  for (const [options, argument] of [
    [{ timeoutMS: 5 }, 'timeoutMS'],
    [{ tls: { cert: 'x' } }, 'tls.cert'],
    [{ tls: { ca: 5 } }, 'tls.ca'],
    [{ prefix: 'a//b' }, 'prefix'],
    [{ prefix: 5 }, 'prefix'],
    [{ maxValueBytes: 0.5 }, 'maxValueBytes'],
    [{ timeoutMs: NaN }, 'timeoutMs'],
    [{ reconnectMs: '5' }, 'reconnectMs'],
  ] as const) {
    await expect(createStore('etcd', ['http://host:1'], options)).rejects.toMatchObject({
      code: 'ERR_KV_INVALID_ARGUMENT',
      argument,
    });
  }
  await expect(etcd.open(['http://host:1'], { timeoutMS: 5 })).rejects.toMatchObject({ argument: 'timeoutMS' });
});

test('[Q68] a clock that is set back does not lengthen the wait for an answer of etcd', async () => {
  const fake = await FakeEtcd.start();
  ending.push(() => fake.stop());
  fake.answer('KV/Range', () => listing(9n, pair('a', 5n)));
  const kv = await open([fake.endpoint], { timeoutMs: 400, reconnectMs: 400 });
  await kv.get('a');
  const began = performance.now();
  // From now on the server is silent, and the clock stands still, twenty seconds ago.
  fake.answer('KV/Range', () => new Promise<Buffer>(() => undefined));
  const calls = [kv.get('a'), kv.put('a', 'x'), kv.put('a', 'x', { ttl: 1000 }), kv.watch('a').next()];
  jest.useFakeTimers({
    now: Date.now() - 20_000,
    doNotFake: [
      'hrtime',
      'nextTick',
      'performance',
      'queueMicrotask',
      'setImmediate',
      'clearImmediate',
      'setInterval',
      'clearInterval',
      'setTimeout',
      'clearTimeout',
    ],
  });
  try {
    for (const call of calls)
      await expect(call).rejects.toMatchObject({ code: expect.stringMatching(/NOT_REACHABLE|UNKNOWN/) as unknown });
    // A call that begins under that clock.
    await expect(kv.get('a')).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
  } finally {
    jest.useRealTimers();
  }
  expect(performance.now() - began).toBeLessThan(5000);
}, 20_000);

describeWithEtcd((program) => {
  test('[Q75] with a prefix, a store on etcd has the keys below it and no others', async () => {
    const cluster = await EtcdCluster.start(program);
    ending.push(() => cluster.stop());
    const all = await open(cluster.endpoints);
    const app = await open(cluster.endpoints, { prefix: '/app/' });
    for (const key of ['app', 'app.x', 'apple/a', 'other']) await all.put(key, 'beside');
    const watcher = app.watchTree('');
    expect((await watcher.next()).value).toEqual([]);
    const changes = app.changes('');
    await changes.started;
    const written = await app.put('a/b', 'x', { ttl: 60_000 });
    expect(written.key).toBe('a/b');
    expect((await watcher.next()).value).toEqual([written]);
    expect((await changes.next()).value).toMatchObject({ key: 'a/b', revision: written.lastIndex });
    await all.put('apple/a', 'again');
    await all.put('app/c', 'y');
    expect((await watcher.next()).value?.map(({ key }) => key)).toEqual(['a/b', 'c']);
    expect((await app.list('')).map(({ key }) => key)).toEqual(['a/b', 'c']);
    expect((await app.list('a')).map(({ key }) => key)).toEqual(['a/b']);
    expect((await app.list('', { after: 'a/b' })).map(({ key }) => key)).toEqual(['c']);
    expect((await all.get('app/a/b')).lastIndex).toBe(written.lastIndex);
    expect(await app.exists('app/a/b')).toBe(false);
    await expect(app.atomicPut('c', 'z', undefined)).rejects.toMatchObject({ key: 'c', pair: { key: 'c' } });
    await app.deleteTree('');
    await expect(app.list('')).rejects.toMatchObject({ code: 'ERR_KV_KEY_NOT_FOUND' });
    expect((await all.list('')).map(({ key }) => key)).toEqual(['app', 'app.x', 'apple/a', 'other']);
  }, 20_000);

  test('[Q59][Q76] others’ keys on etcd are not listed, watched, counted, deleted where get denies them', async () => {
    const cluster = await EtcdCluster.start(program);
    ending.push(() => cluster.stop());
    const calls = new EtcdCalls(cluster.endpoints[0]!);
    ending.push(() => calls.close());
    const foreign = [
      Buffer.from('/registry/pods'),
      Buffer.from('a//b'),
      Buffer.from('a/'),
      Buffer.of(0xfe, 1),
      Buffer.of(97, 47, 0),
    ];
    const put = (key: Uint8Array): Promise<unknown> =>
      calls.call('KV/Put', new MessageWriter().bytes(1, key).bytes(2, Buffer.from('theirs')).finish());
    for (const key of foreign) await put(key);
    const kv = await open(cluster.endpoints);
    const watcher = kv.watchTree('');
    expect((await watcher.next()).value).toEqual([]);
    const changes = kv.changes('');
    await changes.started;
    for (const key of ['a/a', 'a/c', 'z']) await kv.put(key, 'ours');
    await put(Buffer.from('a//b'));
    await kv.put('z', 'again');
    const keys = async (prefix: string, options = {}): Promise<string> =>
      (await kv.list(prefix, options)).map(({ key }) => key).join();
    expect(await keys('')).toBe('a/a,a/c,z');
    expect(await keys('a')).toBe('a/a,a/c');
    expect(await keys('', { limit: 2 })).toBe('a/a,a/c');
    expect(await keys('', { limit: 2, reverse: true })).toBe('z,a/c');
    expect(await keys('', { reverse: true })).toBe('z,a/c,a/a');
    const told: string[] = [];
    while (told.length < 4) told.push((await changes.next()).value?.key ?? 'the end');
    expect(told).toEqual(['a/a', 'a/c', 'z', 'z']);
    expect(await kv.deleteRange('a', { after: 'a/a' })).toBe(1);
    await kv.deleteTree('a');
    await kv.deleteTree('');
    await expect(kv.list('')).rejects.toMatchObject({ code: 'ERR_KV_KEY_NOT_FOUND' });
    const range = new MessageWriter().bytes(1, Buffer.of(0)).bytes(2, Buffer.of(0)).finish();
    expect((await calls.call('KV/Range', range)).messages(2)).toHaveLength(foreign.length);
  }, 20_000);

  test('[Q63][Q86] a list of etcd that takes many requests is of one moment, whoever writes meanwhile', async () => {
    const cluster = await EtcdCluster.start(program);
    ending.push(() => cluster.stop());
    const [kv, other] = [await open(cluster.endpoints), await open(cluster.endpoints)];
    const name = (number: number): string => `many/${String(number).padStart(5, '0')}`;
    for (let first = 0; first < 1200; first += 100) {
      const value = Buffer.alloc(10_000, first / 100);
      const puts = Array.from({ length: 100 }, (_, number) => ({
        type: 'put' as const,
        key: name(first + number),
        value,
      }));
      await kv.transaction([], puts);
    }
    const names = Array.from({ length: 1200 }, (_, number) => name(number));
    // Each write deletes one key and makes another: a list has as many keys at every moment.
    const ended = new AbortController();
    const writing = (async () => {
      for (let number = 0; !ended.signal.aborted; number++) {
        const [from, to] = number % 2 === 0 ? [name(0), name(9999)] : [name(9999), name(0)];
        await other.transaction(
          [],
          [
            { type: 'delete', key: from },
            { type: 'put', key: to, value: 'x' },
          ],
        );
      }
    })();
    for (let round = 0; round < 5; round++) {
      const listed = (await kv.list('many')).map(({ key }) => key);
      expect(listed).toHaveLength(1200);
      expect(listed.includes(name(0))).toBe(!listed.includes(name(9999)));
    }
    ended.abort();
    await writing;
    await other.transaction(
      [],
      [
        { type: 'delete', key: name(9999) },
        { type: 'put', key: name(0), value: 'x' },
      ],
    );
    const streamed: string[] = [];
    const pairs = kv.pairs('many');
    for await (const { key } of pairs) {
      if (streamed.length === 10) await other.delete(name(1100));
      streamed.push(key);
    }
    expect(streamed).toEqual(names);
    expect(await pairs.revision).toBeLessThan((await kv.read([])).revision);
    // The moment of a slow reader is compacted away.
    const slow = kv.pairs('many');
    await slow.next();
    const calls = new EtcdCalls(cluster.endpoints[0]!);
    ending.push(() => calls.close());
    const { lastIndex } = await other.put('later', 'x');
    await calls.compact(lastIndex);
    const rest = async (): Promise<void> => {
      while ((await slow.next()).done !== true) continue;
    };
    await expect(rest()).rejects.toMatchObject({ code: 'ERR_KV_COMPACTED' });
  }, 60_000);

  test('[Q90] changes of an etcd with a compacted history begin at the oldest revision, with its deletes', async () => {
    const cluster = await EtcdCluster.start(program);
    ending.push(() => cluster.stop());
    const calls = new EtcdCalls(cluster.endpoints[0]!);
    ending.push(() => calls.close());
    const kv = await open(cluster.endpoints);
    const { lastIndex: first } = await kv.put('log/a', '1');
    await kv.put('log/b', '1');
    await kv.delete('log/b');
    const oldest = first + 2n;
    await kv.put('log/c', '1');
    await calls.compact(oldest);
    const early = kv.changes('log', { from: first });
    await expect(early.next()).rejects.toMatchObject({ code: 'ERR_KV_COMPACTED', oldest });
    // Of the revision that etcd compacted to, it forgets the deletes. A reader is not told less than it asked for.
    const between = kv.changes('log', { from: oldest - 1n });
    await expect(between.next()).rejects.toMatchObject({ code: 'ERR_KV_COMPACTED', oldest });
    const late = kv.changes('log', { from: oldest });
    expect((await late.next()).value).toMatchObject({ key: 'log/c', revision: oldest + 1n });
    const future = kv.changes('log', { from: oldest + 100n });
    await expect(future.next()).rejects.toMatchObject({ code: 'ERR_KV_COMPACTED', oldest });
  }, 20_000);
});
