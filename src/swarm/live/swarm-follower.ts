import { onAbort } from '../../base/async/on-abort.ts';
import { pause } from '../../base/async/pause.ts';
import { Emitter } from '../../base/emitter.ts';
import { retryDelay } from '../../base/retry-delay.ts';
import { isSwarmError, SwarmError } from '../../errors/swarm-error.ts';
import type { Grpc } from '../../grpc/load-grpc.ts';
import type { Target } from './manager/target.ts';
import { SwarmMirror } from './mirror/swarm-mirror.ts';
import type { CheckedFollowOptions } from './options.ts';
import { runSession } from './session.ts';
import type { SwarmEvents, SwarmStatus } from './status.ts';
import type { Timings } from './timings.ts';

/** How often lists that are older than the contents are asked for again before they are taken. */
const MOST_BEHIND = 3;

/** How often in a row the contents are listed again without a pause. */
const MOST_AT_ONCE = 3;

/** Keeps a mirror in step with a swarm: one session after another, with pauses that grow while attempts fail. */
export class SwarmFollower {
  readonly mirror: SwarmMirror;
  readonly events: Emitter<SwarmEvents> = new Emitter<SwarmEvents>();
  readonly #module: Grpc;
  readonly #target: Target;
  readonly #options: CheckedFollowOptions;
  readonly #timings: Timings;
  readonly #closing = new AbortController();
  /** Settles with the first contents, or with the reason for which there are none. */
  readonly #first: Promise<{ readonly failure: unknown } | undefined>;
  #firstDone: (failed?: { readonly failure: unknown }) => void = () => undefined;
  #endSession: (() => void) | undefined;
  #status: SwarmStatus = 'connecting';
  /** The index after which to resume; undefined when the contents have to be listed. */
  #resume: number | undefined;
  #failures = 0;
  #behind = 0;
  #liveSince: number | undefined;
  #closed: Promise<void> | undefined;

  constructor(module: Grpc, target: Target, options: CheckedFollowOptions, timings: Timings) {
    this.#module = module;
    this.#target = target;
    this.#options = options;
    this.#timings = timings;
    this.#first = new Promise((resolve) => (this.#firstDone = resolve));
    this.mirror = new SwarmMirror({
      redaction: options.redact,
      history: options.history,
      onDiverged: () => {
        // The contents are listed again: they then are those of the swarm, whatever went wrong.
        this.#resume = undefined;
        this.#endSession?.();
      },
    });
  }

  get status(): SwarmStatus {
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

  close(): Promise<void> {
    if (this.#closed === undefined) {
      this.#closing.abort(
        new SwarmError('ERR_SWARM_CLOSED', 'the followed swarm was closed', { target: this.#target.text }),
      );
      this.#closed = this.mirror.close();
      this.#setStatus('closed', undefined);
      this.#firstDone({ failure: this.#closing.signal.reason });
    }
    return this.#closed;
  }

  async #run(deadline: number): Promise<void> {
    const isClosing = (): boolean => this.#closing.signal.aborted;
    while (!isClosing()) {
      let failure: unknown;
      try {
        failure = await this.#session();
      } catch (error) {
        failure = error;
      }
      if (isClosing()) return;
      this.#noteGoodTime();
      this.#failures += 1;
      // Listing again begins at once, unless that has not helped several times.
      if (failure === undefined && this.#failures <= MOST_AT_ONCE) continue;
      if (!this.mirror.filled && (needsAction(failure) || Date.now() >= deadline)) {
        this.#firstDone({ failure });
        return;
      }
      if (this.mirror.filled && failure !== undefined) this.#becomeStale(failure);
      await this.#pause(failure);
    }
  }

  /** One connection up to its end. Resolves to undefined where the next one may begin at once. */
  async #session(): Promise<unknown> {
    const { mirror } = this;
    const stop = new AbortController();
    this.#endSession = () => stop.abort(new Error('the contents have to be listed again'));
    try {
      const end = await runSession(
        {
          module: this.#module,
          target: this.#target,
          identity: this.#options.identity,
          mirror,
          timeoutMs: this.#options.timeoutMs,
          probeMs: this.#timings.probeMs,
          acceptsOlder: this.#behind >= MOST_BEHIND,
          onSyncing: () => {
            if (!mirror.filled || this.#status === 'live') this.#setStatus('syncing', undefined);
          },
          onLive: () => this.#becomeLive(),
          signal: AbortSignal.any([this.#closing.signal, stop.signal]),
        },
        this.#resume,
      );
      this.#resume = undefined;
      if (end === 'list again') return undefined;
      this.#behind += 1;
      return new SwarmError(
        'ERR_SWARM_NO_LEADER',
        `${this.#target.text} lists older contents than those that are known: the leader has changed; they are taken if it goes on (a swarm that was restored from a backup)`,
        { target: this.#target.text },
      );
    } catch (error) {
      if (stop.signal.aborted) return undefined;
      this.#resume = mirror.filled ? mirror.index : undefined;
      throw error;
    } finally {
      this.#endSession = undefined;
    }
  }

  #becomeLive(): void {
    this.#liveSince = Date.now();
    this.#behind = 0;
    this.mirror.live();
    this.#setStatus('live', undefined);
    this.#firstDone();
  }

  #becomeStale(reason: unknown): void {
    if (this.#status === 'stale') return;
    this.mirror.stale(reason);
    this.#setStatus('stale', reason);
  }

  /** A connection that held for a while ends the row of failures. */
  #noteGoodTime(): void {
    if (this.#liveSince !== undefined && Date.now() - this.#liveSince >= this.#timings.goodMs) this.#failures = 0;
    this.#liveSince = undefined;
  }

  async #pause(error: unknown): Promise<void> {
    const delay = retryDelay(this.#timings.backOff, this.#failures);
    // Followers that lost the same manager do not come back at the same moment.
    const delayMs = Math.ceil(delay * (0.5 + Math.random() / 2));
    this.events.emit('retry', { error, failures: this.#failures, delayMs });
    await pause(delayMs, this.#closing.signal);
  }

  #setStatus(status: SwarmStatus, reason: unknown): void {
    if (this.#status === status) return;
    this.#status = status;
    this.events.emit('status', { status, reason });
  }
}

/** True for an error that stays until a person does something about it. */
function needsAction(error: unknown): boolean {
  return !(isSwarmError(error, 'ERR_SWARM_NOT_REACHABLE') || isSwarmError(error, 'ERR_SWARM_NO_LEADER'));
}
