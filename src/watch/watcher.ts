import type { Commit, StoreEvent } from '../model/events.ts';
import type { Frame, FrameSource } from './frames/frame.ts';
import { eventAt } from './frames/frame.ts';

/**
 * A read that waits for something to come. There may be a great many, one for each watcher, for a long time: it holds
 * no more than it needs.
 */
type Reader = (
  | { readonly reads: 'event'; readonly resolve: (result: IteratorResult<StoreEvent, undefined>) => void }
  | { readonly reads: 'commit'; readonly resolve: (result: IteratorResult<Commit, undefined>) => void }
) & {
  readonly reject: (error: unknown) => void;
  /** The read that waits behind it. */
  next: Reader | undefined;
};

/**
 * A stream of what happens in a store: iterate it for single events, or {@link commits} for a transaction at a time.
 * There is one stream: what one iterator takes, the other does not see.
 *
 * It ends in order when the store closes, after what was not read yet, and at once with {@link close}, when its
 * iterator returns (a `break`) or its signal aborts (then it rejects with the signal's reason). It rejects with
 * `ERR_WATCH_OVERFLOW` when it was not read in time, after what fitted.
 *
 * @example
 * ```ts
 * import { MemoryStore, byNodeId } from 'swarmstate';
 *
 * const store = new MemoryStore();
 * await using watcher = store.watch({ events: [{ kind: 'task', by: byNodeId('node-1') }] });
 * await store.update((tx) => tx.tasks.create({ id: 'task-1', nodeId: 'node-1' }));
 * for await (const event of watcher) {
 *   console.log(event.action);
 *   break;
 * }
 * ```
 */
export class Watcher implements AsyncIterableIterator<StoreEvent, undefined, undefined>, AsyncDisposable, Disposable {
  readonly #source: FrameSource;
  readonly #onEnd: () => void;
  /** The reads that wait, in their order. */
  #firstReader: Reader | undefined;
  #lastReader: Reader | undefined;
  /** The frame that is being read, and how many of its events were. */
  #frame: Frame | undefined;
  #position = 0;
  /** Set once the end was told to the reader, or nobody is to be told any more. */
  #ended = false;
  /** Set when the watcher ended at once, with what was not read yet dropped. */
  #cut: { readonly error?: unknown } | undefined;
  readonly #signal: AbortSignal | undefined;

  /** @internal Watchers are made by `store.watch` and `store.viewAndWatch`. */
  constructor(source: FrameSource, signal: AbortSignal | undefined, onEnd: () => void) {
    this.#source = source;
    this.#onEnd = onEnd;
    this.#signal = signal;
    if (signal?.aborted === true) this.#abort();
    else signal?.addEventListener('abort', this.#abort);
  }

  /** The next event; `done` when the watcher has ended. */
  next(): Promise<IteratorResult<StoreEvent, undefined>> {
    const event = this.#readable ? this.#takeEvent() : undefined;
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    return new Promise((resolve, reject) => {
      this.#wait({ reads: 'event', resolve, reject, next: undefined });
    });
  }

  /** Closes the watcher; `for await` calls it when the loop is left. */
  return(): Promise<IteratorResult<StoreEvent, undefined>> {
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /**
   * The same stream, a transaction at a time: its version, where transactions are numbered, and the selected changes of
   * objects, in order. A transaction of which nothing was selected is left out, unless commits are selected.
   */
  commits(): AsyncIterableIterator<Commit, undefined, undefined> {
    const iterator: AsyncIterableIterator<Commit, undefined, undefined> = {
      next: () => {
        const commit = this.#readable ? this.#takeCommit() : undefined;
        if (commit !== undefined) return Promise.resolve({ done: false, value: commit });
        return new Promise((resolve, reject) => {
          this.#wait({ reads: 'commit', resolve, reject, next: undefined });
        });
      },
      return: () => {
        this.close();
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  /** Ends the watcher at once; what was not read yet is dropped. Closing again does nothing. */
  close(): void {
    this.#end({});
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  readonly #abort = (): void => {
    this.#end({ error: this.#signal?.reason });
  };

  #end(cut: { readonly error?: unknown }): void {
    if (this.#cut !== undefined || this.#ended) return;
    this.#cut = cut;
    this.#frame = undefined;
    this.#source.close();
    this.#release();
    this.#serve();
  }

  /** Lets go of everything that holds on to the watcher. */
  #release(): void {
    this.#signal?.removeEventListener('abort', this.#abort);
    this.#onEnd();
  }

  /**
   * True when a read may take what is there: reads are served in their order, so one that finds another waiting queues
   * behind it.
   */
  get #readable(): boolean {
    return this.#firstReader === undefined && this.#cut === undefined && !this.#ended;
  }

  /** A read that found nothing, or others waiting. */
  #wait(reader: Reader): void {
    if (this.#lastReader !== undefined) {
      this.#lastReader.next = reader;
      this.#lastReader = reader;
    } else if (!this.#settle(reader)) {
      this.#firstReader = this.#lastReader = reader;
      this.#source.listen(this.#serve);
    }
  }

  readonly #serve = (): void => {
    for (let reader = this.#firstReader; reader !== undefined; reader = this.#firstReader) {
      if (!this.#settle(reader)) {
        this.#source.listen(this.#serve);
        return;
      }
      this.#firstReader = reader.next;
      if (reader.next === undefined) this.#lastReader = undefined;
    }
  };

  /** Settles a read if that can be; true when it did. */
  #settle(reader: Reader): boolean {
    if (this.#cut === undefined && !this.#ended && this.#give(reader)) return true;
    const end = this.#cut ?? this.#source.sealed;
    if (end === undefined) return false;
    // The error is told once; after it the stream is simply over.
    if (!this.#ended && 'error' in end) reader.reject(end.error);
    else reader.resolve({ done: true, value: undefined });
    if (!this.#ended && this.#cut === undefined) this.#release();
    this.#ended = true;
    return true;
  }

  /** Gives a read what is there, if anything is. */
  #give(reader: Reader): boolean {
    if (reader.reads === 'event') {
      const value = this.#takeEvent();
      if (value !== undefined) reader.resolve({ done: false, value });
      return value !== undefined;
    }
    const value = this.#takeCommit();
    if (value !== undefined) reader.resolve({ done: false, value });
    return value !== undefined;
  }

  #takeEvent(): StoreEvent | undefined {
    for (;;) {
      this.#frame ??= this.#nextFrame();
      if (this.#frame === undefined) return undefined;
      const event = eventAt(this.#frame, this.#position);
      if (event !== undefined) {
        this.#position += 1;
        this.#source.consumed(1);
        // A frame that was read is not kept for the sake of the next.
        if (eventAt(this.#frame, this.#position) === undefined) this.#frame = undefined;
        return event;
      }
      this.#frame = undefined;
    }
  }

  /** A whole frame; of one whose first events were read already, the rest. */
  #takeCommit(): Commit | undefined {
    for (;;) {
      const frame = this.#frame ?? this.#nextFrame();
      if (frame === undefined) return undefined;
      this.#frame = undefined;
      const { commit, commitEvent } = frame;
      const events = this.#position === 0 ? commit.events : Object.freeze(commit.events.slice(this.#position));
      this.#source.consumed(commit.events.length + (commitEvent === undefined ? 0 : 1) - this.#position);
      if (this.#position === 0) return commit;
      if (events.length > 0) return Object.freeze({ ...commit, events });
    }
  }

  #nextFrame(): Frame | undefined {
    this.#position = 0;
    return this.#source.take();
  }
}
