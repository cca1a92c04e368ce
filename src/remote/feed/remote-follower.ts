import { onAbort } from '../../base/async/on-abort.ts';
import { pause } from '../../base/async/pause.ts';
import { Emitter } from '../../base/emitter.ts';
import { retryDelay } from '../../base/retry-delay.ts';
import type { BackOff } from '../../base/retry-delay.ts';
import { isRemoteError, RemoteError } from '../../errors/remote-error.ts';
import { StoreCopy } from '../../readable/store-copy.ts';
import type { Version } from '../../wire/generated/common.ts';
import type { RemoteEvents, RemoteStatus } from './status.ts';

/** The times of a follower, in milliseconds. */
export interface Timings {
  /** The pauses between attempts. Each pause is between half and all of the delay. */
  readonly backOff: BackOff;
  /** A connection that was live for this long counts as good: the next pause is the shortest. */
  readonly goodMs: number;
}

export const usualTimings: Timings = { backOff: { initialMs: 100, maxMs: 5000, factor: 2 }, goodMs: 5000 };

/** The place in the server's log up to which the copy has every change. */
export interface Place {
  readonly version: Version;
  /** The name of the view of the contents. A server resumes only within one view. */
  readonly view: string;
}

/** The parts that a session works on. */
export interface SessionParts {
  readonly copy: StoreCopy;
  /** Where to go on; undefined where the contents have to be read. */
  readonly place: Place | undefined;
  /** Notes how far the copy is; undefined where the server gives no version. */
  readonly reach: (place: Place | undefined) => void;
  readonly onSyncing: () => void;
  readonly onLive: () => void;
  readonly signal: AbortSignal;
}

/** Options of a {@link RemoteFollower}. */
export interface FollowerOptions {
  readonly target: string;
  readonly history: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly timings: Timings;
  /** Follows one connection up to its end. Rejects with the reason of the end. */
  readonly session: (parts: SessionParts) => Promise<never>;
}

/** Keeps a copy in step with a server: one session after another, with pauses that grow while attempts fail. */
export class RemoteFollower {
  readonly copy: StoreCopy;
  readonly events: Emitter<RemoteEvents> = new Emitter<RemoteEvents>();
  readonly #options: FollowerOptions;
  readonly #closing = new AbortController();
  /** Settles with the first contents, or with the reason for which there are none. */
  readonly #first: Promise<{ readonly failure: unknown } | undefined>;
  #firstDone: (failed?: { readonly failure: unknown }) => void = () => undefined;
  #endSession: (() => void) | undefined;
  #status: RemoteStatus = 'connecting';
  #place: Place | undefined;
  #failures = 0;
  #liveSince: number | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#first = new Promise((resolve) => (this.#firstDone = resolve));
    this.copy = new StoreCopy({
      history: options.history,
      onDiverged: () => {
        // The contents are read again: they then are those of the server, whatever went wrong.
        this.#place = undefined;
        this.#endSession?.();
      },
    });
  }

  get status(): RemoteStatus {
    return this.#status;
  }

  get place(): Place | undefined {
    return this.#place;
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

  close(): Promise<void> {
    if (this.#closed === undefined) {
      const { target } = this.#options;
      this.#closing.abort(new RemoteError('ERR_REMOTE_CLOSED', 'the followed store was closed', { target }));
      this.#closed = this.copy.close();
      this.#setStatus('closed', undefined);
      this.#firstDone({ failure: this.#closing.signal.reason });
    }
    return this.#closed;
  }

  async #run(deadline: number): Promise<void> {
    const isClosing = (): boolean => this.#closing.signal.aborted;
    while (!isClosing()) {
      const failure = await this.#session();
      if (isClosing()) return;
      this.#noteGoodTime();
      this.#failures += 1;
      if (!this.copy.filled && (needsAction(failure) || Date.now() >= deadline)) {
        this.#firstDone({ failure });
        return;
      }
      if (this.copy.filled) this.#becomeStale(failure);
      await this.#pause(failure);
    }
  }

  /** One connection up to its end. Resolves to the reason of the end. */
  async #session(): Promise<unknown> {
    const stop = new AbortController();
    this.#endSession = () => {
      const { target } = this.#options;
      stop.abort(new RemoteError('ERR_REMOTE_ANSWER', `a commit of ${target} did not fit the contents`, { target }));
    };
    try {
      return await this.#options.session({
        copy: this.copy,
        place: this.copy.filled ? this.#place : undefined,
        reach: (place) => {
          if (!stop.signal.aborted) this.#place = place;
        },
        onSyncing: () => this.#setStatus('syncing', undefined),
        onLive: () => this.#becomeLive(),
        signal: AbortSignal.any([this.#closing.signal, stop.signal]),
      });
    } catch (error) {
      return stop.signal.aborted ? stop.signal.reason : error;
    } finally {
      this.#endSession = undefined;
      stop.abort(new Error('the session has ended'));
    }
  }

  #becomeLive(): void {
    if (this.#closing.signal.aborted) return;
    this.#liveSince = Date.now();
    this.copy.live();
    this.#setStatus('live', undefined);
    this.#firstDone();
  }

  #becomeStale(reason: unknown): void {
    if (this.#status === 'stale') return;
    this.copy.stale(reason);
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

  #setStatus(status: RemoteStatus, reason: unknown): void {
    if (this.#status === status || this.#status === 'closed') return;
    this.#status = status;
    this.events.emit('status', { status, reason });
  }
}

/** True for an error that stays until a person does something about it. */
function needsAction(error: unknown): boolean {
  return ['ERR_REMOTE_NOT_PERMITTED', 'ERR_REMOTE_CERTIFICATE', 'ERR_REMOTE_NOT_SERVED'].some((code) =>
    isRemoteError(error, code as 'ERR_REMOTE_NOT_SERVED'),
  );
}
