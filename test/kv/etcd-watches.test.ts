import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import type { KvEvent, KvStore, KvWatcher } from 'swarmstate/kv';
import type { EtcdOptions } from 'swarmstate/kv/etcd';
import { EtcdCluster } from '../../scripts/engines/etcd-cluster.ts';
import { describeWithEtcd } from '../support/etcd-server.ts';
import {
  FakeEtcd,
  changed,
  created,
  denied,
  listing,
  pair,
  refusal,
  renewing,
  watchAsked,
} from '../support/fake-etcd.ts';
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

async function valueOf(watcher: KvWatcher<KvEvent>): Promise<string> {
  const { value, done } = await watcher.next();
  return done === true ? 'the end' : Buffer.from(value.pair?.value ?? []).toString();
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describeWithEtcd((program) => {
  test('[Q60] a hundred watches work at an etcd that takes four streams a connection, and calls go on', async () => {
    const cluster = await EtcdCluster.start(program, { flags: () => ({ 'max-concurrent-streams': '4' }) });
    ending.push(() => cluster.stop());
    const kv = await open(cluster.endpoints, { timeoutMs: 3000 });
    const watchers = Array.from({ length: 100 }, (_, number) => kv.watch(`many/${number}`));
    const values = watchers.map(valueOf);
    await Promise.all(watchers.map((_, number) => kv.put(`many/${number}`, `value ${number}`)));
    expect(await Promise.all(values)).toEqual(watchers.map((_, number) => `value ${number}`));
    for (const watcher of watchers) watcher.close();
    // The stream of the closed watches is gone: a new watch gets another one.
    const later = kv.watch('many/0');
    expect(await valueOf(later)).toBe('value 0');
    await kv.put('many/0', 'again');
    expect(await valueOf(later)).toBe('again');
  }, 30_000);

  test('[Q64] a watch on etcd that nobody reads for a while gives every change later, in order', async () => {
    const cluster = await EtcdCluster.start(program);
    ending.push(() => cluster.stop());
    const kv = await open(cluster.endpoints);
    const watcher = kv.watch('slow');
    await kv.put('slow', Buffer.alloc(1_000_000, 1));
    expect((await watcher.next()).done).toBe(false);
    const other = kv.watch('end');
    for (let number = 2; number <= 20; number++) await kv.put('slow', Buffer.alloc(1_000_000, number));
    await kv.put('end', 'x');
    // The other watch of the same stream is not held up.
    expect(await valueOf(other)).toBe('x');
    for (let number = 2; number <= 20; number++) expect((await watcher.next()).value?.pair?.value[0]).toBe(number);
    await kv.put('slow', 'last');
    expect(await valueOf(watcher)).toBe('last');
  }, 30_000);
});

describe('a scripted server', () => {
  let fake: FakeEtcd;
  beforeEach(async () => {
    fake = await FakeEtcd.start();
    ending.push(() => fake.stop());
    fake.answer('KV/Range', () => listing(10n, pair('a', 7n)));
  });

  test('[Q61] a watch that etcd never confirms ends with ERR_KV_NOT_REACHABLE, behind the state', async () => {
    const kv = await open([fake.endpoint], { timeoutMs: 100, reconnectMs: 400 });
    const watcher = kv.watch('a');
    expect(await valueOf(watcher)).toBe('v7');
    const began = performance.now();
    await expect(watcher.next()).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
    expect(performance.now() - began).toBeLessThan(3000);
    expect(fake.calls.filter((method) => method === 'Watch/Watch').length).toBeGreaterThan(1);
  });

  test('[Q61] a watch on etcd goes from a server that confirms nothing, or falls silent, to another one', async () => {
    for (const isConfirmed of [false, true]) {
      const silent = await FakeEtcd.start();
      ending.push(() => silent.stop());
      silent.answer('KV/Range', () => listing(10n, pair('a', 7n)));
      silent.stream('Watch/Watch', (stream) =>
        stream.on('data', (request: Buffer) => {
          const asked = watchAsked(request);
          if (isConfirmed && 'create' in asked) stream.write(created(asked.create.id, 10n));
        }),
      );
      fake.stream('Watch/Watch', (stream) =>
        stream.on('data', (request: Buffer) => {
          const asked = watchAsked(request);
          if (!('create' in asked)) return;
          stream.write(created(asked.create.id, 10n));
          stream.write(changed(asked.create.id, 11n, [pair('a', 11n)]));
        }),
      );
      const kv = await open([silent.endpoint, fake.endpoint], { timeoutMs: 150, reconnectMs: 5000 });
      const watcher = kv.watch('a');
      expect([await valueOf(watcher), await valueOf(watcher)]).toEqual(['v7', 'v11']);
    }
  });

  test('[Q61] a watch on etcd stays at a server that has nothing to tell and answers when it is asked', async () => {
    let asks = 0;
    fake.stream('Watch/Watch', (stream) => {
      let id = 0n;
      stream.on('data', (request: Buffer) => {
        const asked = watchAsked(request);
        if ('create' in asked) stream.write(created((id = asked.create.id), 10n));
        if (!('progress' in asked)) return;
        // The answer of etcd to such a question belongs to the watch -1.
        stream.write(created(-1n, 10n));
        if (++asks === 4) stream.write(changed(id, 11n, [pair('a', 11n)]));
      });
    });
    const kv = await open([fake.endpoint], { timeoutMs: 100 });
    const watcher = kv.watch('a');
    expect([await valueOf(watcher), await valueOf(watcher)]).toEqual(['v7', 'v11']);
    expect(fake.calls.filter((method) => method === 'Watch/Watch')).toHaveLength(1);
  });

  test('[Q60] a closed watch is taken off the stream, and the last one ends the stream', async () => {
    const cancelled: bigint[] = [];
    const gone = new Promise<void>((resolve) => {
      fake.stream('Watch/Watch', (stream) => {
        stream.on('cancelled', resolve);
        stream.on('data', (request: Buffer) => {
          const asked = watchAsked(request);
          if ('cancel' in asked) cancelled.push(asked.cancel);
          if (!('create' in asked)) return;
          stream.write(created(asked.create.id, 10n));
          stream.write(changed(asked.create.id, 11n, [pair('a', 11n, `of watch ${asked.create.id}`)]));
        });
      });
    });
    const kv = await open([fake.endpoint]);
    const [first, second] = [kv.watch('a'), kv.watch('a')];
    const told = [await valueOf(first), await valueOf(first), await valueOf(second), await valueOf(second)];
    expect(told).toEqual(['v7', 'of watch 1', 'v7', 'of watch 2']);
    first.close();
    await until(() => cancelled.length > 0);
    second.close();
    await gone;
    expect(cancelled).toEqual([1n]);
    expect(fake.calls.filter((method) => method === 'Watch/Watch')).toHaveLength(1);
  });

  test('[Q62] watches and renewals on etcd do not wait behind large answers: they have own connections', async () => {
    const peers = new Set<string>();
    let peerOfCalls = '';
    fake
      .answer('KV/Range', (request) => listing(10n, pair(request.text(1), 7n, 'v7', 5n)))
      .stream('Watch/Watch', (stream) => {
        peers.add(stream.getPeer());
        stream.on('data', (request: Buffer) => {
          const asked = watchAsked(request);
          if ('create' in asked) stream.write(created(asked.create.id, 10n));
        });
      });
    const renew = renewing(60n);
    const renewed = new Promise<void>((resolve) =>
      fake.stream('Lease/LeaseKeepAlive', (stream) => {
        peers.add(stream.getPeer());
        renew(stream);
        resolve();
      }),
    );
    fake.onCall = (peer) => (peerOfCalls = peer);
    const kv = await open([fake.endpoint]);
    const watcher = kv.watch('a');
    await watcher.next();
    const kept = kv.keepAlive(await kv.get('a'), { ttl: 300 });
    await renewed;
    kept.stop();
    expect(peers.size).toBe(1);
    expect(peerOfCalls).not.toBe('');
    expect([...peers]).not.toContain(peerOfCalls);
  });

  test('[Q69] a refusal of etcd, which has no number, ends the watch that it is about and no other', async () => {
    fake.answer('KV/Range', (request) => listing(10n, pair(request.text(1), 7n)));
    fake.stream('Watch/Watch', (stream) => {
      const ids: bigint[] = [];
      stream.on('data', (request: Buffer) => {
        const asked = watchAsked(request);
        if (!('create' in asked)) return;
        ids.push(asked.create.id);
        if (ids.length < 3) return;
        // The answers to three watches; the second one is refused.
        stream.write(created(ids[0]!, 10n));
        stream.write(denied(10n, 'etcdserver: permission denied'));
        stream.write(created(ids[2]!, 10n));
        stream.write(changed(ids[2]!, 11n, [pair('c', 11n)]));
        stream.write(changed(ids[0]!, 12n, [pair('a', 12n)]));
      });
    });
    const kv = await open([fake.endpoint]);
    const watchers: KvWatcher<KvEvent>[] = [];
    for (const key of ['a', 'b', 'c']) {
      const watcher = kv.watch(key);
      await watcher.next();
      watchers.push(watcher);
    }
    const [a, b, c] = watchers.map(valueOf);
    await expect(b).rejects.toMatchObject({ code: 'ERR_KV_NOT_PERMITTED' });
    expect([await a, await c]).toEqual(['v12', 'v11']);
  });

  test('[Q69] a watch on etcd whose token expired goes on with a new token; without the right it ends', async () => {
    let tokens = 0;
    let valid = 'token 1';
    fake
      .answer('Auth/Authenticate', () => new MessageWriter().text(2, `token ${++tokens}`).finish())
      .answer('KV/Range', (_, metadata) => {
        if (metadata.get('token')[0] === 'token 0') throw refusal(16, 'etcdserver: invalid auth token');
        return listing(10n, pair('a', 7n));
      })
      .stream('Watch/Watch', (stream) => {
        const token = stream.metadata.get('token')[0];
        stream.on('data', (request: Buffer) => {
          const asked = watchAsked(request);
          if (!('create' in asked)) return;
          const { id } = asked.create;
          if (token !== valid) {
            stream.write(denied(10n, 'rpc error: code = Unauthenticated desc = etcdserver: invalid auth token'));
            return;
          }
          stream.write(created(id, 10n));
          stream.write(changed(id, 11n, [pair('a', 11n, token)]));
        });
      });
    const kv = await open([fake.endpoint], { user: 'me', password: 'secret', timeoutMs: 1000 });
    const first = kv.watch('a');
    expect([await valueOf(first), await valueOf(first)]).toEqual(['v7', 'token 1']);
    valid = 'token 2';
    const second = kv.watch('a');
    expect([await valueOf(second), await valueOf(second)]).toEqual(['v7', 'token 2']);
    valid = 'none';
    const third = kv.watch('a');
    await valueOf(third);
    await expect(third.next()).rejects.toMatchObject({ code: 'ERR_KV_NOT_PERMITTED' });
  });
});
