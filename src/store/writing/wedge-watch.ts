import { background } from '../../base/host/background-timer.ts';
import type { WedgedEvent } from '../telling/lifecycle.ts';

/**
 * Watches how long the write lock is held across awaits. Starting and ending a hold costs a few assignments: one timer
 * serves all holds, and exists only while the lock is held.
 */
export class WedgeWatch {
  readonly #timeoutMs: number;
  readonly #report: (event: Omit<WedgedEvent, 'waiting'>) => void;
  #heldSince: number | undefined;
  #holder: WedgedEvent['holder'] = 'update';
  #callSite: string | undefined;
  #reported = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(timeoutMs: number, report: (event: Omit<WedgedEvent, 'waiting'>) => void) {
    this.#timeoutMs = timeoutMs;
    this.#report = report;
  }

  /** How long the lock has been held, in milliseconds; 0 when it is free. */
  get heldMs(): number {
    return this.#heldSince === undefined ? 0 : performance.now() - this.#heldSince;
  }

  get wedged(): boolean {
    return this.heldMs > this.#timeoutMs;
  }

  start(holder: WedgedEvent['holder'], callSite: string | undefined): void {
    this.#heldSince = performance.now();
    this.#holder = holder;
    this.#callSite = callSite;
    this.#reported = false;
    if (this.#timer === undefined) this.#arm(this.#timeoutMs);
  }

  stop(): void {
    this.#heldSince = undefined;
    this.#callSite = undefined;
  }

  #arm(delay: number): void {
    if (!Number.isFinite(delay)) return;
    // A little later than the limit, so that the lock counts as wedged when the timer fires.
    this.#timer = background(
      setTimeout(
        () => {
          this.#look();
        },
        Math.min(delay + 1, 2 ** 31 - 1),
      ),
    );
  }

  #look(): void {
    this.#timer = undefined;
    const { heldMs } = this;
    if (this.#heldSince === undefined || this.#reported) return;
    if (!this.wedged) {
      this.#arm(this.#timeoutMs - heldMs);
      return;
    }
    this.#reported = true;
    this.#report({
      heldMs,
      holder: this.#holder,
      ...(this.#callSite === undefined ? {} : { callSite: this.#callSite }),
    });
  }
}
