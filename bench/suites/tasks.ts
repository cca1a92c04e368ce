import type { Task } from 'swarmstate';
import { makeContender } from '../contenders/all-contenders.ts';
import type { TaskContender } from '../contenders/contender.ts';
import { peers } from '../contenders/peer-names.ts';
import { distinctSample, idOf, makeTasks, nextOf, nodeIdOf, sample, TASKS_PER_NODE } from '../lib/objects.ts';
import { collectedHeap, Laps, timedAsync } from '../lib/timing.ts';
import { checkAnswers } from './check-answers.ts';
import type { Figures, Run, Suite } from './suite.ts';

/** A step of a lap stops being repeated when a lap of it takes longer than this. */
const LAP_MILLISECONDS = 150;

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
  check: checkAnswers,
  async run(job) {
    return new TaskLaps(job, await makeContender(job.contender)).run();
  },
};

class TaskLaps {
  readonly #job: Run;
  readonly #store: TaskContender;
  readonly #laps: Laps;
  /** How often a step is repeated in a lap: less for who needs long. */
  readonly #counts = new Map<string, number>();
  readonly #rows: Task[];
  #lap = 0;

  constructor(job: Run, store: TaskContender) {
    this.#job = job;
    this.#store = store;
    this.#laps = new Laps(job.quick ? 2 : 3);
    this.#rows = makeTasks(0, job.size, job.size);
  }

  async run(): Promise<Figures> {
    const { size, quick } = this.#job;
    const before = collectedHeap();
    const loading = await timedAsync(size, async () => this.#store.load(this.#rows));
    const bytes = (collectedHeap() - before) / size;
    // The first read forces what was left for later.
    await this.#store.findAll();
    const laps = quick ? 6 : size > 100_000 ? 6 : 10;
    for (this.#lap = 0; this.#lap < laps; this.#lap += 1) await this.#runLap();
    return { ...this.#laps.medians(), load: loading, 'bytes per row': bytes };
  }

  async #runLap(): Promise<void> {
    const { size } = this.#job;
    const store = this.#store;
    const lap = this.#lap;
    const fresh = makeTasks(size + lap * 10_000, 4000, size);

    await this.#step('get', 20_000, (count) => {
      const ids = sample(count, size, lap).map((number) => idOf('t', number));
      return async () => {
        for (const id of ids) {
          const row = store.get(id);
          if (row instanceof Promise) await row;
        }
      };
    });

    const nodeCount = Math.max(1, Math.floor(size / TASKS_PER_NODE));
    const nodes = (count: number): string[] => sample(count, Math.min(nodeCount, 500), lap).map(nodeIdOf);
    for (const node of new Set(nodes(this.#counts.get('find') ?? 2000))) await store.findByNode(node);
    await this.#step('find, unchanged', 2000, (count) => {
      const ids = nodes(count);
      return async () => {
        for (const id of ids) {
          const found = store.findByNode(id);
          if (found instanceof Promise) await found;
        }
      };
    });

    await this.#step('find, changed', 500, async (count) => {
      const ids = [...new Set(nodes(count))];
      for (const id of ids) {
        const row = (await store.findByNode(id))[0];
        if (row !== undefined) await this.#advance(this.#numberOf(row.id));
      }
      return { count: ids.length, work: () => findEach(store, ids) };
    });

    if (lap % 2 === 0 || size < 100_000) {
      await this.#advance(sample(1, size, lap)[0] ?? 0);
      this.#laps.add(
        'find all, per object',
        await timedAsync(size, async () => {
          await store.findAll();
        }),
      );
    }

    // Deleted again further down: as many, whatever the next lap's number will be.
    let created = 0;
    await this.#step('create', 2000, (count) => async () => {
      created = count;
      for (let i = 0; i < count; i += 1) {
        const done = store.create(fresh[i] as Task);
        if (done !== undefined) await done;
      }
    });
    await this.#step('update', 2000, (count) => {
      const numbers = distinctSample(count, size, lap);
      return async () => {
        for (const number of numbers) {
          const next = nextOf(this.#rows[number] as Task);
          const done = store.update(next);
          this.#rows[number] = next as Task;
          if (done !== undefined) await done;
        }
      };
    });
    this.#counts.set('delete', created);
    await this.#step('delete', created, (count) => async () => {
      for (let i = 0; i < count; i += 1) {
        const done = store.remove(fresh[i]?.id ?? '');
        if (done !== undefined) await done;
      }
    });
    if (store.createMany !== undefined) await this.#batches(fresh);
  }

  async #batches(fresh: readonly Task[]): Promise<void> {
    const store = this.#store;
    const count = Math.min(2000, this.#counts.get('create') ?? 2000);
    const some = fresh.slice(2000, 2000 + count);
    const numbers = distinctSample(count, this.#job.size, this.#lap + 1000);
    this.#laps.add('create, batch', await timedAsync(some.length, async () => store.createMany?.(some)));
    this.#laps.add(
      'update, batch',
      await timedAsync(numbers.length, async () => {
        const next = numbers.map((number) => nextOf(this.#rows[number] as Task));
        numbers.forEach((number, position) => (this.#rows[number] = next[position] as Task));
        await store.updateMany?.(next);
      }),
    );
    this.#laps.add('delete, batch', await timedAsync(some.length, async () => store.removeMany?.(some.map(({ id }) => id))));
  }

  async #advance(number: number): Promise<void> {
    const next = nextOf(this.#rows[number] as Task);
    this.#rows[number] = next as Task;
    await this.#store.update(next);
  }

  #numberOf(id: string): number {
    return Number.parseInt(id.slice(18), 36);
  }

  /** Prepares and times one step; who is slow repeats it less often from the next lap on. */
  async #step(
    name: string,
    most: number,
    prepare: (count: number) => Work | Promise<{ readonly count: number; readonly work: Work }>,
  ): Promise<void> {
    const asked = this.#counts.get(name) ?? (this.#slow ? Math.min(most, 20) : most);
    const prepared = await prepare(asked);
    const { count, work } = typeof prepared === 'function' ? { count: asked, work: prepared } : prepared;
    const nanoseconds = await timedAsync(count, work);
    this.#laps.add(name, nanoseconds);
    this.#counts.set(name, Math.max(5, Math.min(most, Math.floor((LAP_MILLISECONDS * 1e6) / nanoseconds))));
  }

  /** A peer's first lap is a small one: some need a second for an operation. */
  get #slow(): boolean {
    return peers.includes(this.#job.contender);
  }
}

type Work = () => Promise<void>;

async function findEach(store: TaskContender, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const found = store.findByNode(id);
    if (found instanceof Promise) await found;
  }
}
