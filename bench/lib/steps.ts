import { peers } from '../contenders/peer-names.ts';
import { Laps, timedAsync } from './timing.ts';

/** A step of a lap is repeated less often from the next lap on when a lap of it takes longer than this. */
const LAP_MILLISECONDS = 150;
/** How often a peer does a step in its first lap: some need a second for an operation. */
const FIRST_TRIES = 20;
const FEWEST = 5;
/** Of fewer objects a step is over before the clock notices. */
const ENOUGH = 20_000;
/** How often a step that handles many objects at a time is repeated in a lap, if it is quick enough. */
const REPETITIONS = 6;
/** After so much time no further lap is begun, when there was one after those that warm up. */
const PATIENCE_MILLISECONDS = 15_000;

type Work = () => Promise<void>;

/** The steps of the laps of one process: each is prepared outside of the clock, and repeated as often as fits. */
export class Steps {
  readonly #laps: Laps;
  readonly #first: number;
  readonly #counts = new Map<string, number>();
  readonly #warmUp: number;

  /** `warmUp` laps are left out. */
  constructor(contender: string, warmUp: number) {
    this.#laps = new Laps(warmUp);
    this.#warmUp = warmUp;
    this.#first = peers.includes(contender) ? FIRST_TRIES : Infinity;
  }

  /** Runs `most` laps, or as many as fit. */
  async run(most: number, lap: (number: number) => Promise<void>): Promise<void> {
    const start = performance.now();
    for (let number = 0; number < most; number += 1) {
      if (number > this.#warmUp && performance.now() - start > PATIENCE_MILLISECONDS) return;
      await lap(number);
    }
  }

  /** How often a step is repeated in this lap, at most `most` times. */
  countOf(name: string, most: number): number {
    return Math.min(most, this.#counts.get(name) ?? this.#first);
  }

  /** Prepares and times a step. `prepare` gets the number of repetitions, and says in its place how many there are when there are fewer. */
  async step(
    name: string,
    most: number,
    prepare: (count: number) => Work | Promise<{ readonly count: number; readonly work: Work }>,
  ): Promise<number> {
    const asked = this.countOf(name, most);
    const prepared = await prepare(asked);
    const { count, work } = typeof prepared === 'function' ? { count: asked, work: prepared } : prepared;
    await this.once(name, count, work);
    return count;
  }

  /**
   * Times a step that needs something done before each time: nanoseconds for one of `count` that it handles at a time. It is repeated until they are {@link ENOUGH}, and a few times more if there is time for it: while V8
   * marks the old generation it does a piece of that at each large allocation, as that of an array of 100,000, and whom a single one hits is chance.
   */
  async apart(name: string, count: number, before: () => unknown, work: () => unknown): Promise<void> {
    const start = performance.now();
    let objects = 0;
    let sum = 0;
    for (let time = 0; objects < ENOUGH || (time < REPETITIONS && performance.now() - start < LAP_MILLISECONDS); time += 1) {
      await before();
      sum += await timedAsync(1, () => Promise.resolve(work()));
      objects += count;
    }
    this.#laps.add(name, sum / objects);
  }

  /** Times a step: nanoseconds for one of `count`. */
  async once(name: string, count: number, work: () => unknown): Promise<void> {
    const nanoseconds = await timedAsync(count, () => Promise.resolve(work()));
    this.#laps.add(name, nanoseconds);
    this.#counts.set(name, Math.max(FEWEST, Math.floor((LAP_MILLISECONDS * 1e6) / nanoseconds)));
  }

  medians(): Record<string, number> {
    return this.#laps.medians();
  }
}

/** Calls a method for each, one after the other; waits where it has to. */
export async function each<A>(given: readonly A[], call: (one: A) => unknown): Promise<void> {
  for (const one of given) {
    const done = call(one);
    if (done instanceof Promise) await done;
  }
}
