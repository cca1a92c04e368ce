import { byNodeId, MemoryStore } from 'swarmstate';
import type { Task, Watcher } from 'swarmstate';
import { distinctSample, makeTasks, nextOf, nodeIdOf } from '../lib/objects.ts';
import { Laps, timedAsync } from '../lib/timing.ts';
import type { Figures, Run, Suite } from './suite.ts';

/** What watchers cost those who write. */
export const watch: Suite = {
  name: 'watch',
  entrants: () => [{ contender: 'swarmstate', sizes: [100_000] }],
  run,
};

const WRITES = 1000;
const ON_NODES = 10_000;
const ON_EVERYTHING = 1000;

async function run({ size, quick }: Run): Promise<Figures> {
  const laps = new Laps(3);
  const rows = makeTasks(0, size, size);
  const [one, many, single, everybody] = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const store = new MemoryStore();
      await store.restoreTable('task', rows);
      return store;
    }),
  );
  if (one === undefined || many === undefined || single === undefined || everybody === undefined) throw new Error('there are four stores');
  const onNodes = (store: MemoryStore, count: number): Watcher[] =>
    Array.from({ length: count }, (_, node) => store.watch({ events: [{ kind: 'task', by: byNodeId(nodeIdOf(node)) }], limit: Infinity }));
  const lone = [single.watch({ limit: Infinity })];
  const crowd = Array.from({ length: ON_EVERYTHING }, () => everybody.watch({ limit: Infinity }));
  for (let lap = 0; lap < (quick ? 10 : 20); lap += 1) {
    const numbers = distinctSample(WRITES, size, lap);
    const stored = (store: MemoryStore): Task[] =>
      numbers.map((number) => store.view((tx) => tx.tasks.get((rows[number] as Task).id)) as Task);
    // What they are sent waits in their buffers: reading it is the watchers' own time, and counted apart.
    const watching = [...onNodes(one, 1), ...onNodes(many, ON_NODES)];
    laps.add('update, one watcher on a node', await updateAll(one, stored(one)));
    laps.add('update, 10,000 watchers on nodes', await updateAll(many, stored(many)));
    for (const watcher of watching) watcher.close();
    laps.add('update, one watcher of everything', await updateAll(single, stored(single)));
    laps.add('update, 1,000 watchers of everything', await updateAll(everybody, stored(everybody)));
    await drainAll(lone);
    laps.add('delivery, per event', await timedAsync(WRITES * ON_EVERYTHING, () => drainAll(crowd)));
  }
  return laps.medians();
}

function updateAll(store: MemoryStore, tasks: readonly Task[]): Promise<number> {
  return timedAsync(tasks.length, async () => {
    for (const task of tasks) await store.update((tx) => tx.tasks.update(nextOf(task)));
  });
}

/** Reads whatever waits: a transaction at a time, until the round's last. */
async function drainAll(watchers: readonly Watcher[]): Promise<void> {
  for (const watcher of watchers) {
    const commits = watcher.commits();
    for (let read = 0; read < WRITES; read += 1) await commits.next();
  }
}
