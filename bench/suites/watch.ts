import { byNodeId, MemoryStore } from 'swarmstate';
import type { Commit, Task, Watcher } from 'swarmstate';
import { distinctSample, makeTasks, nextOf, nodeIdOf, TASKS_PER_NODE } from '../lib/objects.ts';
import { collectYoung, Laps, timedAsync } from '../lib/timing.ts';
import type { Figures, Run, Suite } from './suite.ts';

/** What watchers cost those who write. */
export const watch: Suite = {
  name: 'watch',
  entrants: () => [{ contender: 'swarmstate', sizes: [100_000] }],
  run,
};

/** So many that each step pays for its own garbage. */
const WRITES = 20_000;
const ON_NODES = 10_000;
const ON_EVERYTHING = 1000;
/** How many events each of those who watch everything has waiting. */
const UNREAD = 4000;

async function run({ size, quick }: Run): Promise<Figures> {
  const laps = new Laps(3);
  // Each update reaches one watcher: the two differ in nothing but the number of watchers.
  const one = new WatchedNodes(await fullStore(makeTasks(0, size, TASKS_PER_NODE)), 1);
  const many = new WatchedNodes(await fullStore(makeTasks(0, size, ON_NODES * TASKS_PER_NODE)), ON_NODES);
  const rows = makeTasks(0, size, size);
  const single = await fullStore(rows);
  const everybody = await fullStore(rows);
  // What they are sent waits in their buffers: reading it is the watchers' own time, and counted apart.
  const lone = [single.watch({ limit: Infinity })];
  const crowd = Array.from({ length: ON_EVERYTHING }, () => everybody.watch({ limit: Infinity }));
  const ids = rows.map(({ id }) => id);
  let sampled = 0;
  const some = (store: MemoryStore, count: number): Task[] => {
    collectYoung();
    return distinctSample(count, size, sampled++).map(
      (number) => store.view((tx) => tx.tasks.get(ids[number] ?? '')) as Task,
    );
  };
  const steps: readonly (() => Promise<void>)[] = [
    ...[one, many].map((nodes) => async () => {
      const tasks = some(nodes.store, WRITES);
      const name = nodes === one ? 'one watcher on a node' : '10,000 watchers on nodes';
      laps.add(`update, ${name}`, await updateAll(nodes.store, tasks));
      laps.add(`delivery, ${name}`, await timedAsync(WRITES, () => nodes.read(tasks)));
    }),
    async () => {
      laps.add('update, one watcher of everything', await updateAll(single, some(single, UNREAD)));
      await drainAll(lone);
    },
    async () => {
      laps.add('update, 1,000 watchers of everything', await updateAll(everybody, some(everybody, UNREAD)));
      laps.add('delivery, per event', await timedAsync(UNREAD * ON_EVERYTHING, () => drainAll(crowd)));
    },
  ];
  for (let lap = 0; lap < (quick ? 8 : 9); lap += 1) {
    // None always comes after the same other one.
    for (const step of lap % 2 === 0 ? steps : steps.toReversed()) await step();
  }
  return laps.medians();
}

async function fullStore(tasks: readonly Task[]): Promise<MemoryStore> {
  const store = new MemoryStore();
  await store.restoreTable('task', tasks);
  return store;
}

/** A store with a watcher on each of so many nodes. */
class WatchedNodes {
  readonly store: MemoryStore;
  readonly #commits: ReadonlyMap<string, AsyncIterator<Commit>>;

  constructor(store: MemoryStore, nodes: number) {
    this.store = store;
    const watch = (id: string): Watcher =>
      store.watch({ events: [{ kind: 'task', by: byNodeId(id) }], limit: Infinity });
    this.#commits = new Map(
      Array.from({ length: nodes }, (_, node) => [nodeIdOf(node), watch(nodeIdOf(node)).commits()]),
    );
  }

  /** Reads what the updates of those tasks brought: one commit for each. */
  async read(tasks: readonly Task[]): Promise<void> {
    for (const { nodeId } of tasks)
      if ((await this.#commits.get(nodeId)?.next())?.done !== false) throw new Error('nothing was delivered');
  }
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
    for (let read = 0; read < UNREAD; read += 1) await commits.next();
  }
}
