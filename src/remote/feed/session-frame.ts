import { RemoteError } from '../../errors/remote-error.ts';
import type { StoreAction } from '../../wire/generated/raft.ts';
import type { Version } from '../../wire/generated/common.ts';
import type { SessionParts } from './remote-follower.ts';
import { Silence } from './silence.ts';

/** The server of a session. */
export interface FollowedServer {
  /** The server's name in errors. */
  readonly target: string;
  /** The silence before the server has told its heartbeat that counts as a dead connection, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Runs a session with its frame up to the end. Rejects with the follower's reason to end it, else with silence that
 * lasted too long, else with the error of `session`.
 */
export async function withFrame(
  server: FollowedServer,
  parts: SessionParts,
  session: (frame: SessionFrame) => Promise<void>,
): Promise<never> {
  const stop = new AbortController();
  const signal = AbortSignal.any([parts.signal, stop.signal]);
  const silence = new Silence(server.timeoutMs, (limitMs) => {
    stop.abort(frame.unreachable(`sent nothing for ${limitMs} ms`));
  });
  const frame = new SessionFrame(server.target, parts, silence, signal);
  try {
    await session(frame);
    throw frame.unreachable('ended the stream');
  } catch (error) {
    parts.signal.throwIfAborted();
    if (stop.signal.aborted) throw stop.signal.reason;
    throw error;
  } finally {
    silence.end();
    stop.abort(new Error('the session has ended'));
  }
}

/** The steps of a session that do not depend on the transport: contents, commits, signs of life, errors. */
export class SessionFrame {
  /** Aborts when the session has to end. */
  readonly signal: AbortSignal;
  readonly #target: string;
  readonly #parts: SessionParts;
  readonly #silence: Silence;
  #view = '';

  constructor(target: string, parts: SessionParts, silence: Silence, signal: AbortSignal) {
    this.#target = target;
    this.#parts = parts;
    this.#silence = silence;
    this.signal = signal;
  }

  /** Notes a sign of life. */
  heard(): void {
    this.#silence.heard();
  }

  /** Takes the beginning of an answer: the name of its view, and the milliseconds between its heartbeats. */
  begin(view: string, heartbeatMs: unknown): void {
    this.#view = view;
    this.#silence.expect(heartbeatMs);
  }

  /** Replaces the contents by a sealed snapshot. Rejects as `StoreCopy.restoreFrom` does. */
  async replace(chunks: AsyncIterable<Uint8Array>, version: Version | undefined): Promise<void> {
    const { copy, onSyncing, onLive } = this.#parts;
    onSyncing();
    await copy.restoreFrom(chunks, version, this.signal);
    this.#reach(version);
    onLive();
  }

  /** Goes on after `asked`. Throws `ERR_REMOTE_ANSWER` where the server goes on after another version. */
  resume(asked: Version | undefined, version: Version | undefined): void {
    if (version === undefined || version.index !== asked?.index)
      throw this.damaged('it goes on after another version than was asked for');
    this.#parts.onLive();
  }

  /** Applies a commit. One without actions tells that the commits up to its version had nothing for this client. */
  apply(actions: readonly StoreAction[], version: Version | undefined): void {
    this.#parts.copy.apply(actions, version);
    this.#reach(version);
  }

  damaged(what: string, cause?: unknown): RemoteError {
    const target = this.#target;
    return new RemoteError('ERR_REMOTE_ANSWER', `the answer of ${target} is damaged: ${what}`, { target }, { cause });
  }

  unreachable(what: string, cause?: unknown): RemoteError {
    const target = this.#target;
    return new RemoteError('ERR_REMOTE_NOT_REACHABLE', `${target} ${what}`, { target }, { cause });
  }

  #reach(version: Version | undefined): void {
    this.#parts.reach(version === undefined ? undefined : { version, view: this.#view });
  }
}
