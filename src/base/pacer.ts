import { afterTurn } from './scheduling/after-turn.ts';

/** The length of a slice of long work, in milliseconds. A garbage collection may come on top of it. */
const SLICE_MS = 0.5;

/** Rows between two looks at the clock: reading the clock costs about as much as a small row. */
export const ROWS_PER_STEP = 16;

/** Divides long work into slices. Between two slices the event loop runs everything else that is due. */
export class Pacer {
  readonly #signal: AbortSignal | undefined;
  readonly #sliceMs: number;
  #sliceEnd: number;
  #rows = 0;

  /** Throws the signal's reason where the signal has aborted. */
  constructor(signal: AbortSignal | undefined, sliceMs: number = SLICE_MS) {
    this.#signal = signal;
    this.#sliceMs = sliceMs;
    this.throwIfAborted();
    this.#sliceEnd = performance.now() + sliceMs;
  }

  /** Throws the signal's reason where the signal has aborted. */
  throwIfAborted(): void {
    this.#signal?.throwIfAborted();
  }

  /** True when the slice has ended and {@link pause} is due. Reads the clock. */
  get due(): boolean {
    return performance.now() >= this.#sliceEnd;
  }

  /** Counts a row, and gives {@link due} once in {@link ROWS_PER_STEP} rows. */
  rowDone(): boolean {
    this.#rows += 1;
    return this.#rows % ROWS_PER_STEP === 0 && this.due;
  }

  /** Gives the event loop a turn. Rejects with the signal's reason where the signal has aborted. */
  async pause(): Promise<void> {
    await new Promise<void>(afterTurn);
    this.throwIfAborted();
    this.#sliceEnd = performance.now() + this.#sliceMs;
  }

  /** Drains `steps`, and pauses between two steps where a pause is due. */
  async follow(steps: Iterable<void>): Promise<void> {
    for (const _ of steps) if (this.due) await this.pause();
  }
}
