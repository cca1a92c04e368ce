import type { Clock } from '../base/clock.ts';
import { isolated } from '../base/isolated.ts';

/** Calls the requested functions after commits, at most once in an interval. */
export class Refreshes {
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #pending = new Set<() => void>();
  #last = -Infinity;
  #cancel: (() => void) | undefined;
  #count = 0;

  /** `interval` is in milliseconds; 0 means after each commit. */
  constructor(clock: Clock, interval: number) {
    this.#clock = clock;
    this.#interval = interval;
  }

  /** The number of calls so far. */
  get count(): number {
    return this.#count;
  }

  request(refresh: () => void): void {
    this.#pending.add(refresh);
  }

  commitEnded(): void {
    if (this.#pending.size === 0 || this.#cancel !== undefined) return;
    const due = this.#last + this.#interval;
    if (this.#clock.now() >= due) this.flush();
    else this.#cancel = this.#clock.callAt(due, this.flush);
  }

  readonly flush = (): void => {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#last = this.#clock.now();
    for (const refresh of this.#pending) {
      this.#pending.delete(refresh);
      this.#count += 1;
      isolated(refresh);
    }
  };

  /** Drops the requested calls. */
  close(): void {
    this.#cancel?.();
    this.#pending.clear();
  }
}
