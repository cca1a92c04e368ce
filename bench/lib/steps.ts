import { peers } from '../contenders/peer-names.ts';
import { fillYoung, median, timedAsync } from './timing.ts';

/** A step of a lap is repeated less often from the next lap on when a lap of it takes longer than this. */
const LAP_MILLISECONDS = 150;
/** How often a peer does a step in its first lap: some need a second for an operation. */
const FIRST_TRIES = 20;
const FEWEST = 5;
/** Of fewer objects a step is over before the clock notices. */
const ENOUGH = 20_000;
/** How often a step that handles many objects at a time is repeated in a lap, if it is quick enough. */
const REPETITIONS = 6;
/** Ample for whoever waits for a commit to get it. */
const MICROTASKS = 16;
/** Its multiples, without what is before the point, are spread as evenly as can be. */
const GOLDEN = 0.618_033_988_75;
/** After so much time no further lap is begun, when there was one after those that warm up. */
const PATIENCE_MILLISECONDS = 30_000;
/** The patience with a peer, whose distance is large. */
const LESS_PATIENCE_MILLISECONDS = 4000;

type Work = () => Promise<void>;

/** Laps whose times are put together. */
const TOGETHER = 3;

/** What a step took in some laps, and how often it was done. */
interface Sum {
  nanoseconds: number;
  count: number;
  laps: number;
  /** Of a lap that warms up: only until there is one that counts. */
  readonly warm: boolean;
}

/**
 * The steps of the laps of one process: each is prepared outside of the clock, and repeated as often as fits. A
 * scavenge, which among a million rows takes as long as a lap's step, hits one lap and spares the next. Therefore a
 * step meets as many of them as are due to the garbage that it makes itself, and the times of three laps are put
 * together. The median of these sums is the figure: the end of a full collection, which is due to all that was done
 * before, hits one of them.
 */
export class Steps {
  readonly #sums = new Map<string, Sum[]>();
  readonly #first: number;
  readonly #patience: number;
  readonly #counts = new Map<string, number>();
  readonly #warmUp: number;
  #lap = 0;

  /** `warmUp` laps are left out. */
  constructor(contender: string, warmUp: number) {
    const isPeer = peers.includes(contender);
    this.#warmUp = warmUp;
    this.#first = isPeer ? FIRST_TRIES : Infinity;
    this.#patience = isPeer ? LESS_PATIENCE_MILLISECONDS : PATIENCE_MILLISECONDS;
  }

  /** Runs `most` laps, or as many as fit. */
  async run(most: number, lap: (number: number) => Promise<void>): Promise<void> {
    const start = performance.now();
    for (this.#lap = 0; this.#lap < most; this.#lap += 1) {
      if (this.#lap > this.#warmUp && performance.now() - start > this.#patience) return;
      await lap(this.#lap);
    }
  }

  /** How often a step is repeated in this lap, at most `most` times. */
  countOf(name: string, most: number): number {
    return Math.min(most, this.#counts.get(name) ?? this.#first);
  }

  /**
   * Prepares and times a step. `prepare` gets the number of repetitions, and says in its place how many there are when
   * there are fewer.
   */
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
   * Times a step that needs something done before each time: nanoseconds for one of `count` that it handles at a time.
   * It is repeated until they are {@link ENOUGH}, and a few times more if there is time for it: while V8 marks the old
   * generation it does a piece of that at each large allocation, as that of an array of 100,000, and whom a single one
   * hits is chance.
   */
  async apart(name: string, count: number, before: () => unknown, work: () => unknown): Promise<void> {
    const start = performance.now();
    let objects = 0;
    let sum = 0;
    for (
      let time = 0;
      objects < ENOUGH || (time < REPETITIONS && performance.now() - start < LAP_MILLISECONDS);
      time += 1
    ) {
      await before();
      // Watchers read what was written: that is not this step's.
      for (let turn = 0; turn < MICROTASKS; turn += 1) await Promise.resolve();
      sum += await timedAsync(1, () => Promise.resolve(work()));
      objects += count;
    }
    this.#note(name, sum, objects);
  }

  /** Times a step: nanoseconds for one of `count`. */
  async once(name: string, count: number, work: () => unknown): Promise<void> {
    fillYoung(this.#filling(name));
    const nanoseconds = await timedAsync(count, () => Promise.resolve(work()));
    this.#note(name, nanoseconds * count, count);
    this.#counts.set(name, Math.max(FEWEST, Math.floor((LAP_MILLISECONDS * 1e6) / nanoseconds)));
  }

  /** Nanoseconds by step. */
  figures(): Record<string, number> {
    return Object.fromEntries(
      [...this.#sums].map(([name, sums]) => [name, median(sums.map(({ nanoseconds, count }) => nanoseconds / count))]),
    );
  }

  /** Fillings that are spread evenly over the laps of a step, and different for each step. */
  #filling(name: string): number {
    return ((this.#lap + 1) * GOLDEN + name.length / 7) % 1;
  }

  #note(name: string, nanoseconds: number, count: number): void {
    const sum = { nanoseconds, count, laps: 1, warm: this.#lap < this.#warmUp };
    const sums = this.#sums.get(name);
    const last = sums?.at(-1);
    if (sums === undefined || last === undefined || last.warm) this.#sums.set(name, [sum]);
    else if (last.laps === TOGETHER) sums.push(sum);
    else {
      last.nanoseconds += nanoseconds;
      last.count += count;
      last.laps += 1;
    }
  }
}

/** Calls a method for each, one after the other; waits where it has to. */
export async function each<A>(given: readonly A[], call: (one: A) => unknown): Promise<void> {
  for (const one of given) {
    const done = call(one);
    if (done instanceof Promise) await done;
  }
}
