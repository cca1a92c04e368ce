import { setImmediate } from 'node:timers';
import { turnIsAwaited } from '../base/scheduling/turns.ts';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/**
 * Virtual time in ticks, because nothing in the test kit waits for a real clock. By itself, a tick passes with each
 * microtask. By hand, ticks pass with {@link tick} and {@link settle}, so that a test can stop between any two steps.
 */
export class Ticks {
  readonly #byHand: boolean;
  #now = 0;
  #sleepers: Sleeper[] = [];
  #running = false;

  constructor(byHand: boolean) {
    this.#byHand = byHand;
  }

  /**
   * Resolves after that many ticks, or at once for 0. Calls that end with the same tick resolve in the order of the
   * calls.
   */
  async wait(count: number): Promise<void> {
    if (count <= 0) return;
    await new Promise<void>((wake) => {
      this.#sleepers.push({ until: this.#now + count, wake });
      if (!this.#byHand && !this.#running) this.#run();
    });
  }

  /** Lets one tick pass. */
  tick(): void {
    this.#now += 1;
    const due = this.#sleepers.filter(({ until }) => until <= this.#now);
    this.#sleepers = this.#sleepers.filter(({ until }) => until > this.#now);
    for (const { wake } of due) wake();
  }

  /** Lets ticks pass until nothing waits for a tick and all microtasks that follow have run. */
  async settle(): Promise<void> {
    for (;;) {
      await microtasksDone();
      if (this.#sleepers.length === 0) return;
      this.tick();
    }
  }

  #run(): void {
    this.#running = true;
    queueMicrotask(() => {
      this.tick();
      if (this.#sleepers.length > 0) this.#run();
      else this.#running = false;
    });
  }
}

/**
 * Resolves when the queued microtasks and all that follow from them have run. A loop of the store or of a watcher that
 * gave the event loop its turn meanwhile goes on first.
 */
export async function microtasksDone(): Promise<void> {
  do await new Promise<void>((resolve) => void setImmediate(resolve));
  while (turnIsAwaited());
}
