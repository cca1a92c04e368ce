import type * as grpc from '@grpc/grpc-js';
import { abortable } from '../../base/async/abortable.ts';
import type { RpcMethod, Sparse } from '../../base/protobuf/service-messages.ts';
import { KvError } from '../../errors/kv-error.ts';
import { pause } from '../backend/pause.ts';
import { unknownOutcome } from '../backend/unknown-outcome.ts';
import { isReady, notReachable, openEndpoint } from './endpoint.ts';
import { failureOf, isRefusal, isStaleToken } from './failure.ts';
import { AuthService } from './generated/rpc.ts';
import type { EtcdOptions } from './options.ts';

const identity = (bytes: Buffer): Buffer => bytes;

export interface Call {
  /**
   * A failed read is repeated at the next server; a write is not repeated once it was sent. A server that has lost its
   * cluster still answers a stale read.
   */
  readonly kind: 'read' | 'stale read' | 'write';
  readonly signal: AbortSignal | undefined;
}

/** A running call. `signal` aborts when the caller aborts the call, or when the connection is closed. */
interface RunningCall {
  readonly kind: Call['kind'];
  readonly signal: AbortSignal;
  readonly deadline: number;
}

/** A connection to the servers of a cluster. Calls go to the server that answered last, while it answers. */
export class EtcdConnection {
  readonly #grpc: typeof grpc;
  readonly #clients: readonly grpc.Client[];
  readonly #options: EtcdOptions;
  readonly #timeoutMs: number;
  readonly #running = new Set<AbortController>();
  #current = 0;
  #token: Promise<string> | undefined;

  constructor(module: typeof grpc, endpoints: readonly string[], options: EtcdOptions) {
    this.#grpc = module;
    this.#options = options;
    this.#timeoutMs = positive('timeoutMs', options.timeoutMs ?? 5000);
    this.#clients = endpoints.map((endpoint) => openEndpoint(module, endpoint, options));
  }

  /** Sends a request and reads its answer, within `timeoutMs` for all attempts together. */
  async call<Q, R>(method: RpcMethod<Q, R>, request: Sparse<Q>, { kind, signal }: Call): Promise<R> {
    const stop = new AbortController();
    const abort = (): void => stop.abort(signal?.reason);
    if (signal?.aborted === true) abort();
    signal?.addEventListener('abort', abort, { once: true });
    this.#running.add(stop);
    try {
      return await this.#call(method, request, { kind, signal: stop.signal, deadline: Date.now() + this.#timeoutMs });
    } finally {
      this.#running.delete(stop);
      signal?.removeEventListener('abort', abort);
    }
  }

