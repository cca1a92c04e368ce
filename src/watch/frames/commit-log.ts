import type { Frame, FrameSource } from './frame.ts';
import { frameSize } from './frame.ts';
import { MinHeap } from './min-heap.ts';
import { overflowError } from './overflow.ts';

/**
 * A place between two commits. It holds what follows and not what came before, so that the last commit is not kept when
 * everybody has read it.
 */
interface Place {
  /** How many events were published before it. */
  readonly end: number;
  next: { readonly frame: Frame; readonly place: Place } | undefined;
}

/**
 * The commits that watchers without selectors share: a linked list into which each watcher holds a cursor, so that
 * publishing costs the same however many of them there are, and what all of them have read is garbage.
 *
 * A cursor that falls behind by more than its limit would hold back the rest of the list. Which cursors could be that
 * far behind is known without looking at them all: a heap keeps, for each, a number of events before which it cannot
 * be.
 */
export class CommitLog {
  #tail: Place = { end: 0, next: undefined };
  readonly #lagging = new MinHeap<LogCursor>();
  /** How many cursors in the heap are closed. */
  #closed = 0;
  readonly #listeners = new Set<() => void>();
  #wakeScheduled = false;
  #sealed: { readonly error?: unknown } | undefined;

  /** A cursor that sees the commits from here on. */
  cursor(limit: number): LogCursor {
    const cursor = new LogCursor(this, this.#tail, limit);
    this.#lagging.push(cursor.overflowsBeyond, cursor);
    return cursor;
  }

  /** How many events were published. */
  get published(): number {
    return this.#tail.end;
  }

  /** The largest number of events that wait for a cursor. O(cursors). */
  get largestLag(): number {
    return this.#lagging
      .items()
      .reduce((largest, cursor) => (cursor.closed ? largest : Math.max(largest, cursor.lag)), 0);
  }

  /** O(1), and O(log n) for each cursor that may overflow. */
  append(frame: Frame): void {
    const before = this.#tail;
    const place: Place = { end: before.end + frameSize(frame), next: undefined };
    const checked: LogCursor[] = [];
    while (this.#lagging.smallest < place.end) {
      const cursor = this.#lagging.pop();
      if (cursor === undefined) break;
      if (cursor.closed) this.#closed -= 1;
      else if (cursor.overflowsBeyond < place.end && cursor.behind(before.end)) cursor.overflow();
      else checked.push(cursor);
    }
    for (const cursor of checked) this.#lagging.push(cursor.overflowsBeyond, cursor);
    before.next = { frame, place };
    this.#tail = place;
    this.#wake();
  }

  /** A cursor that was in the list was closed. The heap is cleared of such when they are half of it. */
  left(): void {
    this.#closed += 1;
    if (2 * this.#closed <= this.#lagging.size) return;
    this.#lagging.retain((cursor) => !cursor.closed);
    this.#closed = 0;
  }

  /** No commit follows any more. */
  seal(): void {
    this.#sealed = {};
    this.#wake();
  }

  get sealed(): { readonly error?: unknown } | undefined {
    return this.#sealed;
  }

  listen(wake: () => void): void {
    this.#listeners.add(wake);
    if (this.#sealed !== undefined) this.#wake();
  }

  unlisten(wake: () => void): void {
    this.#listeners.delete(wake);
  }

  /** Watchers are woken by one task of their own, so that a commit does not pay for their number. */
  #wake(): void {
    if (this.#wakeScheduled || this.#listeners.size === 0) return;
    this.#wakeScheduled = true;
    queueMicrotask(() => {
      this.#wakeScheduled = false;
      const listeners = [...this.#listeners];
      this.#listeners.clear();
      for (const wake of listeners) wake();
    });
  }
}

/** A watcher's place in a {@link CommitLog}. */
class LogCursor implements FrameSource {
  readonly #log: CommitLog;
  readonly #limit: number;
  /** Behind the commit that was taken last. Undefined once the cursor is closed or has left the list. */
  #place: Place | undefined;
  /** How many of the published events were read. */
  #read: number;
  /** After an overflow: what was waiting. The cursor does not hold on to the list any more. */
  #rest: Frame[] = [];
  #sealed: { readonly error?: unknown } | undefined;
  #listener: (() => void) | undefined;

  constructor(log: CommitLog, place: Place, limit: number) {
    this.#log = log;
    this.#place = place;
    this.#read = place.end;
    this.#limit = limit;
  }

  get closed(): boolean {
    return this.#place === undefined;
  }

  get sealed(): { readonly error?: unknown } | undefined {
    return this.#sealed ?? this.#log.sealed;
  }

  /** The cursor overflows at the first frame that ends beyond this number of events, if any event waits then. */
  get overflowsBeyond(): number {
    return this.#read + this.#limit;
  }

  get lag(): number {
    return this.#log.published - this.#read;
  }

  /** True when events before this number wait to be read. */
  behind(end: number): boolean {
    return this.#read < end;
  }

  take(): Frame | undefined {
    if (this.#place === undefined) return this.#rest.shift();
    const { next } = this.#place;
    if (next === undefined) return undefined;
    this.#place = next.place;
    return next.frame;
  }

  consumed(events: number): void {
    this.#read += events;
  }

  listen(wake: () => void): void {
    this.#listener = wake;
    if (this.#sealed === undefined) this.#log.listen(wake);
    else queueMicrotask(wake);
  }

  overflow(): void {
    const rest: Frame[] = [];
    for (let next = this.#place?.next; next !== undefined; next = next.place.next) rest.push(next.frame);
    this.#rest = rest;
    this.#place = undefined;
    this.#sealed = { error: overflowError(this.#limit) };
  }

  close(): void {
    const listed = this.#place !== undefined;
    this.#place = undefined;
    this.#rest = [];
    this.#sealed ??= {};
    // The heap may know the cursor for a while; it shall not hold the watcher.
    if (this.#listener !== undefined) this.#log.unlisten(this.#listener);
    this.#listener = undefined;
    if (listed) this.#log.left();
  }
}
