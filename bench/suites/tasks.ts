import type { Task } from 'swarmstate';
import { taskContender } from '../contenders/all-contenders.ts';
import type { Contender } from '../contenders/contender.ts';
import { peers } from '../contenders/peer-names.ts';
import { distinctSample, idOf, makeTasks, nextOf, nodeIdOf, numberOf, sample, TASKS_PER_NODE } from '../lib/objects.ts';
import { each, Steps } from '../lib/steps.ts';
import { collectedHeap, timedAsync } from '../lib/timing.ts';
import { checkTasks } from './check-answers.ts';
import type { Figures, Run, Suite } from './suite.ts';

/** Tasks with all their indexes: reads, writes one per transaction, writes in a batch, memory. */
export const tasks: Suite = {
  name: 'tasks',
  entrants(quick) {
    const sizes = quick ? [1000, 100_000] : [1000, 10_000, 100_000, 1_000_000];
    return [
      ...['limit', 'swarmstate'].map((contender) => ({ contender, sizes })),
      ...peers.map((contender) => ({ contender, sizes: quick ? [1000] : [1000, 100_000] })),
    ];
  },
  check: checkTasks,
  async run(job) {
    return new TaskLaps(job, await taskContender(job.contender)).run();
  },
};

/** Of a million rows the limit sorts the ids for three seconds. */
function lapsToFindAll(size: number): number {
  return size < 100_000 ? 1 : size < 1_000_000 ? 2 : 8;
}

class TaskLaps {
  readonly #job: Run;
  readonly #store: Contender<Task>;
  readonly #steps: Steps;
  /** What the store holds, by number. */
  readonly #rows: Task[];

  constructor(job: Run, store: Contender<Task>) {
    this.#job = job;
    this.#store = store;
    this.#steps = new Steps(job.contender, job.quick ? 2 : 3);
    this.#rows = makeTasks(0, job.size, job.size);
  }

  async run(): Promise<Figures> {
    const { size, quick } = this.#job;
    const store = this.#store;
    const before = collectedHeap();
    const load = await timedAsync(size, async () => {
      await store.load(this.#rows);
      await store.force?.();
    });
    const bytes = (collectedHeap() - before) / size;
    await store.findAll();
    await this.#steps.run(quick ? 6 : size < 1_000_000 ? 15 : 24, async (lap) => {
      await this.#read(lap);
      await this.#write(lap);
    });
    return { ...this.#steps.figures(), load, 'bytes per row': bytes };
  }

  async #read(lap: number): Promise<void> {
    const { size } = this.#job;
    const store = this.#store;
    await this.#steps.step('get', 20_000, (count) => {
      const ids = sample(count, size, lap).map((number) => idOf('t', number));
      return () => each(ids, (id) => store.get(id));
    });

    const nodeCount = Math.max(1, Math.floor(size / TASKS_PER_NODE));
    const nodes = (count: number): string[] => sample(count, Math.min(nodeCount, 500), lap).map(nodeIdOf);
    await this.#steps.step('find, unchanged', 2000, async (count) => {
      const asked = nodes(count);
      await each([...new Set(asked)], (node) => store.find(node));
      return { count, work: () => each(asked, (node) => store.find(node)) };
    });

    await this.#steps.step('find, changed', this.#steps.countOf('update', 500), async (count) => {
      const asked = [...new Set(nodes(count))];
      for (const node of asked) {
        const [row] = await store.find(node);
        if (row !== undefined) await store.update(this.#next(numberOf(row.id)));
      }
      return { count: asked.length, work: () => each(asked, (node) => store.find(node)) };
    });

    if (lap % lapsToFindAll(size) === 0) {
      await this.#steps.apart(
        'find all, per object',
        size,
        () => store.update(this.#next(sample(1, size, lap)[0] ?? 0)),
        () => store.findAll(),
      );
    }
  }

  async #write(lap: number): Promise<void> {
    const { size } = this.#job;
    const store = this.#store;
    const fresh = makeTasks(size + lap * 10_000, 4000, size);
    // What is created is deleted again: no more of it than both have time for.
    const most = this.#steps.countOf('delete', 2000);
    const created = await this.#steps.step(
      'create',
      most,
      (count) => () => each(fresh.slice(0, count), (task) => store.create(task)),
    );
    await this.#steps.step('update', 2000, (count) => {
      const numbers = distinctSample(count, size, lap);
      return () => each(numbers, (number) => store.update(this.#next(number)));
    });
    const ids = fresh.slice(0, created).map(({ id }) => id);
    await this.#steps.once('delete', ids.length, () => each(ids, (id) => store.remove(id)));

    const some = fresh.slice(
      2000,
      2000 + Math.min(this.#steps.countOf('create, batch', 2000), this.#steps.countOf('delete, batch', 2000)),
    );
    await this.#steps.once('create, batch', some.length, () => store.createMany(some));
    const numbers = distinctSample(this.#steps.countOf('update, batch', 2000), size, lap + 1000);
    await this.#steps.once('update, batch', numbers.length, () =>
      store.updateMany(numbers.map((number) => this.#next(number))),
    );
    const gone = some.map(({ id }) => id);
    await this.#steps.once('delete, batch', some.length, () => store.removeMany(gone));
  }

  /** A row's next state, spread from the one before, which it takes the place of. */
  #next(number: number): Task {
    return (this.#rows[number] = nextOf(this.#rows[number] as Task));
  }
}
