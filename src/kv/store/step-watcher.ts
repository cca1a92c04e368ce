import { onAbort } from '../../base/async/on-abort.ts';
import type { KvWatcher } from '../api/calls.ts';

/**
 * The watcher over a driver's steps. `fold` turns a step into the items to deliver, possibly none. The watcher reads
 * one step ahead, from its construction on: a watch begins with the call and not with its first read.
 */
export class StepWatcher<Step, T> implements KvWatcher<T> {
  readonly #source: AsyncIterator<Step>;
  readonly #fold: (step: Step) => readonly T[];
  readonly #stop = new AbortController();
  readonly #forgetSignal: (() => void) | undefined;
  readonly #onEnd: (watcher: StepWatcher<Step, T>) => void;
  #ready: T[] = [];
  #ahead: Promise<IteratorResult<Step>>;
  #turn: Promise<unknown> = Promise.resolve();
  #ended: { readonly error?: unknown } | undefined;

  constructor(
    follow: (signal: AbortSignal) => AsyncIterator<Step>,
    fold: (step: Step) => readonly T[],
    signal: AbortSignal | undefined,
    onEnd: (watcher: StepWatcher<Step, T>) => void,
  ) {
    this.#fold = fold;
    this.#onEnd = onEnd;
    this.#source = follow(this.#stop.signal);
    if (signal?.aborted === true) {
      this.#ahead = Promise.resolve({ done: true, value: undefined });
      this.#end({ error: signal.reason });
      return;
    }
    this.#ahead = this.#advance();
    if (signal !== undefined) this.#forgetSignal = onAbort(signal, () => this.#end({ error: signal.reason }));
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const turn = this.#turn.then(() => this.#take());
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  close(): void {
    this.#end({});
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  async #take(): Promise<IteratorResult<T, undefined>> {
    for (;;) {
      if (this.#ended !== undefined) return this.#last(this.#ended);
      const value = this.#ready.shift();
      if (value !== undefined) return { done: false, value };
      try {
        const step = await this.#ahead;
        if (this.#isOver()) continue;
        if (step.done === true) this.#end({});
        else {
          this.#ready = [...this.#fold(step.value)];
          this.#ahead = this.#advance();
        }
      } catch (error) {
        this.#end({ error });
      }
    }
  }

  #isOver(): boolean {
    return this.#ended !== undefined;
  }

  #advance(): Promise<IteratorResult<Step>> {
    const step = this.#source.next();
    // The reader gets the error. Until it reads, the rejection must not count as unhandled.
    step.catch(() => undefined);
    return step;
  }

  /** Throws the error once; after that the iteration is over. */
  #last(end: { readonly error?: unknown }): IteratorResult<T, undefined> {
    if (!('error' in end)) return { done: true, value: undefined };
    this.#ended = {};
    throw end.error;
  }

  #end(end: { readonly error?: unknown }): void {
    if (this.#ended !== undefined) return;
    this.#ended = end;
    this.#ready = [];
    this.#forgetSignal?.();
    this.#stop.abort();
    void this.#source.return?.().catch(() => undefined);
    this.#onEnd(this);
  }
}
