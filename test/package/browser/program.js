// The program that browser.test.ts bundles. Its result is in a global.
import { MemoryStore, byNodeId, newId } from 'swarmstate';
import { Config, StoreSnapshot } from 'swarmstate/proto';
import { LocalCache } from 'swarmstate/cache';
import { WorkQueue } from 'swarmstate/loops';
import { openMemoryStore } from 'swarmstate/kv/memory';
globalThis.result = (async () => {
  const store = new MemoryStore({ history: 10, debug: true });
  const watcher = store.watch({ events: [{ kind: 'task', by: byNodeId('n1') }] });
  const cache = new LocalCache(store, { tables: ['task'] });
  const queue = new WorkQueue();
  queue.add('a');
  const config = { id: newId(), spec: { data: new TextEncoder().encode('déjà vu'), annotations: { name: 'ß' } } };
  await store.update((tx) => tx.configs.create(config));
  await store.batch(async (batch) => {
    for (let i = 0; i < 2000; i++)
      await batch.update((tx) =>
        tx.tasks.create({
          id: 't' + i,
          nodeId: 'n' + (i % 3),
          spec: { container: { image: 'an image with a name of some length' } },
        }),
      );
  });
  await cache.waitFor(store.version);
  const { readable, writable } = new TransformStream();
  const copy = new MemoryStore();
  await Promise.all([store.saveTo(writable), copy.restoreFrom(readable)]);
  const bytes = StoreSnapshot.encode(copy.save());
  const [stored] = store.save().configs;
  const json = Config.toJson(stored);
  const kv = openMemoryStore();
  await kv.put('a/b', bytes);
  const event = (await watcher.next()).value;
  cache.close();
  return [
    event.action,
    cache.table('task').find({ nodeId: 'n1' }).length,
    copy.view((tx) => tx.tasks.count(byNodeId('n2'))),
    StoreSnapshot.decode(bytes).tasks.length,
    new TextDecoder().decode(Config.fromJson(json).spec.data),
    json.spec.data,
    (await kv.get('a/b')).value.length === bytes.length,
  ].join();
})();
