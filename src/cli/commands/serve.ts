import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveEvents } from '../../remote/events/serve-events.ts';
import type { EventsHandler } from '../../remote/events/serve-events.ts';
import { serveSwarm } from '../../remote/serve/serve-swarm.ts';
import type { ReadableStore } from '../../readable/readable-store.ts';
import { usage } from '../terminal/failure.ts';
import { examples } from './command.ts';
import type { CliCommand } from './command.ts';
import { addSourceOptions } from './shared-options.ts';
import type { SourceOptions } from './shared-options.ts';
import { serveSource } from './serving.ts';
import type { Served } from './serving.ts';

type ServeOptions = SourceOptions & {
  readonly listen?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
  readonly grpc?: string;
};

/** The path of the stream of events. */
const PATH = '/events';

/** `swarmstate serve`: a source for other processes, over HTTP or gRPC. */
export const command: CliCommand = {
  define(declared) {
    declared
      .argument('[SOURCE...]')
      .option('--listen <host:port>', 'where to listen; port 0 is a free one', '127.0.0.1:0')
      .option('--tls-cert <file>', 'the certificate of the server; needed beyond this machine')
      .option('--tls-key <file>', 'the key of that certificate')
      .option('--grpc <address>', 'serve gRPC in place of HTTP, at host:port or unix:///run/store.sock')
      .option('--tls-ca <file>', 'with --grpc: the authority of the certificates of clients');
    addSourceOptions(declared);
    declared.addHelpText(
      'after',
      `${examples(
        ['the swarm of this machine, for programs on it', 'serve'],
        [
          'a replicated store, for others who have the token',
          'serve lmdb:./data --listen 0.0.0.0:8443 --tls-cert c.pem --tls-key k.pem --token-file token',
        ],
        ['and its reader', 'ls tasks https://host:8443/events --token-file token'],
        ['a replicated store for the clients of swarmkit', 'serve lmdb:./data --grpc unix:///run/store.sock'],
      )}\nClients over HTTP show a token: that of --token-file, else a new one, which is written to standard error.
Clients over gRPC show a certificate with the unit swarm-manager; on a unix socket, its mode 0600 decides.`,
    );
  },

  async run({ terminal, words, options: given }) {
    const options = given as ServeOptions;
    if (options.showSecrets === true) throw usage('serve sends no secrets: --show-secrets is for a terminal');
    const { grpc } = options;
    const start = grpc === undefined ? httpServer(options) : grpcServer(options, grpc);
    return serveSource(terminal, words, options, ({ store }) => start(store));
  },
};

type Start = (store: ReadableStore) => Promise<Served>;

/** Checks the options of a server over HTTP; the function starts it. */
function httpServer({ listen: address = '', tlsCert, tlsKey, tokenFile }: ServeOptions): Start {
  const { host, port } = addressOf(address);
  const tls = tlsCert === undefined || tlsKey === undefined ? undefined : { cert: tlsCert, key: tlsKey };
  if (tls === undefined && !isLoopback(host))
    throw usage(`beyond this machine, ${host} needs --tls-cert and --tls-key`);
  const token = tokenOf(tokenFile);
  return async (store) => {
    const server =
      tls === undefined
        ? createServer()
        : createSecureServer({ cert: readFileSync(tls.cert), key: readFileSync(tls.key) });
    const wanted = digest(`Bearer ${token.text}`);
    const events = serveEvents(store, {
      authorize: (request) => timingSafeEqual(digest(request.header('authorization') ?? ''), wanted),
    });
    answer(server, events);
    try {
      await listen(server, host, port);
    } catch (error) {
      events.close();
      throw error;
    }
    const bound = (server.address() as AddressInfo).port;
    return {
      address: `${tls === undefined ? 'http' : 'https'}://${hostText(host)}:${bound}${PATH}`,
      notice: token.made ? `the token of clients is ${token.text}` : undefined,
      async close() {
        events.close();
        const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
        server.closeAllConnections();
        await closed;
      },
    };
  };
}

/**
 * Checks the options of a server of Watch, Control and Follow; the function starts it. The certificates are read again
 * when they change.
 */
function grpcServer({ tlsCa: ca, tlsCert: cert, tlsKey: key }: ServeOptions, listen: string): Start {
  const given = [ca, cert, key].filter((file) => file !== undefined).length;
  if (given % 3 !== 0) throw usage('--grpc takes --tls-ca, --tls-cert and --tls-key together');
  const tls = ca === undefined || cert === undefined || key === undefined ? undefined : { ca, cert, key };
  return async (store) => {
    const server = await serveSwarm(store, { listen, tls });
    return { address: `grpc://${server.address.replace(/^unix:\/\//, '')}`, close: () => server.close() };
  };
}

function answer(server: Server, events: EventsHandler): void {
  server.on('request', (request, response) => {
    if (new URL(request.url ?? '/', 'http://localhost').pathname === PATH) void events(request, response);
    else response.writeHead(404, { 'content-type': 'text/plain' }).end(`the events are at ${PATH}`);
  });
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function addressOf(text: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, digits = ''] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]\s]+)):(\d+)$/i.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port > 65_535) throw usage(`--listen takes HOST:PORT, not '${text}'`);
  return { host, port };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** The token in a file; a new one where there is no file. */
function tokenOf(file: string | undefined): { readonly text: string; readonly made: boolean } {
  if (file === undefined) return { text: randomBytes(32).toString('base64url'), made: true };
  const text = readFileSync(file, 'utf8').trim();
  if (text.length < 20) throw usage(`the token in ${file} has fewer than 20 characters`);
  return { text, made: false };
}

/** Of one length, whatever a client sends. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
