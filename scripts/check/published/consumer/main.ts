/**
 * A program of a user. `npm run check -- package` compiles and runs it against the packed package, installed as npm
 * would. The program fails by throwing.
 */
import assert from 'node:assert/strict';
import type { MemoryStore as Store, StoreEvent } from 'swarmstate';
import type { KvErrorCode, KvStore } from 'swarmstate/kv';
import type { ConsulOptions } from 'swarmstate/kv/consul';
import type { EtcdOptions } from 'swarmstate/kv/etcd';
import type { LmdbOptions } from 'swarmstate/kv/lmdb';
import type { ZookeeperOptions } from 'swarmstate/kv/zookeeper';
import type { Node } from 'swarmstate/proto';

/** The traces that an import could leave in the process. */
function footprint(): unknown {
  return {
    globals: Reflect.ownKeys(globalThis),
    listeners: process.eventNames().map((name) => [name, process.listenerCount(name)]),
    resources: process.getActiveResourcesInfo().sort(),
    environment: { ...process.env },
  };
}

const before = footprint();
const { MemoryStore, byName, isStoreError, newId } = await import('swarmstate');
const { StoreSnapshot } = await import('swarmstate/proto');
const { FaultyProposer, recordEvents } = await import('swarmstate/testing');
const { LocalCache } = await import('swarmstate/cache');
const { createStore, discover, isKvError, register } = await import('swarmstate/kv');
const { conditionHolds } = await import('swarmstate/kv/backend');
const { consul } = await import('swarmstate/kv/consul');
const { etcd } = await import('swarmstate/kv/etcd');
const { lmdb } = await import('swarmstate/kv/lmdb');
const { memory } = await import('swarmstate/kv/memory');
const { zookeeper } = await import('swarmstate/kv/zookeeper');
const contract = await import('swarmstate/testing/kv');
assert.deepEqual(footprint(), before, 'importing the package has an effect on the process');

const store: Store = new MemoryStore();
const watcher = store.watch({ events: [{ kind: 'node' }] });
const cache = new LocalCache(store, { tables: ['node'] });
const node: Node = await store.update((tx) => tx.nodes.create({ id: newId(), description: { hostname: 'n1' } }));
assert.deepEqual(
  store.view((tx) => tx.nodes.find(byName('n1'))),
  [node],
);
await assert.rejects(
  store.update((tx) => tx.nodes.create({ id: node.id })),
  (error: unknown) => isStoreError(error, 'ERR_EXIST') && error.id === node.id,
);

const bytes = StoreSnapshot.encode(store.save());
const copy = new MemoryStore();
await copy.restore(StoreSnapshot.decode(bytes));
assert.deepEqual(StoreSnapshot.encode(copy.save()), bytes);

const proposer = new FaultyProposer();
const cluster = new MemoryStore({ proposer });
const recorder = recordEvents(cluster);
await cluster.update((tx) => tx.nodes.create({ id: 'n1' }));
await recorder.settle();
recorder.assertAtomic(proposer.log.entries);
recorder.close();

await store.close();
assert.deepEqual(cache.table('node').find({ 'description.hostname': 'n1' }), [node]);
const seen: StoreEvent[] = [];
try {
  for await (const event of watcher) seen.push(event);
} catch (error) {
  assert.ok(isStoreError(error, 'ERR_STORE_CLOSED'));
}
assert.deepEqual(
  seen.map(({ action }) => action),
  ['create'],
);

const kv: KvStore = await createStore('memory');
const registration = await register(kv, 'machines', 'here', 'x', { ttl: 60_000 });
const listings = discover(kv, 'machines');
assert.equal((await listings.next()).value?.[0]?.key, registration.key);
assert.ok(conditionHolds({ key: registration.key, exists: true }, 1n));
await contract.atomicCalls({ kv, other: kv, folder: 'contract', open: () => createStore('memory') });
await kv.close();
assert.equal((await listings.next()).done, true);

// The clients of the other backends are not installed here: each says what to add.
const etcdOptions: EtcdOptions = { timeoutMs: 1000 };
const consulOptions: ConsulOptions = { timeoutMs: 1000 };
const lmdbOptions: LmdbOptions = { pollMs: 100 };
const zookeeperOptions: ZookeeperOptions = { timeoutMs: 1000 };
const missing: KvErrorCode = 'ERR_KV_CLIENT_MISSING';
for (const [backend, packageName, open] of [
  [memory.name, undefined, () => createStore('memory')],
  [etcd.name, '@grpc/grpc-js', () => createStore('etcd', ['http://127.0.0.1:1'], etcdOptions)],
  [consul.name, 'undici', () => createStore('consul', ['http://127.0.0.1:1'], consulOptions)],
  [lmdb.name, 'lmdb', () => createStore('lmdb', ['kv'], lmdbOptions)],
  [zookeeper.name, 'node-zookeeper-client', () => createStore('zookeeper', ['127.0.0.1'], zookeeperOptions)],
] as const) {
  if (packageName === undefined) await (await open()).close();
  else {
    await assert.rejects(
      open(),
      (error: unknown) => isKvError(error, missing) && error.message.includes(`npm install ${packageName}`),
      backend,
    );
  }
}
