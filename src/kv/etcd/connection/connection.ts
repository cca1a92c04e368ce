import type * as grpc from '@grpc/grpc-js';
import { onAbort } from '../../../base/async/on-abort.ts';
import type { RpcMethod, Sparse } from '../../../base/protobuf/service-messages.ts';
import { KvError } from '../../../errors/kv-error.ts';
import { pause } from '../../../base/async/pause.ts';
import { failureOf, isRefusal, isStaleToken } from './failure.ts';
import { EtcdServers } from './servers.ts';
import { EtcdTokens } from './tokens.ts';
import { sendUnary } from './unary.ts';
import type { CheckedOptions } from './options.ts';
import type { Sending } from './unary.ts';

export interface Call {
  /**
   * A failed read is repeated at the next server; a write is not repeated once it was sent. A server that has lost its
   * cluster still answers a stale read.
   */
  readonly kind: Sending['kind'];
  readonly signal: AbortSignal | undefined;
}

/** A stream to one server. */
export interface EtcdStream {
  readonly stream: grpc.ClientDuplexStream<Buffer, Buffer>;
  /** The token with which the stream was opened, undefined without a user. */
  readonly token: string | undefined;
  /** Reports the server as failed: the next stream goes to another one. */
  readonly failed: () => void;
}

const identity = (bytes: Buffer): Buffer => bytes;

/**
 * The connections to the servers of a cluster: one for calls, and one for watches and renewals. So no large answer
 * delays an event or a renewal.
 */
export class EtcdConnection {
  readonly #grpc: typeof grpc;
  readonly #calls: EtcdServers;
  readonly #streams: EtcdServers;
  readonly #tokens: EtcdTokens;
  readonly #timeoutMs: number;
  readonly #running = new Set<AbortController>();
  readonly #open = new Set<EtcdStream['stream']>();
  /** Ends calls without a signal of their own that go on after `stop`. */
  readonly #background = new AbortController();
  #stopped: KvError | undefined;

  constructor(module: typeof grpc, endpoints: readonly string[], options: CheckedOptions) {
    this.#grpc = module;
    this.#timeoutMs = options.timeoutMs;
    this.#calls = new EtcdServers(module, endpoints, options);
    this.#streams = new EtcdServers(module, endpoints, options);
    this.#tokens = new EtcdTokens(module, options.account);
  }

