import { once } from 'node:events';
import { connect } from 'node:http2';
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';
import { connect as connectSocket } from 'node:net';

/** The end of a call, as its bytes and headers are. */
export interface RawAnswer {
  readonly http: number;
  readonly status: number;
  readonly text: string;
  /** The messages, each without the five bytes of its frame. */
  readonly messages: readonly Buffer[];
  readonly headers: IncomingHttpHeaders;
}

interface CallOptions {
  readonly compressed?: boolean;
  readonly headers?: OutgoingHttpHeaders;
}

/** A client that is made of HTTP/2 and of nothing else: it knows gRPC from its wire format. */
export class RawConnection {
  readonly #session: ClientHttp2Session;

  constructor(session: ClientHttp2Session) {
    this.#session = session;
    session.on('error', () => undefined);
  }

  static async open(address: string): Promise<RawConnection> {
    const url = address.startsWith('unix://') ? 'http://localhost' : `http://${address}`;
    const session = address.startsWith('unix://')
      ? connect(url, { createConnection: () => connectSocket(address.slice('unix://'.length)) })
      : connect(url);
    await once(session, 'connect');
    return new RawConnection(session);
  }

  /** Sends a request, or none, and reads up to the end. */
  async call(path: string, request: Uint8Array | undefined, options: CallOptions = {}): Promise<RawAnswer> {
    const stream = this.#open(path, request, options);
    const chunks: Buffer[] = [];
    let headers: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    stream.on('response', (given: IncomingHttpHeaders) => {
      headers = given;
    });
    stream.on('trailers', (given: IncomingHttpHeaders) => {
      trailers = given;
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', () => undefined);
    await once(stream, 'close');
    const end = 'grpc-status' in trailers ? trailers : headers;
    return {
      http: Number(headers[':status']),
      status: Number(end['grpc-status']),
      text: decodeURIComponent(String(end['grpc-message'] ?? '')),
      messages: messagesOf(Buffer.concat(chunks)),
      headers,
    };
  }

  /** Opens a stream of which nothing is read. */
  unread(path: string, request: Uint8Array = new Uint8Array(0)): ClientHttp2Stream {
    const stream = this.#open(path, request, {});
    stream.on('error', () => undefined);
    return stream;
  }

  close(): void {
    this.#session.destroy();
  }

  #open(
    path: string,
    request: Uint8Array | undefined,
    { compressed = false, headers = {} }: CallOptions,
  ): ClientHttp2Stream {
    const stream = this.#session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    if (request === undefined) {
      stream.end();
    } else {
      const frame = Buffer.alloc(5);
      frame.writeUInt8(compressed ? 1 : 0, 0);
      frame.writeUInt32BE(request.length, 1);
      stream.end(Buffer.concat([frame, request]));
    }
    return stream;
  }
}

function messagesOf(bytes: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let position = 0; position < bytes.length;) {
    const end = position + 5 + bytes.readUInt32BE(position + 1);
    messages.push(bytes.subarray(position + 5, end));
    position = end;
  }
  return messages;
}
