import { isRemoteError, RemoteError } from '../../errors/remote-error.ts';
import type { RemoteErrorCode } from '../../errors/remote-error.ts';
import { SourceFollower } from '../../readable/source-follower.ts';
import type { FollowerTimings, SessionRun } from '../../readable/source-follower.ts';
import { StoreCopy } from '../../readable/store-copy.ts';
import type { Version } from '../../wire/generated/common.ts';

/** The place in the server's log up to which the copy has every change. */
export interface Place {
  readonly version: Version;
  /** The name of the view of the contents. A server resumes only within one view. */
  readonly view: string;
}

/** The parts that a session works on. */
export interface SessionParts extends SessionRun {
  readonly copy: StoreCopy;
  /** Where to go on; undefined where the contents have to be read. */
  readonly place: Place | undefined;
  /** Notes how far the copy is; undefined where the server gives no version. */
  readonly reach: (place: Place | undefined) => void;
}

/** Options of a {@link RemoteFollower}. */
export interface FollowerOptions {
  readonly target: string;
  readonly history: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly timings: FollowerTimings;
  /** Follows one connection up to its end. Rejects with the reason of the end. */
  readonly session: (parts: SessionParts) => Promise<never>;
}

/** Errors that stay until a person does something about them. */
const lasting: readonly RemoteErrorCode[] = [
  'ERR_REMOTE_NOT_PERMITTED',
  'ERR_REMOTE_CERTIFICATE',
  'ERR_REMOTE_NOT_SERVED',
];

/** Keeps a copy in step with a server. */
export class RemoteFollower {
  readonly copy: StoreCopy;
  readonly source: SourceFollower;
  readonly #session: FollowerOptions['session'];
  #place: Place | undefined;

  constructor({ target, history, timeoutMs, signal, timings, session }: FollowerOptions) {
    this.#session = session;
    this.copy = new StoreCopy({
      history,
      onDiverged: () => {
        // The contents are read again: they then are those of the server, whatever went wrong.
        this.#place = undefined;
        const message = `a commit of ${target} did not fit the contents`;
        this.source.endSession(new RemoteError('ERR_REMOTE_ANSWER', message, { target }));
      },
    });
    this.source = new SourceFollower({
      store: this.copy,
      timeoutMs,
      signal,
      timings,
      session: (run) => this.#follow(run),
      needsAction: (error) => lasting.some((code) => isRemoteError(error, code)),
      closedError: () => new RemoteError('ERR_REMOTE_CLOSED', 'the followed store was closed', { target }),
    });
  }

  get place(): Place | undefined {
    return this.#place;
  }

  #follow(run: SessionRun): Promise<never> {
    const { copy } = this;
    return this.#session({
      ...run,
      copy,
      place: copy.filled ? this.#place : undefined,
      reach: (place) => {
        if (!run.signal.aborted) this.#place = place;
      },
    });
  }
}
