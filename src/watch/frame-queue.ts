import type { Frame, FrameSource } from './frame.ts';
import { frameSize } from './frame.ts';
import { overflowError } from './overflow.ts';

/** The frames of a watcher with selectors, which are its own. */
export class FrameQueue implements FrameSource {
  readonly #limit: number;
  #frames: Frame[] = [];
  /** The frames before this position were taken. */
  #taken = 0;
  #unread = 0;
  #sealed: { readonly error?: unknown } | undefined;
  #listener: (() => void) | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get lag(): number {
    return this.#unread;
  }

  get sealed(): { readonly error?: unknown } | undefined {
    return this.#sealed;
  }

  /** Appends a frame, or seals the queue when it does not fit. */
  append(frame: Frame): void {
    if (this.#sealed !== undefined) return;
    const size = frameSize(frame);
    if (this.#unread > 0 && this.#unread + size > this.#limit) {
      this.seal({ error: overflowError(this.#limit) });
      return;
    }
    this.#frames.push(frame);
    this.#unread += size;
    this.#wake();
  }

  /** No frame follows those that wait. */
  seal(end: { readonly error?: unknown }): void {
    this.#sealed ??= end;
    this.#wake();
  }

  take(): Frame | undefined {
    const frame = this.#frames[this.#taken];
    if (frame === undefined) return undefined;
    this.#taken += 1;
    // Cutting off what was taken now and then keeps both the cost for each frame and the memory bounded.
    if (this.#taken === this.#frames.length || this.#taken > 1024) {
      this.#frames = this.#frames.slice(this.#taken);
      this.#taken = 0;
    }
    return frame;
  }

  consumed(events: number): void {
    this.#unread -= events;
  }

  listen(wake: () => void): void {
    this.#listener = wake;
    if (this.#sealed !== undefined || this.#taken < this.#frames.length) this.#wake();
  }

  close(): void {
    this.#frames = [];
    this.#taken = 0;
    this.#sealed ??= {};
    this.#listener = undefined;
  }

  #wake(): void {
    const wake = this.#listener;
    this.#listener = undefined;
    if (wake !== undefined) queueMicrotask(wake);
  }
}