  async #call<Q, R>(method: RpcMethod<Q, R>, request: Sparse<Q>, call: RunningCall): Promise<R> {
    const { kind, signal, deadline } = call;
    let renewed = false;
    for (;;) {
      const client = await this.#ready(deadline, signal);
      const metadata = await this.#metadata(client, call);
      try {
        return await this.#send(client, method, request, metadata, { ...call, deadline: this.#attemptEnd(call) });
      } catch (error) {
        if (error instanceof KvError || (signal.aborted && kind !== 'write')) throw error;
        if (isStaleToken(error) && this.#options.user !== undefined && !renewed) {
          renewed = true;
          this.#token = undefined;
          continue;
        }
        if (!isRefusal(error)) this.#rotate(client);
        if (kind === 'write' || isRefusal(error) || Date.now() >= deadline) throw failureOf(error, kind);
        await pause(50, signal);
      }
    }
  }

  /** Opens a stream to a reachable server within `withinMs` milliseconds. `signal` ends the stream. */
  async stream<Q, R>(method: RpcMethod<Q, R>, withinMs: number, signal: AbortSignal): Promise<EtcdStream<Q>> {
    const deadline = Date.now() + withinMs;
    const client = await this.#ready(deadline, signal);
    const metadata = await this.#metadata(client, { kind: 'read', signal, deadline });
    signal.throwIfAborted();
    const stream = client.makeBidiStreamRequest(method.path, identity, identity, metadata);
    // The reader of the stream gets the error; this listener only keeps it from being an uncaught one.
    stream.on('error', () => undefined);
    const cancel = (): void => stream.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    return {
      messages: stream as AsyncIterable<Buffer>,
      send: (request) => stream.write(method.requestSerialize(request)),
      end: () => {
        signal.removeEventListener('abort', cancel);
        stream.cancel();
      },
      failed: () => this.#rotate(client),
    };
  }

  /** Ends all calls: with `ERR_KV_OUTCOME_UNKNOWN` for writes that were sent, with `ERR_KV_CLOSED` for all others. */
  close(): void {
    for (const stop of this.#running)
      stop.abort(new KvError('ERR_KV_CLOSED', 'the store was closed while the call waited', { backend: 'etcd' }));
    for (const client of this.#clients) client.close();
  }

  /** Waits for a connected server. Throws `ERR_KV_NOT_REACHABLE` at the deadline; nothing was sent then. */
  async #ready(deadline: number, signal: AbortSignal): Promise<grpc.Client> {
    for (;;) {
      for (let tries = 0; tries < this.#clients.length; tries++) {
        const client = this.#clients[this.#current];
        if (client === undefined) break;
        const share = Date.now() + Math.max(200, (deadline - Date.now()) / (this.#clients.length - tries));
        if (await isReady(this.#grpc, client, Math.min(share, deadline), signal)) return client;
        signal.throwIfAborted();
        if (Date.now() >= deadline) throw await notReachable(client);
        this.#rotate(client);
      }
      await pause(50, signal);
    }
  }

  #rotate(client: grpc.Client): void {
    if (this.#clients[this.#current] === client) this.#current = (this.#current + 1) % this.#clients.length;
  }

  /** The deadline of one attempt. A read leaves time for another server; a write has one attempt and all the time. */
  #attemptEnd({ kind, deadline }: RunningCall): number {
    if (kind === 'write') return deadline;
    return Date.now() + Math.max(100, (deadline - Date.now()) / Math.min(2, this.#clients.length));
  }

  async #send<Q, R>(
    client: grpc.Client,
    method: RpcMethod<Q, R>,
    request: Sparse<Q>,
    metadata: grpc.Metadata,
    call: RunningCall,
  ): Promise<R> {
    const { kind, signal, deadline } = call;
    signal.throwIfAborted();
    const answered = await new Promise<Buffer>((resolve, reject) => {
      const abort = (): void => {
        reject(kind === 'write' ? unknownOutcome('etcd', 'aborted', signal.reason) : (signal.reason as Error));
        sent.cancel();
      };
      const sent = client.makeUnaryRequest(
        method.path,
        identity,
        identity,
        method.requestSerialize(request),
        metadata,
        { deadline },
        (error, answer) => {
          signal.removeEventListener('abort', abort);
          if (error !== null) reject(error);
          else if (answer === undefined) reject(new Error('an empty answer'));
          else resolve(answer);
        },
      );
      signal.addEventListener('abort', abort, { once: true });
    });
    return method.responseDeserialize(answered);
  }

  async #metadata(client: grpc.Client, { kind, signal, deadline }: RunningCall): Promise<grpc.Metadata> {
    const metadata = new this.#grpc.Metadata();
    // Makes a server that has lost its cluster refuse the call at once, instead of letting it wait.
    if (kind !== 'stale read') metadata.set('hasleader', 'true');
    if (this.#options.user === undefined) return metadata;
    this.#token ??= this.#authenticate(client, deadline);
    const token = this.#token;
    try {
      metadata.set('token', await abortable(token, signal));
      return metadata;
    } catch (error) {
      if (signal.aborted) throw error;
      if (this.#token === token) this.#token = undefined;
      this.#rotate(client);
      throw failureOf(error, 'read');
    }
  }

  /** Gets a token for all waiting calls. Aborting one of them does not abort the request. */
  #authenticate(client: grpc.Client, deadline: number): Promise<string> {
    const { user = '', password = '' } = this.#options;
    const stop = new AbortController();
    this.#running.add(stop);
    const call: RunningCall = { kind: 'read', signal: stop.signal, deadline };
    const request = { name: user, password };
    return this.#send(client, AuthService.authenticate, request, new this.#grpc.Metadata(), call)
      .then(({ token }) => token)
      .finally(() => this.#running.delete(stop));
  }
}

export interface EtcdStream<Q> {
  readonly messages: AsyncIterable<Buffer>;
  send(request: Sparse<Q>): void;
  end(): void;
  /** Reports the server as failed: the next call goes to another one. */
  failed(): void;
}

export function positive(name: string, milliseconds: number): number {
  if (milliseconds > 0 && milliseconds < 2 ** 31) return milliseconds;
  throw new KvError(
    'ERR_KV_INVALID_ARGUMENT',
    `${name} is ${String(milliseconds)}; it is a positive number below 2^31`,
    { argument: name },
  );
}
