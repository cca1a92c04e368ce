import { onAbort } from '../base/async/on-abort.ts';
import { nextTurn, turnIsDue } from '../base/scheduling/turns.ts';
import type { Commit, StoreEvent } from '../model/events.ts';
import type { Frame, FrameSource } from './frames/frame.ts';
import { eventAt } from './frames/frame.ts';

/**
 * A read that waits for an event or a commit. Most watchers have a waiting read most of the time, so it takes as little
 * memory as it can.
 */
type Reader = (
  | { readonly reads: 'event'; readonly resolve: (result: IteratorResult<StoreEvent, undefined>) => void }
  | { readonly reads: 'commit'; readonly resolve: (result: IteratorResult<Commit, undefined>) => void }
) & {
  readonly reject: (error: unknown) => void;
  /** The read that was started after this one. */
  next: Reader | undefined;
};

/** Reads between two looks at the clock, which would be a good part of a read. A shorter buffer is read without one. */
const READS_PER_LOOK = 16;

/**
 * A stream of a store's events: iterate the watcher for single events, or {@link commits} for whole transactions. Both
 * read from the same stream, so an event that one iterator takes does not come to the other.
 *
 * The stream ends after the unread events when the store closes. {@link close}, a `break` out of the iteration and the
 * signal end the stream at once. After the signal, the iteration rejects with the signal's reason. A watcher that is
 * read too slowly rejects with `ERR_WATCH_OVERFLOW`, after the events that were within its limit.
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
  /** The waiting reads, in the order in which they were started: a linked list. */
  #firstReader: Reader | undefined;
  #lastReader: Reader | undefined;
  /** The frame that is being read, and the position of its next event. */
  #frame: Frame | undefined;
  #position = 0;
  /** The reads since the last look at the clock. */
  #reads = 0;
  /** True once a read was settled with the end of the stream: later reads are `done`. */
  #ended = false;
  /** Set when the watcher ended at once and dropped its unread events; `error` is the reason, if any. */
  #cut: { readonly error?: unknown } | undefined;
  readonly #signal: AbortSignal | undefined;
  #stopListening: (() => void) | undefined;
  #released = false;

  /** @internal Watchers are made by `store.watch` and `store.viewAndWatch`. */
  constructor(source: FrameSource, signal: AbortSignal | undefined, onEnd: () => void) {
    this.#source = source;
    this.#onEnd = onEnd;
    this.#signal = signal;
    source.whenSealed(this.#release);
    if (signal?.aborted === true) this.#abort();
    else if (signal !== undefined && !this.#released) this.#stopListening = onAbort(signal, this.#abort);
  }

  /** The next event; `done` when the watcher has ended. */
  next(): Promise<IteratorResult<StoreEvent, undefined>> {
    if (this.#released) this.#noticeAbort();
    const turn = this.#turnIsDue();
    const event = this.#readable && !turn ? this.#takeEvent() : undefined;
    if (event !== undefined) return Promise.resolve({ done: false, value: event });
    return new Promise((resolve, reject) => {
      this.#wait({ reads: 'event', resolve, reject, next: undefined }, turn);
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
   * The same stream, one transaction at a time: its version, where transactions are numbered, and the selected changes
   * in order. A transaction without a selected change is left out, unless commits are selected.
   */
  commits(): AsyncIterableIterator<Commit, undefined, undefined> {
    const iterator: AsyncIterableIterator<Commit, undefined, undefined> = {
      next: () => {
        if (this.#released) this.#noticeAbort();
        const turn = this.#turnIsDue();
        const commit = this.#readable && !turn ? this.#takeCommit() : undefined;
        if (commit !== undefined) return Promise.resolve({ done: false, value: commit });
        return new Promise((resolve, reject) => {
          this.#wait({ reads: 'commit', resolve, reject, next: undefined }, turn);
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

  /** Ends the watcher at once and drops its unread events. Closing again does nothing. */
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

  /**
   * Removes the watcher from the signal and the store, which refer to it: as soon as no event can come any more, though
   * events may wait to be read.
   */
  readonly #release = (): void => {
    if (this.#released) return;
    this.#released = true;
    this.#stopListening?.();
    this.#stopListening = undefined;
    this.#onEnd();
  };

  /** A released watcher does not hear of an abort: its next read looks. */
  #noticeAbort(): void {
    if (this.#released && this.#signal?.aborted === true) this.#abort();
  }

  /**
   * True when a new read may be served at once. Reads are served in their order, so a read waits while an earlier one
   * waits.
   */
  get #readable(): boolean {
    return this.#firstReader === undefined && this.#cut === undefined && !this.#ended;
  }

  /**
   * True when the event loop has had no turn for some milliseconds. The read waits for one then: a loop over a long
   * buffer would starve timers and sockets.
   */
  #turnIsDue(): boolean {
    this.#reads = (this.#reads + 1) % READS_PER_LOOK;
    return this.#reads === 0 && turnIsDue();
  }

  /** Adds a read to the waiting ones, unless it can be settled at once. With `turn`, it waits for a turn at least. */
  #wait(reader: Reader, turn: boolean): void {
    if (this.#lastReader !== undefined) {
      this.#lastReader.next = reader;
      this.#lastReader = reader;
    } else if (turn && this.#readable) {
      this.#firstReader = this.#lastReader = reader;
      void nextTurn().then(this.#serve);
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

  /** Settles a read with an event, a commit or the end. False when none of them is there. */
  #settle(reader: Reader): boolean {
    if (this.#cut === undefined && !this.#ended && this.#give(reader)) return true;
    const end = this.#cut ?? this.#source.sealed;
    if (end === undefined) return false;
    // Only one read rejects with the error; reads after it are `done`.
    if (!this.#ended && 'error' in end) reader.reject(end.error);
    else reader.resolve({ done: true, value: undefined });
    this.#release();
    this.#ended = true;
    return true;
  }

  /** Settles a read with an event or a commit. False when none is there. */
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
        // A frame is released with its last event, not with the next read.
        if (eventAt(this.#frame, this.#position) === undefined) this.#frame = undefined;
        return event;
      }
      this.#frame = undefined;
    }
  }

  /** The next commit, without the events of it that were read as single events. */
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
