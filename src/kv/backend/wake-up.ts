/**
 * Wakes the watches of a store after a change. Each call of `notify` ends the waits that began before it, and no later
 * ones: call `wait` first, then look at the state, then await.
 *
 * @example
 * ```ts
 * import { WakeUp } from 'swarmstate/kv/backend';
 *
 * const changed = new WakeUp();
 * let revision = 0;
 * async function* revisions(signal: AbortSignal): AsyncGenerator<number, void> {
 *   while (!signal.aborted) {
 *     const next = changed.wait(signal); // before the look, so that no change is missed
 *     yield revision;
 *     await next;
 *   }
 * }
 * function write(): void {
 *   revision++;
 *   changed.notify();
 * }
 * ```
 */
export class WakeUp {
  #waiting = new Set<() => void>();

  /** Ends all current waits. */
  notify(): void {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const wake of waiting) wake();
  }

  /** Resolves at the next `notify`, or when the signal aborts. Leaves no listener on the signal. */
  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      if (signal.aborted) {
        resolve();
        return;
      }
      signal.addEventListener('abort', wake);
      this.#waiting.add(wake);
    });
  }
}
