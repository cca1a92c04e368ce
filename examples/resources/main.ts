/**
 * `npx tsx examples/resources/main.ts`: objects of your own kind in the store, in a watch and in a snapshot, and a loop
 * that acts on them.
 */
import { MemoryStore, byCustom } from 'swarmstate';
import { systemClock } from 'swarmstate/cache';
import { StoreSnapshot } from 'swarmstate/proto';
import { backups } from './backup.ts';
import { runBackups } from './backup-loop.ts';

const store = new MemoryStore();
await store.update((tx) => {
  backups.register(tx);
  backups
    .table(tx)
    .create({ id: 'b1', annotations: { name: 'data' }, value: { volumeId: 'v1', everyMs: 100, savedAt: 0 } });
  backups
    .table(tx)
    .create({ id: 'b2', annotations: { name: 'logs' }, value: { volumeId: 'v2', everyMs: 250, savedAt: 0 } });
});

const running = runBackups(store, {
  clock: systemClock,
  save: (volumeId) => {
    console.log(`saves ${volumeId}`);
    return Promise.resolve();
  },
  onError: (error, id) => console.error(`${id}: ${String(error)}`),
});
await new Promise((resolve) => setTimeout(resolve, 600));
await store.close();
await running;

const copy = new MemoryStore();
await copy.restore(StoreSnapshot.decode(StoreSnapshot.encode(store.save())));
const [found] = copy.view((tx) => backups.table(tx).find(byCustom('volume', 'v2')));
console.log(
  `a restored snapshot has ${found?.annotations.name ?? 'nothing'}, saved every ${found?.value.everyMs ?? 0} ms`,
);
