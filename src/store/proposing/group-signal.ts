import { onAbort } from '../../base/async/on-abort.ts';
import type { UpdateJob } from '../writing/update-job.ts';

/** A signal for a group of updates: it aborts when the signals of all callers have, or when the store closes. */
export class GroupSignal {
  readonly #jobs: readonly UpdateJob[];
  readonly #closing: AbortSignal;
  readonly #controller = new AbortController();
  readonly #stopListening: readonly (() => void)[];

  constructor(jobs: readonly UpdateJob[], closing: AbortSignal) {
    this.#jobs = jobs;
    this.#closing = closing;
    const signals = new Set([closing, ...jobs.flatMap((job) => job.signal ?? [])]);
    this.#stopListening = [...signals].map((signal) => onAbort(signal, this.#look));
    this.#look();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  release(): void {
    for (const stop of this.#stopListening) stop();
  }

  readonly #look = (): void => {
    if (this.#closing.aborted) this.#controller.abort(this.#closing.reason);
    else if (this.#jobs.every((job) => job.signal?.aborted === true))
      this.#controller.abort(this.#jobs[0]?.signal?.reason);
  };
}
