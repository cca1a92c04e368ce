import type * as undici from 'undici';
import { onAbort } from '../../../base/async/on-abort.ts';
import { pause } from '../../../base/async/pause.ts';
import { KvError } from '../../../errors/kv-error.ts';
import { unknownOutcome } from '../../backend/unknown-outcome.ts';
import { NoAnswer, exchange } from './exchange.ts';
import { checkStatus, failureOf, mayHaveHappened } from './failure.ts';
import { originOf } from './options.ts';
import type { Answer, Request } from './exchange.ts';
import type { CallKind } from './failure.ts';
import type { CheckedOptions } from './options.ts';

export interface Call {
  readonly kind: CallKind;
  readonly signal: AbortSignal | undefined;
  /** True for a request whose answer nobody waits for. The request may go on between `stop` and `close`. */
  readonly isBackground?: boolean | undefined;
  /** Milliseconds that the server may wait before it answers; none by default. */
  readonly waitMs?: number | undefined;
}

/**
 * The connections to the servers. Work goes to the server that answered last, while it answers. A request that waits
 * for news has a connection of its own, so it holds up no other.
 */
export class ConsulConnection {
  readonly timeoutMs: number;
  readonly #pools: readonly undici.Pool[];
  readonly #headers: Readonly<Record<string, string>>;
  readonly #origins: readonly string[];
  readonly #hasCertificate: boolean;
  readonly #running = new Set<AbortController>();
  #current = 0;
  #stopped: KvError | undefined;

  constructor(module: typeof undici, endpoints: readonly string[], { tls, token, timeoutMs }: CheckedOptions) {
    this.timeoutMs = timeoutMs;
    this.#headers = {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { 'x-consul-token': token }),
    };
    this.#hasCertificate = tls?.certificate !== undefined;
    this.#origins = endpoints.map((endpoint) => originOf(endpoint, tls));
    this.#pools = this.#origins.map(
      (origin) =>
        new module.Pool(origin, {
          connect: {
            timeout: timeoutMs,
            ...(tls?.ca === undefined ? {} : { ca: pem(tls.ca) }),
            ...(tls?.certificate === undefined ? {} : { cert: pem(tls.certificate) }),
            ...(tls?.key === undefined ? {} : { key: pem(tls.key) }),
          },
          pipelining: 1,
          headersTimeout: 0,
          bodyTimeout: 0,
        }),
    );
  }

  /**
   * Sends a request and reads its answer with `read`, within `timeoutMs` for all attempts together. An answer that
   * `read` throws for counts as a failure of the server: a read is repeated, a write is `ERR_KV_OUTCOME_UNKNOWN`.
   */
  async call<R>(request: Request, read: (answer: Answer) => R, call: Call): Promise<R> {
    const { kind, signal, waitMs = 0, isBackground = false } = call;
    const stop = new AbortController();
    const abort = (): void => stop.abort(signal?.reason);
    if (signal?.aborted === true) abort();
    if (this.#stopped !== undefined && !isBackground) stop.abort(this.#stopped);
    const forget = signal === undefined ? undefined : onAbort(signal, abort);
    if (!isBackground) this.#running.add(stop);
    try {
      return await this.#attempts(request, read, kind, stop.signal, waitMs);
    } finally {
      this.#running.delete(stop);
      forget?.();
    }
  }

  /**
   * Ends all calls but those of the background: writes that were sent with `ERR_KV_OUTCOME_UNKNOWN`, all others with
   * `reason`.
   */
  stop(reason: KvError): void {
    this.#stopped ??= reason;
    for (const stop of this.#running) stop.abort(reason);
  }

  /** Ends what is left. Call `stop` first. */
  async close(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.destroy()));
  }

  async #attempts<R>(
    request: Request,
    read: (answer: Answer) => R,
    kind: CallKind,
    signal: AbortSignal,
    waitMs: number,
  ): Promise<R> {
    const deadline = performance.now() + this.timeoutMs;
    for (let attempts = 1; ; attempts++) {
      signal.throwIfAborted();
      const at = this.#current;
      const pool = this.#pools[at] as undici.Pool;
      try {
        const answer = await exchange(pool, request, this.#headers, {
          signal,
          deadline: waitMs + this.#attemptEnd(kind, deadline),
        });
        checkStatus(answer);
        return read(answer);
      } catch (error) {
        if (signal.aborted) {
          const isSent = error instanceof NoAnswer && error.isSent;
          throw kind === 'write' && isSent ? unknownOutcome('consul', 'aborted', signal.reason) : signal.reason;
        }
        if (error instanceof KvError) throw error;
        if (this.#current === at) this.#current = (at + 1) % this.#pools.length;
        const isFinal = waitMs > 0 || performance.now() >= deadline;
        if (isFinal || (kind === 'write' && mayHaveHappened(error))) throw failureOf(this.#explained(error, at), kind);
      }
      if (attempts % this.#pools.length === 0) await pause(50, signal);
    }
  }

  /** A server that wants a client certificate closes the connection, and the client loses the reason. */
  #explained(error: unknown, at: number): unknown {
    const isClosed = error instanceof NoAnswer && error.message === 'other side closed';
    if (!isClosed || this.#hasCertificate || this.#origins[at]?.startsWith('https:') !== true) return error;
    const why = new Error('it closed the connection; it may want a client certificate', { cause: error.cause });
    return new NoAnswer(error.isSent, why);
  }

  /** The time at which one attempt ends. A read leaves time for another server. */
  #attemptEnd(kind: CallKind, deadline: number): number {
    if (kind === 'write') return deadline;
    const now = performance.now();
    return now + Math.max(100, (deadline - now) / Math.min(2, this.#pools.length));
  }
}

function pem(text: string | Uint8Array): string | Buffer {
  return typeof text === 'string' ? text : Buffer.from(text);
}
