import { promiseJob } from '../../base/async/promise-job.ts';
import type { Frame, FrameSource } from './frame.ts';
import { frameSize } from './frame.ts';
import { MinHeap } from './min-heap.ts';
import { overflowError } from './overflow.ts';

/**
 * A point between two commits. A point leads to the commit after it and not to the commit before it. So every commit
 * that all cursors have read is garbage, the last one too.
 */
interface Point {
  /** The number of events that were published before this point. */
  readonly end: number;
  next: { readonly frame: Frame; readonly after: Point } | undefined;
}

/**
 * The commits that watchers without selectors share: a linked list, with a cursor into it for each watcher. The cost of
 * publishing does not depend on the number of watchers, and commits that all watchers have read are garbage.
 *
 * A cursor that falls behind by more than its limit overflows, because it would keep all later commits in memory. A
 * heap finds these cursors without a look at the others. The rank of a cursor is a number of published events up to
 * which the cursor cannot overflow.
 */
export class CommitLog {
  #tail: Point = { end: 0, next: undefined };
  readonly #lagging = new MinHeap<LogCursor>();
  /** The number of closed cursors in the heap. */
  #closed = 0;
  readonly #listeners = new Set<() => void>();
  #wakeScheduled = false;
  #sealed: { readonly error?: unknown } | undefined;

  /** A cursor that reads the commits published from now on. */
  cursor(limit: number): LogCursor {
    const cursor = new LogCursor(this, this.#tail, limit);
    this.#lagging.push(cursor.overflowsBeyond, cursor);
    return cursor;
  }

  /** The number of events that were published. */
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
    const after: Point = { end: before.end + frameSize(frame), next: undefined };
    const checked: LogCursor[] = [];
    while (this.#lagging.smallest < after.end) {
      const cursor = this.#lagging.pop();
      if (cursor === undefined) break;
      if (cursor.closed) this.#closed -= 1;
      else if (cursor.overflowsBeyond < after.end && cursor.behind(before.end)) cursor.overflow();
      else checked.push(cursor);
    }
    for (const cursor of checked) this.#lagging.push(cursor.overflowsBeyond, cursor);
    before.next = { frame, after };
    this.#tail = after;
    this.#wake();
  }

  /** Counts a cursor of the heap as closed. Closed cursors are removed when they are more than half of the heap. */
  left(): void {
    this.#closed += 1;
    if (2 * this.#closed <= this.#lagging.size) return;
    this.#lagging.retain((cursor) => !cursor.closed);
    this.#closed = 0;
  }

  /** Ends the log: no commit follows. */
  seal(): void {
    this.#sealed = {};
    this.#wake();
    for (const cursor of this.#lagging.items()) cursor.tellSealed();
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

  /** Wakes all listeners in one microtask, so that a commit does not pay for their number. */
  #wake(): void {
    if (this.#wakeScheduled || this.#listeners.size === 0) return;
    this.#wakeScheduled = true;
    promiseJob(() => {
      this.#wakeScheduled = false;
      const listeners = [...this.#listeners];
      this.#listeners.clear();
      for (const wake of listeners) wake();
    });
  }
}

/** The point in a {@link CommitLog} up to which one watcher has read. */
class LogCursor implements FrameSource {
  readonly #log: CommitLog;
  readonly #limit: number;
  /** The point after the commit that was taken last; undefined once the cursor is closed or has overflowed. */
  #point: Point | undefined;
  /** The number of published events that were read. */
  #read: number;
  /** After an overflow: the frames that waited, the oldest last. The cursor does not refer to the list any more. */
  #rest: Frame[] = [];
  #sealed: { readonly error?: unknown } | undefined;
  #listener: (() => void) | undefined;
  #onSealed: (() => void) | undefined;

  constructor(log: CommitLog, point: Point, limit: number) {
    this.#log = log;
    this.#point = point;
    this.#read = point.end;
    this.#limit = limit;
  }

  get closed(): boolean {
    return this.#point === undefined;
  }

  get sealed(): { readonly error?: unknown } | undefined {
    return this.#sealed ?? this.#log.sealed;
  }

  /**
   * The cursor overflows at the first frame that ends beyond this number of published events, unless no event waits
   * then.
   */
  get overflowsBeyond(): number {
    return this.#read + this.#limit;
  }

  get lag(): number {
    return this.#log.published - this.#read;
  }

  /** True when fewer events than `end` were read. */
  behind(end: number): boolean {
    return this.#read < end;
  }

  take(): Frame | undefined {
    if (this.#point === undefined) return this.#rest.pop();
    const { next } = this.#point;
    if (next === undefined) return undefined;
    this.#point = next.after;
    return next.frame;
  }

  consumed(events: number): void {
    this.#read += events;
  }

  listen(wake: () => void): void {
    this.#listener = wake;
    if (this.#sealed === undefined) this.#log.listen(wake);
    else promiseJob(wake);
  }

  overflow(): void {
    const rest: Frame[] = [];
    for (let next = this.#point?.next; next !== undefined; next = next.after.next) rest.push(next.frame);
    this.#rest = rest.reverse();
    this.#point = undefined;
    this.#sealed = { error: overflowError(this.#limit) };
    this.tellSealed();
  }

  whenSealed(callback: () => void): void {
    if (this.sealed === undefined) this.#onSealed = callback;
    else callback();
  }

  /** Calls the function of {@link whenSealed}, once. */
  tellSealed(): void {
    const told = this.#onSealed;
    this.#onSealed = undefined;
    told?.();
  }

  close(): void {
    const listed = this.#point !== undefined;
    this.#point = undefined;
    this.#rest = [];
    this.#sealed ??= {};
    this.#onSealed = undefined;
    // The heap may keep the cursor for a while, and the listener would keep the watcher.
    if (this.#listener !== undefined) this.#log.unlisten(this.#listener);
    this.#listener = undefined;
    if (listed) this.#log.left();
  }
}
