import type { Commit } from '../../model/events.ts';
import { isAfter } from '../../model/version.ts';
import type { Version } from '../../wire/generated/common.ts';
import type { Frame, FrameSource } from './frame.ts';

/** What a replay reads from, and where it goes on. */
export interface ReplayParts {
  /** The version of the last transaction committed in the store. */
  readonly current: () => Version | undefined;
  /** The commits after one version, up to and with another. */
  readonly between: (from: Version, to: Version) => Iterable<Commit> | AsyncIterable<Commit>;
  /** What the watcher wants of a commit; undefined: nothing. */
  readonly frameOf: (commit: Commit) => Frame | undefined;
  /**
   * Starts the live rest. Called in the same step in which the replay has reached the current version, so that there is
   * no gap.
   */
  readonly goLive: () => FrameSource;
}

/**
 * The past of a store, read from its log as fast as the watcher reads and no faster; once it has caught up, the live
 * events. Nothing is buffered before that, so a watcher that never catches up costs nobody anything.
 */
export class ReplaySource implements FrameSource {
  readonly #parts: ReplayParts;
  #position: Version;
  #iterator: Iterator<Commit> | AsyncIterator<Commit> | undefined;
  /** The version up to which the iterator reads. */
  #target: Version | undefined;
  #next: Frame | undefined;
  #live: FrameSource | undefined;
  #advancing = false;
  #wake: (() => void) | undefined;
  #sealed: { readonly error?: unknown } | undefined;

  constructor(parts: ReplayParts, from: Version) {
    this.#parts = parts;
    this.#position = from;
  }

  /** Reads up to the first frame, or until it is live. Rejects where the log cannot be read from there. */
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
      queueMicrotask(wake);
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

  close(): void {
    this.#next = undefined;
    this.#sealed ??= {};
    this.#live?.close();
    this.#end();
  }

  /** Ends the replay when the store closes before it was read. */
  seal(end: { readonly error?: unknown }): void {
    if (this.#live !== undefined) return;
    this.#sealed ??= end;
    this.#end();
  }

  /** Goes on until there is a frame to take, the source is live, or the log fails. Never rejects. */
  async #advance(): Promise<void> {
    try {
      while (this.#next === undefined && this.#sealed === undefined && this.#live === undefined) {
        const commit = await this.#nextCommit();
        if (commit === undefined) continue;
        this.#position = commit.version ?? this.#position;
        // The log may have answered after the end.
        if (!this.#hasEnded()) this.#next = this.#parts.frameOf(commit);
      }
    } catch (error) {
      this.#sealed ??= { error };
    }
  }

  #hasEnded(): boolean {
    return this.#sealed !== undefined;
  }

  async #nextCommit(): Promise<Commit | undefined> {
    if (this.#iterator === undefined) {
      const current = this.#parts.current();
      if (current === undefined || !isAfter(current, this.#position)) {
        this.#live = this.#parts.goLive();
        return undefined;
      }
      this.#target = current;
      const commits = this.#parts.between(this.#position, current);
      this.#iterator = Symbol.asyncIterator in commits ? commits[Symbol.asyncIterator]() : commits[Symbol.iterator]();
    }
    const step = await this.#iterator.next();
    if (step.done !== true) return step.value;
    // A log may hold entries that are no transactions: what it has given up to there is all there is.
    this.#position = this.#target ?? this.#position;
    this.#iterator = undefined;
    return undefined;
  }

  #awake(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  /** Whoever waits is told, whether the log ever answers or not. */
  #end(): void {
    queueMicrotask(() => {
      this.#awake();
    });
    const ended: unknown = this.#iterator?.return?.();
    this.#iterator = undefined;
    // Nobody waits for it, so its failure is nobody's.
    Promise.resolve(ended).catch(() => undefined);
  }
}
