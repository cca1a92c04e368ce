import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Server as TlsServer, TLSSocket, TlsOptions as TlsServerOptions } from 'node:tls';
import { RemoteError } from '../../errors/remote-error.ts';
import { isLoopback, tcpText } from './address.ts';
import type { ListenAddress } from './address.ts';
import type { Certificates } from './certificates.ts';
import type { CheckedLimits } from './limits.ts';
import { givenCertificate, peerOf } from './peer.ts';
import type { RemotePeer } from './peer.ts';
import { listenAtPath } from './unix-socket.ts';

/** A connection that may make calls. */
export interface Connection {
  readonly peer: RemotePeer;
  /** The name under which its streams are counted. */
  readonly holder: string;
  destroy(): void;
}

/** The parts of {@link Connections}. */
export interface ConnectionsParts {
  readonly address: ListenAddress;
  readonly certificates: Certificates | undefined;
  readonly limits: Pick<CheckedLimits, 'connections' | 'handshakeMs'>;
  /** Takes a connection whose peer is known. */
  readonly onConnection: (socket: Socket) => void;
  /** Told of handshakes that failed, and of files of certificates that cannot be used. */
  readonly onProblem: (error: unknown, address: string) => void;
  /** Called before a connection is destroyed because the certificate of its peer has expired. */
  readonly onExpired: (connection: Connection) => void;
}

/** The longest time that a timer of Node can wait, in milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Listens at an address, and knows the peer of each connection. */
export class Connections {
  readonly #parts: ConnectionsParts;
  readonly #server: Server;
  #tls: TlsServer | undefined;
  /** Open sockets, those in a handshake included. */
  readonly #sockets = new Set<Socket>();
  /** Connections by the text that gRPC gives for their peer. */
  readonly #byPeer = new Map<string, Connection>();
  #made = 0;
  #refused = 0;
  #remove: (() => void) | undefined;
  #text: string;

  constructor(parts: ConnectionsParts) {
    this.#parts = parts;
    this.#text = parts.address.text;
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  /** The address, with the port that was given. */
  get text(): string {
    return this.#text;
  }

  /** The number of open sockets. */
  get size(): number {
    return this.#sockets.size;
  }

  /** Connections that were closed because there were too many. */
  get refused(): number {
    return this.#refused;
  }

  /** The connection of a call, by the text that gRPC gives for its peer. */
  find(peer: string): Connection | undefined {
    return this.#byPeer.get(peer);
  }

  /** Rejects with the codes `ERR_REMOTE_…` of an address, and with `ERR_REMOTE_CERTIFICATE`. */
  async listen(): Promise<void> {
    const { address, certificates, limits, onProblem } = this.#parts;
    if (certificates !== undefined) {
      // A unix socket is guarded by its mode, and a peer there may come without a certificate.
      const tls = createTlsServer({ ...this.#tlsOptions(certificates), handshakeTimeout: limits.handshakeMs });
      tls.on('secureConnection', (socket) => this.#admitSecure(socket));
      tls.on('tlsClientError', (error, socket) => {
        onProblem(error, socket.remoteAddress ?? 'unix');
        socket.destroy();
      });
      this.#tls = tls;
    }
    try {
      if (address.kind === 'unix') {
        this.#remove = await listenAtPath(this.#server, address.path, address.text);
      } else {
        await this.#listenAtPort(address);
      }
    } catch (error) {
      throw listenFailure(error, address);
    }
    this.#server.on('error', (error) => onProblem(error, this.#text));
  }

  /** Takes certificates as they are on the disk now, for new connections. Throws `ERR_REMOTE_CERTIFICATE`. */
  reload(): void {
    const { certificates } = this.#parts;
    if (certificates !== undefined) this.#tls?.setSecureContext(this.#tlsOptions(certificates));
  }

  /** Ends listening. Open connections stay. */
  stop(): void {
    this.#server.close();
    this.#remove?.();
    this.#remove = undefined;
  }

  /** Settles when all connections have ended, and ends them after that time. */
  async drain(withinMs: number): Promise<void> {
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, withinMs);
    await Promise.all([...this.#sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
    clearTimeout(timer);
  }

  async #listenAtPort({ host, port }: Extract<ListenAddress, { kind: 'tcp' }>): Promise<void> {
    const server = this.#server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port }, () => {
        server.off('error', reject);
        resolve();
      });
    });
    const bound = server.address() as AddressInfo;
    this.#text = tcpText(host, bound.port);
    if (this.#parts.certificates !== undefined || isLoopback(bound.address)) return;
    server.close();
    throw insecure(this.#text);
  }

  #tlsOptions(certificates: Certificates): TlsServerOptions {
    return {
      ...certificates.read(),
      requestCert: true,
      rejectUnauthorized: this.#parts.address.kind === 'tcp',
      ALPNProtocols: ['h2'],
    };
  }

  #accept(socket: Socket): void {
    if (this.#sockets.size >= this.#parts.limits.connections) {
      this.#refused += 1;
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // Errors of sockets are followed by `close`.
    socket.on('error', () => undefined);
    if (this.#tls === undefined) {
      this.#admit(socket);
      return;
    }
    if (this.#parts.certificates?.noticeChange() === true) this.#tryReload();
    this.#tls.emit('connection', socket);
  }

  /** A connection is made with the former certificates where the new files cannot be used. */
  #tryReload(): void {
    try {
      this.reload();
    } catch (error) {
      this.#parts.onProblem(error, this.#text);
    }
  }

  #admitSecure(socket: TLSSocket): void {
    socket.on('error', () => undefined);
    const isForeign = !socket.authorized && givenCertificate(socket) !== undefined;
    // Without the protocol h2 the other side would be answered in HTTP/1.
    if (!isForeign && socket.alpnProtocol === 'h2') {
      this.#admit(socket);
      return;
    }
    const reason = isForeign ? String(socket.authorizationError) : 'the peer does not speak HTTP/2';
    this.#parts.onProblem(new Error(reason), socket.remoteAddress ?? 'unix');
    socket.destroy();
  }

