import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../src/base/clock.ts';
import { SeededRandom } from '../../src/testing/random/seeded-random.ts';

interface SimulatedEvent {
  readonly time: number;
  /** Events of the same time happen in a seeded order, not in that of their making. */
  readonly tie: number;
  readonly label: string;
  readonly run: () => void;
}

/**
 * Virtual time. Everything that happens in a simulation is an event here, and all microtasks that an event causes run
 * before the next one. So a seed decides every order, and a run is the same each time.
 */
export class Scheduler {
  readonly random: SeededRandom;
  readonly #waiting = new Set<SimulatedEvent>();
  readonly #trace = createHash('sha256');
  readonly #onNote: ((line: string) => void) | undefined;
  #now = 1_000_000;
  #count = 0;

  /** `onNote` gets each line of the trace. */
  constructor(seed: number, onNote?: (line: string) => void) {
    this.#onNote = onNote;
    this.random = new SeededRandom(seed);
  }

  get now(): number {
    return this.#now;
  }

  /** How many events have happened. */
  get count(): number {
    return this.#count;
  }

  /** The labels of the events that wait, for a run that does not end. */
  get waiting(): readonly string[] {
    return [...this.#waiting].map(({ label }) => label);
  }

  /** The hash of everything that happened: equal for two runs of a seed. */
  get traceHash(): string {
    return this.#trace.copy().digest('hex').slice(0, 16);
  }

  /** Adds a line to the trace. */
  note(text: string): void {
    const line = `${this.#now.toFixed(3)} ${text}`;
    this.#trace.update(line).update('\n');
    this.#onNote?.(line);
  }

  /** Runs the function once, after some milliseconds. Returns the function that cancels it. */
  after(milliseconds: number, label: string, run: () => void): () => void {
    const event = { time: this.#now + Math.max(0, milliseconds), tie: this.random.next(), label, run };
    this.#waiting.add(event);
    return () => {
      this.#waiting.delete(event);
    };
  }

  /** A random number of milliseconds: mostly short, now and then long. */
  latency(most: number): number {
    const drawn = this.random.next();
    return drawn * drawn * drawn * most;
  }

  chance(probability: number): boolean {
    return this.random.next() < probability;
  }

  /** A clock of which every time comes. */
  clock(label: string): Clock {
    return {
      now: () => this.#now,
      callAt: (time, callback) => this.after(time - this.#now, label, callback),
    };
  }

  /** Lets events happen until `done` holds. Throws when there is none left, or too many happened. */
  async until(done: () => boolean, what: string, most: number): Promise<void> {
    await settled();
    for (let events = 0; !done(); events += 1) {
      const next = this.#next();
      if (next === undefined) throw new Error(`nothing happens any more: ${what}`);
      if (events > most)
        throw new Error(`${most} events were not enough: ${what}; waiting: ${this.waiting.join(', ')}`);
      this.#waiting.delete(next);
      this.#now = Math.max(this.#now, next.time);
      this.#count += 1;
      this.note(next.label);
      next.run();
      await settled();
    }
  }

  #next(): SimulatedEvent | undefined {
    let next: SimulatedEvent | undefined;
    for (const event of this.#waiting) {
      if (next === undefined || event.time < next.time || (event.time === next.time && event.tie < next.tie)) {
        next = event;
      }
    }
    return next;
  }
}

/**
 * Resolves when all microtasks have run. A store gives the event loop a turn after some milliseconds of real time; such
 * a store has gone on, too.
 */
async function settled(): Promise<void> {
  await nextTurn();
  await nextTurn();
}
