import { Immer } from 'immer';
import { MemoryStore, TaskState } from 'swarmstate';
import type { Proposer, Task, TaskDraft } from 'swarmstate';
import { InternalRaftRequest, StoreActionKind } from 'swarmstate/proto';
import { distinctSample, makeTasks, nextOf } from '../lib/objects.ts';
import { readAll } from '../lib/reading.ts';
import { collectYoung, Laps, timed, timedAsync } from '../lib/timing.ts';
import type { Figures, Run, Suite } from './suite.ts';

/** What the other ways of writing cost over a plain update, in one process, taking turns. */
export const writes: Suite = {
  name: 'writes',
  entrants: (quick) => [{ contender: 'swarmstate', sizes: quick ? [100_000] : [1000, 100_000] }],
  run,
};

/** So many that each step pays for its own garbage. */
const WRITES = 20_000;

/** Decides every entry at once, as soon as it is bytes. */
class InstantProposer implements Proposer {
  #index = 0;

  proposeValue(actions: Parameters<Proposer['proposeValue']>[0], commit: () => void): Promise<void> {
    encoded += InternalRaftRequest.encode({ id: 1, action: actions }).length;
    this.#index += 1;
    commit();
    return Promise.resolve();
  }

  getVersion(): { index: number } {
    return { index: this.#index };
  }

  changesBetween(): Iterable<never> {
    return [];
  }
}

/** What comes out is used, so that no compiler leaves it out. */
let encoded = 0;

async function run({ size, quick }: Run): Promise<Figures> {
  const laps = new Laps(3);
  const rows = makeTasks(0, size, size);
  const plain = new MemoryStore();
  await plain.restoreTable('task', rows);
  const proposed = new MemoryStore({ proposer: new InstantProposer() });
  await proposed.restoreTable('task', rows);
  for (const store of [plain, proposed]) void readAll(store.watch());
  const immer = new Immer({ autoFreeze: true });
  let sampled = 0;
  /** Other tasks for each step: none finds them in a cache because the step before has just used them. */
  const some = (store: MemoryStore): Task[] => {
    collectYoung();
    const numbers = distinctSample(WRITES, size, sampled++);
    return numbers.map((number) => store.view((tx) => tx.tasks.get((rows[number] as Task).id)) as Task);
  };
  for (let lap = 0; lap < (quick ? 7 : 10); lap += 1) {
    laps.add('update', await updateAll(plain, some(plain)));
    let tasks = some(plain);
    laps.add(
      'modify',
      await timedAsync(tasks.length, async () => {
        for (const { id } of tasks) await plain.update((tx) => tx.tasks.modify(id, recipe));
      }),
    );
    tasks = some(plain);
    laps.add(
      'bare produce',
      timed(tasks.length, () => {
        for (const task of tasks) immer.produce(task, (draft) => recipe(draft as unknown as TaskDraft));
      }),
    );
    laps.add('update, proposer', await updateAll(proposed, some(proposed)));
    tasks = some(proposed);
    laps.add(
      'bare encode',
      timed(tasks.length, () => {
        for (const task of tasks)
          encoded += InternalRaftRequest.encode({ id: 1, action: [{ action: StoreActionKind.UPDATE, task }] }).length;
      }),
    );
    const snapshot = plain.snapshot();
    laps.add('update, snapshot held', await updateAll(plain, some(plain)));
    snapshot.close();
  }
  if (encoded === 0) throw new Error('nothing was encoded');
  return laps.medians();
}

function recipe(draft: TaskDraft): void {
  draft.status.state = draft.status.state === TaskState.RUNNING ? TaskState.FAILED : TaskState.RUNNING;
}

function updateAll(store: MemoryStore, tasks: readonly Task[]): Promise<number> {
  return timedAsync(tasks.length, async () => {
    for (const task of tasks) await store.update((tx) => tx.tasks.update(nextOf(task)));
  });
}
