import type { Node } from 'swarmstate';
import { nodeContender } from '../contenders/all-contenders.ts';
import type { Contender } from '../contenders/contender.ts';
import { peers } from '../contenders/peer-names.ts';
import { distinctSample, makeNodes, nameOf, nextNodeOf, nodeIdOf, numberOf, sample } from '../lib/objects.ts';
import { each, Steps } from '../lib/steps.ts';
import { timedAsync } from '../lib/timing.ts';
import { checkNodes } from './check-answers.ts';
import type { Figures, Run, Suite } from './suite.ts';

/** The benchmarks that swarmkit has of its own store, in its words. */
export const nodes: Suite = {
  name: 'nodes',
  entrants(quick) {
    const sizes = quick ? [10_000] : [1000, 10_000, 100_000];
    return [
      ...['limit', 'swarmstate'].map((contender) => ({ contender, sizes })),
      ...peers.map((contender) => ({ contender, sizes: quick ? [1000] : [1000, 100_000] })),
    ];
  },
  check: checkNodes,
  async run(job) {
    const creating = await timeCreating(job);
    return { ...(await new NodeLaps(job, await nodeContender(job.contender)).run()), create: creating };
  },
};

const WRITES = 2000;
const WORKERS = 5;

/** Fills an empty store in one transaction, where the store has such. */
async function timeCreating({ contender, size }: Run): Promise<number> {
  const store = await nodeContender(contender);
  const rows = makeNodes(0, size);
  return timedAsync(size, async () => {
    await (store.createTogether === undefined ? store.load(rows) : store.createTogether(rows));
    await store.force?.();
  });
}

class NodeLaps {
  readonly #job: Run;
  readonly #store: Contender<Node>;
  readonly #steps: Steps;
  /** What the store holds, by number. */
  readonly #rows: Node[];
  readonly #most: number;

  constructor(job: Run, store: Contender<Node>) {
    this.#job = job;
    this.#store = store;
    this.#steps = new Steps(job.contender, 2);
    this.#rows = makeNodes(0, job.size);
    this.#most = Math.min(WRITES, job.size / 2);
  }

  async run(): Promise<Figures> {
    await this.#store.load(this.#rows);
    await this.#store.force?.();
    await this.#store.findAll();
    await this.#steps.run(this.#job.quick ? 6 : 14, async (lap) => {
      await this.#read(lap);
      await this.#write(lap);
    });
    return this.#steps.figures();
  }

  async #read(lap: number): Promise<void> {
    const { size } = this.#job;
    const store = this.#store;
    await this.#steps.step('get', 20_000, (count) => {
      const ids = sample(count, size, lap).map(nodeIdOf);
      return () => each(ids, (id) => store.get(id));
    });
    await this.#steps.step('find by name', WRITES, (count) => {
      const names = sample(count, size, lap + 100).map(nameOf);
      return () => each(names, (name) => store.find(name));
    });
    if (lap % 2 === 0 || size < 100_000) {
      await this.#steps.apart(
        'find all, per object',
        size,
        () => store.update(this.#next(lap)),
        () => store.findAll(),
      );
    }
  }

  async #write(lap: number): Promise<void> {
    const { size } = this.#job;
    const store = this.#store;
    const some = (count: number, seed: number): number[] => distinctSample(count, size, lap + seed);
    await this.#steps.step('update, all in one transaction', this.#most, (count) => {
      const numbers = some(count, 200);
      return async () => {
        const next = numbers.map((number) => this.#next(number));
        await (store.updateTogether === undefined ? store.updateMany(next) : store.updateTogether(next));
      };
    });
    await this.#steps.step('update, one per transaction', this.#most, (count) => {
      const numbers = some(count, 300);
      return () => each(numbers, (number) => store.update(this.#next(number)));
    });
    await this.#steps.step('five writers, five readers', this.#most, (count) => {
      const share = Math.ceil(count / WORKERS);
      const numbers = some(share * WORKERS, 400);
      return Promise.resolve({ count: numbers.length, work: () => this.#together(numbers, share) });
    });
    let gone: Node[] = [];
    await this.#steps.step('delete, one per transaction', this.#most, (count) => {
      gone = some(count, 500).map((number) => this.#rows[number] as Node);
      const ids = gone.map(({ id }) => id);
      return () => each(ids, (id) => store.remove(id));
    });
    const again = gone.map(({ id }) => (this.#rows[numberOf(id)] = makeNodes(numberOf(id), 1)[0] as Node));
    await store.createMany(again);
  }

  /**
   * Five loops that write and five that read, as many operations each, which let each other have a turn after every
   * one. The figure is for a write and a read.
   */
  async #together(numbers: readonly number[], share: number): Promise<void> {
    const loops = Array.from({ length: WORKERS }, (_, loop) => numbers.slice(loop * share, (loop + 1) * share));
    await Promise.all([
      ...loops.map(async (own) => {
        for (const number of own) await this.#store.update(this.#next(number));
      }),
      ...loops.map(async (own) => {
        for (const number of own) await this.#store.get(nodeIdOf(number));
      }),
    ]);
  }

  /** A row's next state, spread from the one before, which it takes the place of. */
  #next(number: number): Node {
    return (this.#rows[number] = nextNodeOf(this.#rows[number] as Node));
  }
}
