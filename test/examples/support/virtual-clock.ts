import type { Clock } from 'swarmstate/cache';

interface Timer {
  readonly time: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test turns it. */
export class VirtualClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();

  constructor(now = 1_700_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  callAt(time: number, callback: () => void): () => void {
    const timer = { time, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** When the next timer is due; undefined when nobody waits for any. */
  get next(): number | undefined {
    let next: number | undefined;
    for (const { time } of this.#timers) next = Math.min(time, next ?? Infinity);
    return next;
  }

  /** Turns to `time` and runs what is due until then, the earliest first. */
  turnTo(time: number): void {
    this.#now = Math.max(this.#now, time);
    const due = [...this.#timers].filter((timer) => timer.time <= this.#now).sort((a, b) => a.time - b.time);
    for (const timer of due) {
      this.#timers.delete(timer);
      timer.callback();
    }
  }
}
