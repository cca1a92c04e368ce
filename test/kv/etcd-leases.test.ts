import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import type { KvStore } from 'swarmstate/kv';
import type { EtcdOptions } from 'swarmstate/kv/etcd';
import { EtcdCluster } from '../../scripts/engines/etcd-cluster.ts';
import { EtcdCalls } from '../support/etcd-calls.ts';
import { describeWithEtcd } from '../support/etcd-server.ts';
import { MessageReader } from '../support/message-bytes.ts';
import { FakeEtcd, grant, listing, pair, refused, renewing, written } from '../support/fake-etcd.ts';

const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

async function open(endpoints: readonly string[], options: EtcdOptions = {}): Promise<KvStore> {
  const kv = await createStore('etcd', endpoints, options);
  ending.push(() => kv.close());
  return kv;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describeWithEtcd((program) => {
  test('[Q65] etcd keeps no lease of a write that was refused, replaced or deleted', async () => {
    const cluster = await EtcdCluster.start(program);
    ending.push(() => cluster.stop());
    const calls = new EtcdCalls(cluster.endpoints[0]!);
    ending.push(() => calls.close());
    const kv = await open(cluster.endpoints);
    const leases = async (): Promise<number> =>
      (await calls.call('Lease/LeaseLeases', Buffer.alloc(0))).messages(2).length;
    const ttl = 60_000;
    await kv.put('taken', 'x');
    const creating = Array.from({ length: 100 }, () => kv.atomicPut('taken', 'y', undefined, { ttl }));
    for (const result of await Promise.allSettled(creating)) expect(result.status).toBe('rejected');
    const aborted = kv.put('aborted', 'x', { ttl, signal: AbortSignal.abort(new Error('enough')) });
    await expect(aborted).rejects.toThrow('enough');
    await kv.put('replaced', '1', { ttl });
    await kv.put('replaced', '2', { ttl });
    await kv.put('permanent', '1', { ttl });
    await kv.put('permanent', '2');
    await kv.put('deleted', '1', { ttl });
    await kv.delete('deleted');
    for (const key of ['tree/a', 'tree/b', 'other']) await kv.put(key, 'x', { ttl });
    await kv.deleteTree('tree');
    // Another store writes the key of a renewal: the lease is revoked when the renewal finds out.
    const lost = kv.keepAlive(await kv.put('stolen', 'mine', { ttl: 900 }), { ttl: 900 }).lost;
    await (await open(cluster.endpoints)).put('stolen', 'theirs');
    while (!lost.aborted) await wait(20);
    // Those of 'replaced' and 'other' are left.
    for (let left = 100; (await leases()) > 2 && left > 0; left--) await wait(20);
    expect(await leases()).toBe(2);
    expect((await kv.list('')).map(({ key }) => key)).toEqual(['other', 'permanent', 'replaced', 'stolen', 'taken']);
    // A store that is closed at once leaves none behind, either.
    const brief = await createStore('etcd', cluster.endpoints);
    await expect(brief.atomicPut('taken', 'y', undefined, { ttl })).rejects.toMatchObject({
      code: 'ERR_KV_KEY_EXISTS',
    });
    await brief.close();
    expect(await leases()).toBe(2);
  }, 40_000);
});

describe('a scripted server', () => {
  let fake: FakeEtcd;
  /** The leases by what became of them, with the time of the last grant or renewal and their seconds. */
  let ends: Map<bigint, number>;
  let delay = 0;
  beforeEach(async () => {
    fake = await FakeEtcd.start();
    ending.push(() => fake.stop());
    ends = new Map();
    delay = 0;
    fake.answer('Lease/LeaseGrant', async (request) => {
      const [id, seconds] = [request.integer(2), request.integer(1)];
      await wait(delay / 2);
      ends.set(id, performance.now() + 1000 * Number(seconds));
      await wait(delay / 2);
      return grant(id, seconds);
    });
    fake.answer('Lease/LeaseRevoke', (request) => {
      ends.delete(request.integer(1));
      return Buffer.alloc(0);
    });
    fake.stream('Lease/LeaseKeepAlive', (stream) =>
      stream.on('data', (request: Buffer) => {
        const id = new MessageReader(request).integer(1);
        setTimeout(() => {
          ends.set(id, performance.now() + 2000);
          stream.write(grant(id, 2n));
        }, delay / 2);
      }),
    );
  });

  test('[Q66] the ttl of a key on etcd counts from its write, however slow the link is', async () => {
    let writtenAt = 0;
    let alive: boolean[] = [];
    fake.answer('KV/Txn', async () => {
      await wait(delay / 2);
      writtenAt = performance.now();
      alive = [...ends.values()].map((end) => end > writtenAt);
      await wait(delay / 2);
      return written(5n, 6);
    });
    const kv = await open([fake.endpoint], { timeoutMs: 5000 });
    for (const slow of [0, 500]) {
      delay = slow;
      const operations = Array.from({ length: 6 }, (_, number) => ({
        type: 'put' as const,
        key: `${slow}/${number}`,
        value: 'x',
        ttl: 2000,
      }));
      await kv.transaction([], operations);
      // The leases of six puts are asked for at once, and renewed behind the write.
      expect(alive.slice(-6)).toEqual(Array(6).fill(true));
      for (const end of [...ends.values()].slice(-6)) expect(end).toBeGreaterThanOrEqual(writtenAt + 2000);
    }
  }, 20_000);

  test('[Q66] a key on etcd that expires before its ttl is over is told as an unknown outcome', async () => {
    fake.answer('KV/Txn', () => written(5n));
    fake.stream('Lease/LeaseKeepAlive', renewing(0n));
    const kv = await open([fake.endpoint]);
    await expect(kv.put('a', 'x', { ttl: 1000 })).rejects.toMatchObject({ code: 'ERR_KV_OUTCOME_UNKNOWN' });
  });

  test('[Q65] a lease of a write to etcd with an unknown outcome is not revoked: the key may be there', async () => {
    fake.answer('KV/Txn', () => Buffer.from('garbage'));
    const kv = await createStore('etcd', [fake.endpoint], { timeoutMs: 500 });
    await expect(kv.put('a', 'x', { ttl: 60_000 })).rejects.toMatchObject({ code: 'ERR_KV_OUTCOME_UNKNOWN' });
    await kv.close();
    expect(fake.calls).not.toContain('Lease/LeaseRevoke');
    fake.answer('KV/Txn', () => refused(9n, listing(9n, pair('a', 3n))));
    const other = await createStore('etcd', [fake.endpoint]);
    await expect(other.atomicPut('a', 'x', undefined, { ttl: 60_000 })).rejects.toMatchObject({
      code: 'ERR_KV_KEY_EXISTS',
    });
    await other.close();
    expect(fake.calls.filter((method) => method === 'Lease/LeaseRevoke')).toHaveLength(1);
  });

  test('[Q65] etcd gets each lease under our own number, so that a repeated request makes no second one', async () => {
    let asked = 0;
    fake.answer('Lease/LeaseGrant', (request) => {
      if (asked++ === 0) throw Object.assign(new Error('lost'), { code: 14 });
      expect(request.integer(2)).toBeGreaterThan(0n);
      // The first request came through; its answer did not.
      throw Object.assign(new Error('taken'), { code: 9, details: 'etcdserver: lease already exists' });
    });
    fake.answer('KV/Txn', () => written(5n));
    const kv = await open([fake.endpoint]);
    expect((await kv.put('a', 'x', { ttl: 1000 })).lastIndex).toBe(5n);
  });
});
