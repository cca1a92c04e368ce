import { promiseJob } from '../../base/async/promise-job.ts';
import type { Commit } from '../../model/events.ts';
import { isAfter } from '../../model/version.ts';
import type { Version } from '../../wire/generated/common.ts';
import type { Frame, FrameSource } from './frame.ts';

/** The log that a replay reads, and the live source that follows it. */
export interface ReplayParts {
  /** The version of the last transaction committed in the store. */
  readonly current: () => Version | undefined;
  /** The commits after `from`, up to and including `to`. */
  readonly between: (from: Version, to: Version) => Iterable<Commit> | AsyncIterable<Commit>;
  /** The part of a commit that the watcher selects; undefined when it selects nothing. */
  readonly frameOf: (commit: Commit) => Frame | undefined;
  /**
   * Starts the live source. Called in the synchronous step in which the replay reaches the current version, so no
   * commit is missed.
   */
  readonly goLive: () => FrameSource;
}

/**
 * The frames of past commits, then those of a live source. The log is read as fast as the watcher reads. At most one
 * frame is held before the replay has caught up, so a watcher that never catches up takes no memory.
 */
export class ReplayFrames implements FrameSource {
  readonly #parts: ReplayParts;
  /** The version of the last commit that was read. */
  #reached: Version;
  #iterator: Iterator<Commit> | AsyncIterator<Commit> | undefined;
  /** The version up to which the iterator reads. */
  #target: Version | undefined;
  #next: Frame | undefined;
  #live: FrameSource | undefined;
  #advancing = false;
  #wake: (() => void) | undefined;
  #sealed: { readonly error?: unknown } | undefined;
  #onSealed: (() => void) | undefined;

  constructor(parts: ReplayParts, from: Version) {
    this.#parts = parts;
    this.#reached = from;
  }

  /** Reads up to the first frame, or until the source is live. Rejects with the error of the log. */
  async start(): Promise<void> {
    await new Promise<void>((wake) => {
      this.listen(wake);
    });
    if (this.#sealed !== undefined && 'error' in this.#sealed) throw this.#sealed.error;
  }

  get sealed(): { readonly error?: unknown } | undefined {
    if (this.#live !== undefined) return this.#live.sealed;
    return this.#next === undefined ? this.#sealed : undefined;
  }

  get lag(): number {
    return this.#live?.lag ?? 0;
  }

  take(): Frame | undefined {
    if (this.#live !== undefined) return this.#live.take();
    const frame = this.#next;
    this.#next = undefined;
    return frame;
  }

  consumed(events: number): void {
    this.#live?.consumed(events);
  }

  listen(wake: () => void): void {
    if (this.#live !== undefined) {
      this.#live.listen(wake);
      return;
    }
    if (this.#next !== undefined || this.#sealed !== undefined) {
      promiseJob(wake);
      return;
    }
    this.#wake = wake;
    if (this.#advancing) return;
    this.#advancing = true;
    void this.#advance().then(() => {
      this.#advancing = false;
      this.#awake();
    });
  }

  whenSealed(callback: () => void): void {
    if (this.#live !== undefined) this.#live.whenSealed(callback);
    else if (this.#sealed !== undefined) callback();
    else this.#onSealed = callback;
  }

  close(): void {
    this.#next = undefined;
    this.#onSealed = undefined;
    this.#sealed ??= {};
    this.#live?.close();
    this.#end();
  }

  /** Ends a replay that has not caught up. A live source is not touched. */
  seal(end: { readonly error?: unknown }): void {
    if (this.#live !== undefined) return;
    this.#seal(end);
    this.#end();
  }

  /** Reads until there is a frame to take, the source is live, or the log fails. Never rejects. */
  async #advance(): Promise<void> {
    try {
      while (this.#next === undefined && this.#sealed === undefined && this.#live === undefined) {
        const commit = await this.#nextCommit();
        if (commit === undefined) continue;
        this.#reached = commit.version ?? this.#reached;
        // The source may have ended while the log was read.
        if (!this.#hasEnded()) this.#next = this.#parts.frameOf(commit);
      }
    } catch (error) {
      this.#seal({ error });
    }
  }

  #hasEnded(): boolean {
    return this.#sealed !== undefined;
  }

  async #nextCommit(): Promise<Commit | undefined> {
    if (this.#iterator === undefined) {
      const current = this.#parts.current();
      if (current === undefined || !isAfter(current, this.#reached)) {
        this.#live = this.#parts.goLive();
        const told = this.#onSealed;
        this.#onSealed = undefined;
        if (told !== undefined) this.#live.whenSealed(told);
        return undefined;
      }
      this.#target = current;
      const commits = this.#parts.between(this.#reached, current);
      this.#iterator = Symbol.asyncIterator in commits ? commits[Symbol.asyncIterator]() : commits[Symbol.iterator]();
    }
    const step = await this.#iterator.next();
    if (step.done !== true) return step.value;
    // The log may have entries that are no transactions, so its last commit may be older than the target.
    this.#reached = this.#target ?? this.#reached;
    this.#iterator = undefined;
    return undefined;
  }

  #seal(end: { readonly error?: unknown }): void {
    this.#sealed ??= end;
    const told = this.#onSealed;
    this.#onSealed = undefined;
    told?.();
  }

  #awake(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  /** Wakes the listener without waiting for the log, which may never answer. */
  #end(): void {
    promiseJob(() => {
      this.#awake();
    });
    const ended: unknown = this.#iterator?.return?.();
    this.#iterator = undefined;
    // No caller waits for the iterator's end, so a failure of it has no receiver.
    Promise.resolve(ended).catch(() => undefined);
  }
}
