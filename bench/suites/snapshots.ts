import { strictEqual } from 'node:assert';
import { all, MemoryStore } from 'swarmstate';
import { StoreSnapshot } from 'swarmstate/proto';
import { makeTasks } from '../lib/objects.ts';
import { Laps, timed, timedAsync } from '../lib/timing.ts';
import type { Figures, Run, Suite } from './suite.ts';

/** A store's whole contents to bytes and back, against JSON of the same objects. Nanoseconds for an object. */
export const snapshots: Suite = {
  name: 'snapshots',
  entrants: (quick) => [{ contender: 'swarmstate', sizes: quick ? [20_000] : [100_000] }],
  run,
};

async function run({ size }: Run): Promise<Figures> {
  const laps = new Laps(1);
  const store = new MemoryStore();
  await store.restoreTable('task', makeTasks(0, size, size));
  for (let lap = 0; lap < 3; lap += 1) {
    let bytes: Uint8Array = new Uint8Array();
    laps.add(
      'save and encode',
      timed(size, () => (bytes = StoreSnapshot.encode(store.save()))),
    );
    const objects = store.save().tasks;
    let text = '';
    laps.add(
      'JSON.stringify',
      timed(size, () => (text = JSON.stringify(objects))),
    );
    const empty = new MemoryStore();
    laps.add(
      'decode and restore',
      await timedAsync(size, async () => {
        await empty.restore(StoreSnapshot.decode(bytes));
        // The index of the ids in their order is made by the first read of it.
        empty.view((tx) => tx.tasks.iterate(all)[Symbol.iterator]().next());
      }),
    );
    strictEqual(empty.save().tasks.length, size);
    let parsed: unknown;
    laps.add(
      'JSON.parse',
      timed(size, () => (parsed = JSON.parse(text) as unknown)),
    );
    strictEqual((parsed as unknown[]).length, size);
    laps.add(
      'decode',
      timed(size, () => StoreSnapshot.decode(bytes)),
    );
  }
  return laps.medians();
}