  #admit(socket: Socket): void {
    const isUnix = this.#parts.address.kind === 'unix';
    this.#made += 1;
    if (isUnix) {
      // gRPC tells the peer of a call by these two, which sockets of this kind do not have.
      Object.defineProperty(socket, 'remoteAddress', { value: 'unix' });
      Object.defineProperty(socket, 'remotePort', { value: this.#made });
    }
    const peer = peerOf(socket, isUnix);
    const key = `${String(socket.remoteAddress)}:${String(socket.remotePort)}`;
    const connection: Connection = {
      peer,
      holder: peer.fingerprint ?? key,
      destroy: () => socket.destroy(),
    };
    this.#byPeer.set(key, connection);
    const forgetExpiry = this.#expire(connection);
    socket.once('close', () => {
      forgetExpiry();
      if (this.#byPeer.get(key) === connection) this.#byPeer.delete(key);
    });
    this.#parts.onConnection(socket);
  }

  /** Ends a connection when the certificate of its peer expires. */
  #expire(connection: Connection): () => void {
    const { validTo } = connection.peer;
    if (validTo === undefined) return () => undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const wait = (): void => {
      const leftMs = validTo.getTime() - Date.now();
      if (leftMs > 0) {
        timer = setTimeout(wait, Math.min(leftMs, LONGEST_TIMER_MS)).unref();
        return;
      }
      this.#parts.onExpired(connection);
    };
    wait();
    return () => clearTimeout(timer);
  }
}

/** The error for a server that may not listen without TLS. */
export function insecure(target: string): RemoteError {
  return new RemoteError(
    'ERR_REMOTE_INSECURE',
    `without TLS a server listens on a unix socket or a loopback address only, and ${target} is neither: ` +
      'give the option tls',
    { target },
  );
}

function listenFailure(error: unknown, { text: target }: ListenAddress): unknown {
  if (error instanceof RemoteError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const options = { cause: error };
  switch (code) {
    case 'EADDRINUSE':
      return new RemoteError(
        'ERR_REMOTE_ADDRESS_IN_USE',
        `another process listens at ${target}: end it, or name another address`,
        { target },
        options,
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new RemoteError(
        'ERR_REMOTE_NOT_PERMITTED',
        `this user may not listen at ${target} (${code}): name another address`,
        { target },
        options,
      );
    default:
      return new RemoteError(
        'ERR_REMOTE_ADDRESS',
        `it is not possible to listen at ${target} (${code ?? message}): ` +
          'look whether the folder exists, or whether the machine has the address',
        { target },
        options,
      );
  }
}
