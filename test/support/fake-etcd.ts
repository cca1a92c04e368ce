import * as grpc from '@grpc/grpc-js';
import { MessageReader, MessageWriter } from './message-bytes.ts';

type Unary = (request: MessageReader, metadata: grpc.Metadata) => Buffer | Promise<Buffer>;
export type FakeStream = grpc.ServerDuplexStream<Buffer, Buffer>;
type Streaming = (stream: FakeStream) => void;

const same = (bytes: Buffer): Buffer => bytes;

/** The status that a handler of {@link FakeEtcd} throws to refuse a call. */
export function refusal(code: number, details: string): Error {
  return Object.assign(new Error(details), { code, details });
}

/** A gRPC server in the place of etcd that answers as a test tells it. Methods have their full names: `KV/Range`. */
export class FakeEtcd {
  readonly #server: grpc.Server;
  readonly #unary = new Map<string, Unary>();
  readonly #streaming = new Map<string, Streaming>();
  #port = 0;
  /** The methods that were called, in order. */
  readonly calls: string[] = [];
  /** Told the address of the client of each call that is no stream. */
  onCall: (peer: string) => void = () => undefined;

  constructor(options: grpc.ServerOptions) {
    this.#server = new grpc.Server(options);
    for (const method of ['KV/Range', 'KV/Txn', 'KV/DeleteRange', 'Lease/LeaseGrant', 'Lease/LeaseRevoke'])
      this.#register(method);
    this.#register('Auth/Authenticate');
    for (const method of ['Watch/Watch', 'Lease/LeaseKeepAlive']) {
      this.#server.register(
        `/etcdserverpb.${method}`,
        (stream: FakeStream) => {
          this.calls.push(method);
          stream.on('error', () => undefined);
          this.#streaming.get(method)?.(stream);
        },
        same,
        same,
        'bidi',
      );
    }
  }

  static async start(options: grpc.ServerOptions = {}): Promise<FakeEtcd> {
    const fake = new FakeEtcd(options);
    fake.#port = await new Promise<number>((resolve, reject) => {
      const credentials = grpc.ServerCredentials.createInsecure();
      fake.#server.bindAsync('127.0.0.1:0', credentials, (error, port) =>
        error === null ? resolve(port) : reject(error),
      );
    });
    return fake;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  answer(method: string, unary: Unary): this {
    this.#unary.set(method, unary);
    return this;
  }

  stream(method: string, streaming: Streaming): this {
    this.#streaming.set(method, streaming);
    return this;
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  #register(method: string): void {
    this.#server.register(
      `/etcdserverpb.${method}`,
      (call: grpc.ServerUnaryCall<Buffer, Buffer>, respond: grpc.sendUnaryData<Buffer>) => {
        this.calls.push(method);
        this.onCall(call.getPeer());
        const unary = this.#unary.get(method);
        if (unary === undefined) return;
        Promise.resolve()
          .then(() => unary(new MessageReader(call.request), call.metadata))
          .then(
            (answer) => respond(null, answer),
            (error: unknown) => respond(error as Error),
          );
      },
      same,
      same,
      'unary',
    );
  }
}

/** Messages of etcd, by the numbers of their fields. */
export const header = (revision: bigint): Buffer => new MessageWriter().integer(3, revision).finish();

export const pair = (key: string, revision: bigint, value = `v${revision}`, lease = 0n): Buffer =>
  new MessageWriter()
    .bytes(1, Buffer.from(key))
    .integer(3, revision)
    .bytes(5, Buffer.from(value))
    .integer(6, lease)
    .finish();

export const listing = (revision: bigint, ...pairs: Buffer[]): Buffer =>
  pairs.reduce((message, each) => message.message(2, each), new MessageWriter().message(1, header(revision))).finish();

export const written = (revision: bigint, operations = 1): Buffer =>
  Array.from({ length: operations })
    .reduce<MessageWriter>(
      (message) => message.message(3, Buffer.alloc(0)),
      new MessageWriter().message(1, header(revision)).flag(2, true),
    )
    .finish();

/** The answer to a transaction whose conditions do not all hold. `found` has a listing for each condition. */
export const refused = (revision: bigint, ...found: Buffer[]): Buffer =>
  found
    .reduce(
      (message, each) => message.message(3, new MessageWriter().message(1, each).finish()),
      new MessageWriter().message(1, header(revision)),
    )
    .finish();

export const grant = (id: bigint, seconds: bigint): Buffer =>
  new MessageWriter().integer(2, id).integer(3, seconds).finish();

/** Messages of a watch stream, by the number of the watch. */
export const created = (id: bigint, revision: bigint): Buffer =>
  new MessageWriter().message(1, header(revision)).integer(2, id).flag(3, true).finish();

export const canceled = (id: bigint, revision: bigint, reason: string, compacted = 0n): Buffer =>
  new MessageWriter()
    .message(1, header(compacted > 0n ? 0n : revision))
    .integer(2, id)
    .flag(4, true)
    .integer(5, compacted)
    .text(6, reason)
    .finish();

/** The refusal of a new watch, as etcd 3.4 gives it: without the number of the watch. */
export const denied = (revision: bigint, reason: string): Buffer =>
  new MessageWriter().message(1, header(revision)).integer(2, -1n).flag(3, true).flag(4, true).text(6, reason).finish();

export const changed = (id: bigint, revision: bigint, pairs: readonly Buffer[], isPart = false): Buffer =>
  pairs
    .reduce(
      (message, each) => message.message(11, new MessageWriter().message(2, each).finish()),
      new MessageWriter().message(1, header(revision)).integer(2, id).flag(7, isPart),
    )
    .finish();

/** A request of a client on a watch stream. */
export type WatchAsked =
  | {
      readonly create: { readonly id: bigint; readonly key: string; readonly start: bigint; readonly fragment: bigint };
    }
  | { readonly cancel: bigint }
  | { readonly progress: true };

export function watchAsked(request: Buffer): WatchAsked {
  const message = new MessageReader(request);
  if (message.has(1)) {
    const create = message.message(1);
    return {
      create: { id: create.integer(7), key: create.text(1), start: create.integer(3), fragment: create.integer(8) },
    };
  }
  return message.has(2) ? { cancel: message.message(2).integer(1) } : { progress: true };
}

/** Renews each lease that a client asks for, for so many seconds. */
export function renewing(seconds: bigint): Streaming {
  return (stream) =>
    stream.on('data', (request: Buffer) =>
      stream.write(new MessageWriter().integer(2, new MessageReader(request).integer(1)).integer(3, seconds).finish()),
    );
}
