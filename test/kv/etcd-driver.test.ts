import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import type { KvStore } from 'swarmstate/kv';
import { FakeEtcd, grant, renewing, written } from '../support/fake-etcd.ts';

let fake: FakeEtcd;
let kv: KvStore;
beforeEach(async () => {
  fake = await FakeEtcd.start();
  kv = await createStore('etcd', [fake.endpoint]);
});
afterEach(async () => {
  await kv.close();
  fake.stop();
});

test('[Q10] a ttl on etcd is rounded up to whole seconds', async () => {
  const seconds: bigint[] = [];
  fake
    .answer('Lease/LeaseGrant', (request) => {
      seconds.push(request.integer(1));
      return grant(request.integer(2), request.integer(1));
    })
    .stream('Lease/LeaseKeepAlive', renewing(3n))
    .answer('KV/Txn', () => written(5n));
  for (const ttl of [1, 1000, 2001, 2999, 3000]) await kv.put('a', 'x', { ttl });
  expect(seconds).toEqual([1n, 1n, 3n, 3n, 3n]);
});
