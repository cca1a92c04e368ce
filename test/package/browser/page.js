// The page of chromium.test.ts. A store is saved to a file of the browser's; a second page restores it from there.
import { MemoryStore, byNodeId } from 'swarmstate';
import { LocalCache } from 'swarmstate/cache';
import { defineResource } from 'swarmstate/resources';
// Its result is in a global.
import './program.js';

const backups = defineResource({
  kind: 'backup',
  codec: {
    encode: ({ bucket }) => new TextEncoder().encode(JSON.stringify({ bucket })),
    decode: (bytes) => JSON.parse(new TextDecoder().decode(bytes)),
  },
});

async function snapshotFile(create) {
  return (await navigator.storage.getDirectory()).getFileHandle('cluster.snapshot', { create });
}

/** Fills a store, watches it, asks a cache, and saves the store. */
async function save() {
  const store = new MemoryStore({ history: 100 });
  const watcher = store.watch({ events: [{ kind: 'task', by: byNodeId('n1') }] });
  const cache = new LocalCache(store, { tables: ['task'], indices: { task: ['slot'] } });
  await store.update((tx) => {
    backups.register(tx);
    backups.table(tx).create({ id: 'b1', annotations: { name: 'b1' }, value: { bucket: 'größte' } });
  });
  await store.batch(async (batch) => {
    for (let slot = 0; slot < 3000; slot++)
      await batch.update((tx) => tx.tasks.create({ id: `t${slot}`, slot, nodeId: `n${slot % 3}` }));
  });
  await cache.waitFor(store.version);
  const late = cache.table('task').find({ slot: { $gte: 2990 }, nodeId: 'n1' }, { sort: [{ by: 'slot', desc: true }] });
  const handle = await snapshotFile(true);
  await store.saveTo(await handle.createWritable());
  cache.close();
  await store.close();
  let events = 0;
  for await (const { action } of watcher) events += action === 'create' ? 1 : 0;
  return [events, late.map(({ id }) => id).join('+')].join();
}

/** Restores the store that another page saved, and refuses half of its file. */
async function restore() {
  const file = await (await snapshotFile(false)).getFile();
  const store = new MemoryStore();
  await store.restoreFrom(file.stream());
  const half = file.slice(0, file.size / 2).stream();
  const refused = await store.restoreFrom(half).catch(({ code }) => code);
  return store.view((tx) => [tx.tasks.count(byNodeId('n2')), backups.table(tx).get('b1').value.bucket, refused].join());
}

globalThis.page = { save, restore };