  /**
   * Sends a request and reads its answer with `read`, within `timeoutMs` for all attempts together. An answer that
   * `read` throws for counts as a failure of the server: a read is repeated, a write is `ERR_KV_OUTCOME_UNKNOWN`.
   */
  call<Q, R>(
    method: RpcMethod<Q, unknown>,
    request: Sparse<Q>,
    read: (answer: Buffer) => R,
    { kind, signal }: Call,
  ): Promise<R> {
    return this.#untilStopped(signal, (stop) => {
      const deadline = performance.now() + this.#timeoutMs;
      return this.#call(method.path, method.requestSerialize(request), read, { kind, signal: stop, deadline });
    });
  }

  /** Sends a request whose answer nobody waits for. The request may go on between `stop` and `close`. Never rejects. */
  async tidy<Q>(method: RpcMethod<Q, unknown>, request: Sparse<Q>): Promise<void> {
    // A signal of its own: thousands of listeners on one signal are slow, and Node warns of them.
    const stop = new AbortController();
    const forget = onAbort(this.#background.signal, () => stop.abort());
    const { signal } = stop;
    const deadline = performance.now() + this.#timeoutMs;
    try {
      await this.#call(method.path, method.requestSerialize(request), () => undefined, {
        kind: 'read',
        signal,
        deadline,
      });
    } catch {
      // The caller tidies up; what is left ends by itself.
    } finally {
      forget();
    }
  }

  /** Runs work with a signal that aborts when the caller's signal aborts, or when the connection is closed. */
  async #untilStopped<T>(signal: AbortSignal | undefined, work: (stop: AbortSignal) => Promise<T>): Promise<T> {
    const stop = new AbortController();
    const abort = (): void => stop.abort(signal?.reason);
    if (signal?.aborted === true) abort();
    if (this.#stopped !== undefined) stop.abort(this.#stopped);
    const forget = signal === undefined ? undefined : onAbort(signal, abort);
    this.#running.add(stop);
    try {
      return await work(stop.signal);
    } finally {
      this.#running.delete(stop);
      forget?.();
    }
  }

  async #call<R>(path: string, request: Buffer, read: (answer: Buffer) => R, call: Sending): Promise<R> {
    const { kind, signal, deadline } = call;
    let renewed = false;
    for (;;) {
      const client = await this.#calls.ready(deadline, signal);
      const { metadata, token } = await this.#metadata(this.#calls, client, call);
      try {
        return read(await sendUnary(client, path, request, metadata, { ...call, deadline: this.#attemptEnd(call) }));
      } catch (error) {
        if (error instanceof KvError || (signal.aborted && kind !== 'write')) throw error;
        if (isStaleToken(error) && !renewed && this.#tokens.discard(token)) {
          renewed = true;
          continue;
        }
        if (!isRefusal(error)) this.#calls.failed(client);
        if (kind === 'write' || isRefusal(error) || performance.now() >= deadline) throw failureOf(error, kind);
        await pause(50, signal);
      }
    }
  }

  /** Opens a stream to a reachable server within `withinMs` milliseconds. The caller ends the stream. */
  stream(path: string, withinMs: number, signal: AbortSignal | undefined): Promise<EtcdStream> {
    return this.#untilStopped(signal, async (stop) => {
      const deadline = performance.now() + withinMs;
      const client = await this.#streams.ready(deadline, stop);
      const { metadata, token } = await this.#metadata(this.#streams, client, { kind: 'read', signal: stop, deadline });
      stop.throwIfAborted();
      const stream = client.makeBidiStreamRequest(path, identity, identity, metadata);
      this.#open.add(stream);
      stream.on('status', () => this.#open.delete(stream));
      // The user of the stream gets the error as well; this listener only keeps it from being an uncaught one.
      stream.on('error', () => undefined);
      return { stream, token, failed: () => this.#streams.failed(client) };
    });
  }

  /** True when a stream that was refused with this token may be accepted with the next one. */
  discardToken(token: string | undefined): boolean {
    return this.#tokens.discard(token);
  }

  /**
   * Ends all streams, and all calls but those of the background: with `ERR_KV_OUTCOME_UNKNOWN` for writes that were
   * sent, with `reason` for all others.
   */
  stop(reason: KvError): void {
    this.#stopped ??= reason;
    for (const stop of this.#running) stop.abort(reason);
    for (const stream of this.#open) stream.cancel();
    this.#tokens.close(reason);
  }

  /** Ends what is left. Call `stop` first. */
  close(): void {
    this.#calls.close();
    this.#streams.close();
    this.#background.abort(this.#stopped);
  }

  /** The time at which one attempt ends. A read leaves time for another server; a write has one attempt. */
  #attemptEnd({ kind, deadline }: Sending): number {
    if (kind === 'write') return deadline;
    const now = performance.now();
    return now + Math.max(100, (deadline - now) / Math.min(2, this.#calls.count));
  }

  async #metadata(
    servers: EtcdServers,
    client: grpc.Client,
    { kind, signal, deadline }: Sending,
  ): Promise<{ readonly metadata: grpc.Metadata; readonly token: string | undefined }> {
    const metadata = new this.#grpc.Metadata();
    // Makes a server that has lost its cluster refuse the call at once, instead of letting it wait.
    if (kind !== 'stale read') metadata.set('hasleader', 'true');
    try {
      const token = await this.#tokens.get(client, deadline, signal);
      if (token !== undefined) metadata.set('token', token);
      return { metadata, token };
    } catch (error) {
      if (!signal.aborted) servers.failed(client);
      throw error;
    }
  }
}
