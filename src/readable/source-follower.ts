import { onAbort } from '../base/async/on-abort.ts';
import { pause } from '../base/async/pause.ts';
import { Emitter } from '../base/emitter.ts';
import { retryDelay } from '../base/retry-delay.ts';
import type { BackOff } from '../base/retry-delay.ts';

/** The sessions in a row that begin without a pause, though the one before asked for that. */
const MOST_AT_ONCE = 3;

/**
 * The status of a store that follows a source. `swarm` and `remote` have public types of the same shape, in the words
 * of their sources.
 */
export type SourceStatus = 'connecting' | 'syncing' | 'live' | 'stale' | 'closed';

/** The events of a store that follows a source, by name. */
export interface SourceEvents {
  /** `reason` is the error behind `stale`. */
  readonly status: { readonly status: SourceStatus; readonly reason: unknown };
  /** An attempt that failed, the number of failed attempts in a row, and the pause until the next one. */
  readonly retry: { readonly error: unknown; readonly failures: number; readonly delayMs: number };
}

/** The times of a follower, in milliseconds. */
export interface FollowerTimings {
  /** The pauses between attempts. Each pause is between half and all of the delay. */
  readonly backOff: BackOff;
  /** A connection that was live for this long counts as good: the next pause is the shortest. */
  readonly goodMs: number;
}

export const usualTimings: FollowerTimings = { backOff: { initialMs: 100, maxMs: 5000, factor: 2 }, goodMs: 5000 };

/** The store that a follower keeps in step, as the follower needs it. */
export interface FollowedStore {
  /** True once the store has had contents of the source. */
  readonly filled: boolean;
  live(): void;
  stale(reason: unknown): void;
  close(): Promise<void>;
}

/** The ways in which a session and its follower tell each other how far they are. */
export interface SessionRun {
  /** Sets the status `syncing`: the contents are about to be read. */
  readonly onSyncing: () => void;
  /** The store has the contents, and every later change comes. */
  readonly onLive: () => void;
  /** Aborts when the session has to end. */
  readonly signal: AbortSignal;
}

/** Options of a {@link SourceFollower}. */
export interface SourceFollowerOptions {
  readonly store: FollowedStore;
  /** Milliseconds within which the first contents have to be there. */
  readonly timeoutMs: number;
  /** Ends following. */
  readonly signal: AbortSignal | undefined;
  readonly timings: FollowerTimings;
  /**
   * Follows one connection up to its end. Rejects with the reason of the end. Resolves where the next session may begin
   * at once.
   */
  readonly session: (run: SessionRun) => Promise<void>;
  /** True for an error that stays until a person does something about it. */
  readonly needsAction: (error: unknown) => boolean;
  /** The error of calls that are under way when the follower is closed. */
  readonly closedError: () => Error;
}

/** Keeps a store in step with a source: one session after another, with pauses that grow while attempts fail. */
export class SourceFollower {
  readonly events: Emitter<SourceEvents> = new Emitter<SourceEvents>();
  readonly #options: SourceFollowerOptions;
  readonly #closing = new AbortController();
  /** Settles with the first contents, or with the reason for which there are none. */
  readonly #first: Promise<{ readonly failure: unknown } | undefined>;
  #firstDone: (failed?: { readonly failure: unknown }) => void = () => undefined;
  #endSession: ((failure: unknown) => void) | undefined;
  #status: SourceStatus = 'connecting';
  #failures = 0;
  #liveSince: number | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: SourceFollowerOptions) {
    this.#options = options;
    this.#first = new Promise((resolve) => (this.#firstDone = resolve));
  }

  get status(): SourceStatus {
    return this.#status;
  }

  /**
   * Begins to follow. Settles with the first contents. Rejects with an error that a person has to act on, or with the
   * signal's reason. Where no attempt succeeded in time, it rejects with the last error. The follower is closed then.
   */
  async start(): Promise<void> {
    const { signal, timeoutMs } = this.#options;
    const abort = (): void => {
      this.#firstDone({ failure: signal?.reason });
      void this.close();
    };
    if (signal?.aborted === true) abort();
    if (signal !== undefined) onAbort(this.#closing.signal, onAbort(signal, abort));
    void this.#run(Date.now() + timeoutMs);
    const failed = await this.#first;
    if (failed === undefined) return;
    await this.close();
    throw failed.failure;
  }

  /**
   * Ends the session that is under way; without one, does nothing. `failure` is the reason of its end. Where it is
   * undefined, the next session may begin at once.
   */
  endSession(failure: unknown): void {
    this.#endSession?.(failure);
  }

  close(): Promise<void> {
    if (this.#closed === undefined) {
      this.#closing.abort(this.#options.closedError());
      this.#closed = this.#options.store.close();
      this.#setStatus('closed', undefined);
      this.#firstDone({ failure: this.#closing.signal.reason });
    }
    return this.#closed;
  }

  async #run(deadline: number): Promise<void> {
    const { store, needsAction } = this.#options;
    const isClosing = (): boolean => this.#closing.signal.aborted;
    while (!isClosing()) {
      const failure = await this.#session();
      if (isClosing()) return;
      this.#noteGoodTime();
      this.#failures += 1;
      // The next session begins at once, unless that has not helped several times.
      if (failure === undefined && this.#failures <= MOST_AT_ONCE) continue;
      if (!store.filled && (needsAction(failure) || Date.now() >= deadline)) {
        this.#firstDone({ failure });
        return;
      }
      if (store.filled && failure !== undefined) this.#becomeStale(failure);
      await this.#pause(failure);
    }
  }

  /** One session. Resolves to the reason of its end, and to undefined where the next one may begin at once. */
  async #session(): Promise<unknown> {
    const stop = new AbortController();
    let ended: { readonly failure: unknown } | undefined;
    this.#endSession = (failure) => {
      ended ??= { failure };
      stop.abort(failure ?? new Error('the contents have to be read again'));
    };
    try {
      await this.#options.session({
        onSyncing: () => this.#setStatus('syncing', undefined),
        onLive: () => this.#becomeLive(),
        signal: AbortSignal.any([this.#closing.signal, stop.signal]),
      });
      return undefined;
    } catch (error) {
      return ended === undefined ? error : ended.failure;
    } finally {
      this.#endSession = undefined;
      stop.abort(new Error('the session has ended'));
    }
  }

  #becomeLive(): void {
    if (this.#closing.signal.aborted) return;
    this.#liveSince = Date.now();
    this.#options.store.live();
    this.#setStatus('live', undefined);
    this.#firstDone();
  }

  #becomeStale(reason: unknown): void {
    if (this.#status === 'stale') return;
    this.#options.store.stale(reason);
    this.#setStatus('stale', reason);
  }

  /** A connection that held for a while ends the row of failures. */
  #noteGoodTime(): void {
    if (this.#liveSince !== undefined && Date.now() - this.#liveSince >= this.#options.timings.goodMs)
      this.#failures = 0;
    this.#liveSince = undefined;
  }

  async #pause(error: unknown): Promise<void> {
    const delay = retryDelay(this.#options.timings.backOff, this.#failures);
    // Followers that lost the same server do not come back at the same moment.
    const delayMs = Math.ceil(delay * (0.5 + Math.random() / 2));
    this.events.emit('retry', { error, failures: this.#failures, delayMs });
    await pause(delayMs, this.#closing.signal);
  }

  #setStatus(status: SourceStatus, reason: unknown): void {
    if (this.#status === status || this.#status === 'closed') return;
    this.#status = status;
    this.events.emit('status', { status, reason });
  }
}
