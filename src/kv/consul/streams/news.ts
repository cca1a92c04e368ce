import { onAbort } from '../../../base/async/on-abort.ts';
import type { DriverTarget } from '../../backend/driver.ts';
import type { ConsulPulse, Listener } from './pulse.ts';

/** The news of one stream: how it waits for the next change. */
export class News implements Listener {
  readonly #forget: () => void;
  #isFresh = false;
  #problem: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(pulse: ConsulPulse, target: DriverTarget, signal: AbortSignal) {
    const silence = pulse.listen(target, this);
    const forget = onAbort(signal, () => this.#wake?.());
    this.#forget = () => {
      silence();
      forget();
    };
  }

  wake(): void {
    this.#isFresh = true;
    this.#wake?.();
  }

  fail(problem: Error): void {
    this.#problem = problem;
    this.#wake?.();
  }

  /** Resolves after a change that came since the last call, or when the signal aborts. Rejects when none can come. */
  async next(signal: AbortSignal): Promise<void> {
    if (!this.#isFresh && this.#problem === undefined && !signal.aborted)
      await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
    if (signal.aborted) return;
    if (this.#problem !== undefined) throw this.#problem;
    this.#isFresh = false;
  }

  close(): void {
    this.#forget();
  }
}
