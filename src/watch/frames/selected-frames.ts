import { promiseJob } from '../../base/async/promise-job.ts';
import type { Frame, FrameSource } from './frame.ts';
import { frameSize } from './frame.ts';
import { overflowError } from './overflow.ts';

/** A link of the list of frames that wait to be read. */
interface Waiting {
  readonly frame: Frame;
  next: Waiting | undefined;
}

/**
 * The frames that wait for one watcher with selectors. A linked list, because most of these watchers have no frame
 * waiting, and an empty list takes no memory.
 */
export class SelectedFrames implements FrameSource {
  readonly #limit: number;
  #first: Waiting | undefined;
  #last: Waiting | undefined;
  #unread = 0;
  #sealed: { readonly error?: unknown } | undefined;
  #listener: (() => void) | undefined;
  #onSealed: (() => void) | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get lag(): number {
    return this.#unread;
  }

  get sealed(): { readonly error?: unknown } | undefined {
    return this.#sealed;
  }

  /** Appends a frame. Seals the source with `ERR_WATCH_OVERFLOW` instead when the frame does not fit. */
  append(frame: Frame): void {
    if (this.#sealed !== undefined) return;
    const size = frameSize(frame);
    if (this.#unread > 0 && this.#unread + size > this.#limit) {
      this.seal({ error: overflowError(this.#limit) });
      return;
    }
    const waiting: Waiting = { frame, next: undefined };
    if (this.#last === undefined) this.#first = waiting;
    else this.#last.next = waiting;
    this.#last = waiting;
    this.#unread += size;
    this.#wake();
  }

  /** Ends the source after the frames that wait. */
  seal(end: { readonly error?: unknown }): void {
    this.#sealed ??= end;
    this.#wake();
    const told = this.#onSealed;
    this.#onSealed = undefined;
    told?.();
  }

  whenSealed(callback: () => void): void {
    if (this.#sealed === undefined) this.#onSealed = callback;
    else callback();
  }

  take(): Frame | undefined {
    const taken = this.#first;
    if (taken === undefined) return undefined;
    this.#first = taken.next;
    if (taken.next === undefined) this.#last = undefined;
    return taken.frame;
  }

  consumed(events: number): void {
    this.#unread -= events;
  }

  listen(wake: () => void): void {
    this.#listener = wake;
    if (this.#sealed !== undefined || this.#first !== undefined) this.#wake();
  }

  close(): void {
    this.#first = this.#last = undefined;
    this.#sealed ??= {};
    this.#listener = undefined;
    this.#onSealed = undefined;
  }

  #wake(): void {
    const wake = this.#listener;
    this.#listener = undefined;
    if (wake !== undefined) promiseJob(wake);
  }
}
