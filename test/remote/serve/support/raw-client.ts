import * as grpc from '@grpc/grpc-js';
import type { Certificate } from '../../../support/certificates.ts';

const identity = (bytes: Buffer): Buffer => bytes;

/** The messages and the status of a call. */
export interface Answer {
  readonly messages: readonly Buffer[];
  readonly code: number;
  readonly details: string;
}

/** How a client shows who it is. */
export interface ClientIdentity {
  readonly ca?: string;
  readonly own?: Certificate;
}

/** A client that knows nothing but bytes. */
export class RawClient {
  readonly #client: grpc.Client;

  constructor(address: string, identityOptions?: ClientIdentity, options: grpc.ClientOptions = {}) {
    const target = address.startsWith('unix://') ? `unix:${address.slice('unix://'.length)}` : `dns:///${address}`;
    const { ca, own } = identityOptions ?? {};
    const pem = (text: string | undefined): Buffer | null => (text === undefined ? null : Buffer.from(text));
    const credentials =
      identityOptions === undefined
        ? grpc.credentials.createInsecure()
        : grpc.credentials.createSsl(pem(ca), pem(own?.key), pem(own?.certificate), {
            rejectUnauthorized: ca !== undefined,
          });
    this.#client = new grpc.Client(target, credentials, {
      'grpc.enable_retries': 0,
      'grpc.use_local_subchannel_pool': 1,
      'grpc.max_receive_message_length': -1,
      ...(identityOptions === undefined ? {} : { 'grpc.ssl_target_name_override': 'swarm-manager' }),
      ...options,
    });
  }

  /** Makes a call, and waits for its end. */
  call(
    path: string,
    request: Uint8Array = new Uint8Array(0),
    metadata: grpc.Metadata = new grpc.Metadata(),
  ): Promise<Answer> {
    return answerOf(this.stream(path, request, metadata));
  }

  /** Opens a stream. Nothing is read until somebody listens. */
  stream(
    path: string,
    request: Uint8Array = new Uint8Array(0),
    metadata: grpc.Metadata = new grpc.Metadata(),
  ): grpc.ClientReadableStream<Buffer> {
    return this.#client.makeServerStreamRequest(path, identity, identity, Buffer.from(request), metadata);
  }

  close(): void {
    this.#client.close();
  }
}

/** Reads a stream up to its end. */
export function answerOf(stream: grpc.ClientReadableStream<Buffer>): Promise<Answer> {
  return new Promise((resolve) => {
    const messages: Buffer[] = [];
    stream.on('data', (message: Buffer) => messages.push(message));
    stream.on('error', () => undefined);
    stream.on('status', ({ code, details }) => resolve({ messages, code, details }));
  });
}
