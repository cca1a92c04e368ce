import type { UpdateJob } from '../writing/update-job.ts';

/** A signal for a group of updates: it aborts when the signals of all callers have, or when the store closes. */
export class GroupSignal {
  readonly #jobs: readonly UpdateJob[];
  readonly #closing: AbortSignal;
  readonly #controller = new AbortController();

  constructor(jobs: readonly UpdateJob[], closing: AbortSignal) {
    this.#jobs = jobs;
    this.#closing = closing;
    for (const job of jobs) job.signal?.addEventListener('abort', this.#look);
    closing.addEventListener('abort', this.#look);
    this.#look();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  release(): void {
    for (const job of this.#jobs) job.signal?.removeEventListener('abort', this.#look);
    this.#closing.removeEventListener('abort', this.#look);
  }

  readonly #look = (): void => {
    if (this.#closing.aborted) this.#controller.abort(this.#closing.reason);
    else if (this.#jobs.every((job) => job.signal?.aborted === true))
      this.#controller.abort(this.#jobs[0]?.signal?.reason);
  };
}
