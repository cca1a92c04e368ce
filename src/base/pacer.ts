import { setImmediate } from 'node:timers/promises';

/**
 * For how long work goes on before others get a turn, in milliseconds. A collection of the young generation may come on
 * top, whose length is not ours.
 */
const SLICE_MS = 0.5;

/** Divides long work into slices, between which the event loop does what else there is. */
export class Pacer {
  readonly #signal: AbortSignal | undefined;
  readonly #sliceMs: number;
  #sliceEnd: number;

  constructor(signal: AbortSignal | undefined, sliceMs: number = SLICE_MS) {
    this.#signal = signal;
    this.#sliceMs = sliceMs;
    signal?.throwIfAborted();
    this.#sliceEnd = performance.now() + sliceMs;
  }

  /** True when it is time for {@link pause}. */
  get due(): boolean {
    return performance.now() >= this.#sliceEnd;
  }

  /** Lets others run. Rejects with the signal's reason once that aborted. */
  async pause(): Promise<void> {
    await setImmediate();
    this.#signal?.throwIfAborted();
    this.#sliceEnd = performance.now() + this.#sliceMs;
  }

  /** Does work in steps, with pauses where they are due. */
  async follow(steps: Iterable<void>): Promise<void> {
    for (const _ of steps) if (this.due) await this.pause();
  }
}
