import type { Clock } from '../clock.ts';

/**
 * The keys that a loop has to look at: now, or at a time of their own. A key that is added ten times before it is taken is taken once, so the
 * queue is never longer than there are objects, however fast the store changes.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #ready = new Set<string>();
  readonly #due = new Map<string, number>();
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Has a key looked at as soon as possible. */
  add(key: string): void {
    this.#ready.add(key);
    this.#wake?.();
  }

  /** Has a key looked at from `time` on, instead of whatever time was set before; undefined: not before something happens. */
  setDue(key: string, time: number | undefined): void {
    if (time === undefined) this.#due.delete(key);
    else this.#due.set(key, time);
  }

  /** Resolves to the keys to look at, as soon as there are any; to none once the queue is closed. */
  async take(): Promise<readonly string[]> {
    while (!this.#closed) {
      const now = this.#clock.now();
      for (const [key, time] of this.#due) {
        if (time > now) continue;
        this.#due.delete(key);
        this.#ready.add(key);
      }
      if (this.#ready.size > 0) {
        const keys = [...this.#ready];
        this.#ready.clear();
        return keys;
      }
      await this.#sleep();
    }
    return [];
  }

  /** Ends the queue; whoever waits in {@link take} gets nothing. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  async #sleep(): Promise<void> {
    let cancel: (() => void) | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      let next = Infinity;
      for (const time of this.#due.values()) next = Math.min(next, time);
      if (next !== Infinity) cancel = this.#clock.callAt(next, resolve);
    });
    this.#wake = undefined;
    cancel?.();
  }
}
