import type * as grpc from '@grpc/grpc-js';
import { KvError } from '../kv-error.ts';
import { isReady, openEndpoint } from './endpoint.ts';
import { failureOf, isRefusal, isStaleToken, unknownOutcome } from './failure.ts';
import { authenticateRequest, authenticateToken, readMessage } from './messages.ts';
import type { MessageReader } from './message-bytes.ts';
import type { EtcdOptions } from './options.ts';

const identity = (bytes: Buffer): Buffer => bytes;

export interface Call {
  /** Read calls are asked again of the next server; a write only while it has not been sent. */
  readonly kind: 'read' | 'write';
  readonly signal: AbortSignal | undefined;
}

/** The servers of a cluster: the one that answered last is asked first. */
export class EtcdConnection {
  readonly #grpc: typeof grpc;
  readonly #clients: readonly grpc.Client[];
  readonly #options: EtcdOptions;
  readonly #timeoutMs: number;
  #current = 0;
  #token: Promise<string> | undefined;

  constructor(module: typeof grpc, endpoints: readonly string[], options: EtcdOptions) {
    this.#grpc = module;
    this.#options = options;
    this.#timeoutMs = positive('timeoutMs', options.timeoutMs ?? 5000);
    this.#clients = endpoints.map((endpoint) => openEndpoint(module, endpoint, options));
  }

  /** Sends a request and reads its answer, within the timeout. */
  async call(path: string, request: Buffer, call: Call): Promise<MessageReader> {
    const deadline = Date.now() + this.#timeoutMs;
    let renewed = false;
    for (;;) {
      const client = await this.#ready(deadline, call.signal);
      const metadata = await this.#metadata(client, deadline, call.signal);
      try {
        return readMessage(await this.#send(client, path, request, metadata, this.#attemptEnd(call, deadline), call));
      } catch (error) {
        if (error instanceof KvError || call.signal?.aborted === true) throw error;
        if (isStaleToken(error) && this.#options.user !== undefined && !renewed) {
          renewed = true;
          this.#token = undefined;
          continue;
        }
        if (!isRefusal(error)) this.#rotate(client);
        if (call.kind === 'write' || isRefusal(error) || Date.now() >= deadline) throw failureOf(error, call.kind);
        await pause(50, call.signal);
      }
    }
  }

  /** Opens a stream to a server that can be reached, within a time; `signal` ends it. */
  async stream(path: string, withinMs: number, signal: AbortSignal): Promise<EtcdStream> {
    const deadline = Date.now() + withinMs;
    const client = await this.#ready(deadline, signal);
    const metadata = await this.#metadata(client, deadline, signal);
    const stream = client.makeBidiStreamRequest(path, identity, identity, metadata);
    // Its reader gets the error; nobody else listens.
    stream.on('error', () => undefined);
    const cancel = (): void => stream.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    return {
      messages: stream as AsyncIterable<Buffer>,
      send: (request) => stream.write(request),
      end: () => {
        signal.removeEventListener('abort', cancel);
        stream.cancel();
      },
      failed: () => this.#rotate(client),
    };
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }

  /** A connected server. Nothing was sent when there is none. */
  async #ready(deadline: number, signal: AbortSignal | undefined): Promise<grpc.Client> {
    for (;;) {
      for (let tries = 0; tries < this.#clients.length; tries++) {
        const client = this.#clients[this.#current];
        if (client === undefined) break;
        const share = Date.now() + Math.max(200, (deadline - Date.now()) / (this.#clients.length - tries));
        if (await isReady(this.#grpc, client, Math.min(share, deadline), signal)) return client;
        this.#rotate(client);
      }
      if (Date.now() >= deadline) {
        throw new KvError(
          'ERR_KV_NOT_REACHABLE',
          'no server of etcd could be reached in time; nothing was sent; see that one runs at the endpoints',
        );
      }
      await pause(50, signal);
    }
  }

  #rotate(client: grpc.Client): void {
    if (this.#clients[this.#current] === client) this.#current = (this.#current + 1) % this.#clients.length;
  }

  /** A read leaves time for the other servers; a write is asked once and has all of it. */
  #attemptEnd({ kind }: Call, deadline: number): number {
    if (kind === 'write') return deadline;
    return Date.now() + Math.max(100, (deadline - Date.now()) / Math.min(2, this.#clients.length));
  }

  #send(
    client: grpc.Client,
    path: string,
    request: Buffer,
    metadata: grpc.Metadata,
    deadline: number,
    { kind, signal }: Call,
  ): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        reject(kind === 'write' ? unknownOutcome('aborted', signal?.reason) : (signal?.reason as Error));
        sent.cancel();
      };
      const sent = client.makeUnaryRequest(path, identity, identity, request, metadata, { deadline }, (error, answer) => {
        signal?.removeEventListener('abort', abort);
        if (error !== null) reject(error);
        else if (answer === undefined) reject(new Error('an empty answer'));
        else resolve(answer);
      });
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  async #metadata(client: grpc.Client, deadline: number, signal: AbortSignal | undefined): Promise<grpc.Metadata> {
    // A server that has lost its cluster refuses instead of answering from the past.
    const metadata = new this.#grpc.Metadata();
    metadata.set('hasleader', 'true');
    const { user, password = '' } = this.#options;
    if (user === undefined) return metadata;
    this.#token ??= this.#send(client, '/etcdserverpb.Auth/Authenticate', authenticateRequest(user, password), metadata, deadline, {
      kind: 'read',
      signal: undefined,
    }).then((answer) => authenticateToken(readMessage(answer)));
    try {
      const token = await this.#token;
      signal?.throwIfAborted();
      metadata.set('token', token);
      return metadata;
    } catch (error) {
      this.#token = undefined;
      if (signal?.aborted === true) throw error;
      this.#rotate(client);
      throw failureOf(error, 'read');
    }
  }
}

export interface EtcdStream {
  readonly messages: AsyncIterable<Buffer>;
  send(request: Buffer): void;
  end(): void;
  /** Another server is asked next. */
  failed(): void;
}

export function positive(name: string, milliseconds: number): number {
  if (milliseconds > 0 && milliseconds < 2 ** 31) return milliseconds;
  throw new KvError('ERR_KV_INVALID_ARGUMENT', `${name} is ${String(milliseconds)}; it is a positive number below 2^31`);
}

export function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener('abort', done, { once: true });
  });
}
