import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { isWholeFrom, OptionChecks } from '../../base/options/option-checks.ts';
import type { EventsRequest } from '../../remote/events/events-options.ts';
import type { ReadableStore } from '../../readable/readable-store.ts';
import { textAnswer } from './answer.ts';
import { isLoopback, refusalOf } from './guard.ts';
import { inspectorWith } from './inspector.ts';
import type { Inspector } from './inspector.ts';
import { checkInspectorOptions, invalid, isTextList } from './options.ts';
import type { InspectorOptions } from './options.ts';
import { pageFiles } from './page-files.ts';
import type { PageFile } from './page-files.ts';
import { Tokens } from './tokens.ts';

/** Options of {@link serveInspector}. */
export interface ServeInspectorOptions extends Pick<InspectorOptions, 'title' | 'redact' | 'hosts'> {
  /** Default: 0, a free port. */
  readonly port?: number | undefined;
  /** The address to listen on. Default: `127.0.0.1`. An address that others reach needs `hosts`. */
  readonly host?: string | undefined;
  /** The token of the first link, 20 characters or more. Default: 256 random bits. */
  readonly token?: string | undefined;
}

/** A server of the inspector. */
export interface InspectorServer {
  /** The link to open: it works once, and begins a session of one browser. */
  readonly url: string;
  readonly port: number;
  /** A link for another browser, which works once. */
  newLink(): string;
  /** Ends the server and its streams. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const checks = new OptionChecks<ServeInspectorOptions>(
  ['title', 'redact', 'hosts', 'port', 'host', 'token'],
  (path, message) => invalid('serveInspector', path, message),
);

/**
 * Serves the inspector of a store on this machine. The server listens on `127.0.0.1`. A link with a one-time token
 * begins a session, which is a cookie that scripts cannot read and other sites cannot send.
 *
 * Rejects with `ERR_REMOTE_INVALID_ARGUMENT` for an option that is wrong or unknown, and with the error of the server,
 * such as `EADDRINUSE`.
 *
 * @example
 * ```ts
 * import { MemoryStore } from 'swarmstate';
 * import { serveInspector } from 'swarmstate/inspect';
 *
 * await using server = await serveInspector(new MemoryStore({ history: 10_000 }), { title: 'local' });
 * console.log(`Open ${server.url}`);
 * ```
 */
export function serveInspector(store: ReadableStore, options: ServeInspectorOptions = {}): Promise<InspectorServer> {
  return serveInspectorWith(pageFiles, store, options);
}

/** {@link serveInspector} with the files of another page. */
export async function serveInspectorWith(
  files: readonly PageFile[],
  store: ReadableStore,
  options: ServeInspectorOptions,
): Promise<InspectorServer> {
  check(options);
  const { port = 0, host = '127.0.0.1', token, title, redact } = options;
  // Before the server listens: an option that is wrong leaves nothing open.
  checkInspectorOptions({ authorize: () => false, title, redact });
  const tokens = new Tokens();
  const server = createServer();
  await listen(server, port, host);
  const address = server.address();
  const actual = typeof address === 'object' && address !== null ? address.port : port;
  const hosts = options.hosts ?? [`127.0.0.1:${actual}`, `localhost:${actual}`, `[::1]:${actual}`];
  const cookie = `swarmstate-${actual}`;
  const authorize = (request: EventsRequest): boolean =>
    tokens.isSession(cookieOf(request.header('cookie') ?? '', cookie));
  const handler = inspectorWith(files, store, { authorize, hosts, title, redact });
  server.on('request', (request, response) => answer({ request, response, handler, tokens, hosts, cookie }));
  const base = `http://${hosts[0] ?? ''}/`;
  const link = (given?: string): string => `${base}?token=${encodeURIComponent(tokens.newLink(given))}`;
  const close = async (): Promise<void> => {
    handler.close();
    const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  return { url: link(token), port: actual, newLink: () => link(), close, [Symbol.asyncDispose]: close };
}

function check(options: ServeInspectorOptions): void {
  checks.names(options);
  const { port, host, token, hosts } = options;
  checks.valid(
    port === undefined || (isWholeFrom(port, 0) && port < 65_536),
    'port',
    port,
    'a port, or 0 for a free one',
  );
  checks.valid(host === undefined || typeof host === 'string', 'host', host, 'an address of this machine');
  checks.valid(
    token === undefined || (typeof token === 'string' && token.length >= 20),
    'token',
    token === undefined ? undefined : 'a token',
    'a text of 20 characters or more',
  );
  checks.valid(hosts === undefined || (isTextList(hosts) && hosts.length > 0), 'hosts', hosts, 'a list of host names');
  if (host !== undefined && !isLoopback(host) && hosts === undefined) {
    checks.valid(
      false,
      'host',
      host,
      'an address of this machine alone, such as 127.0.0.1; for others, give the host names of the page as hosts',
    );
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly handler: Inspector;
  readonly tokens: Tokens;
  readonly hosts: readonly string[];
  readonly cookie: string;
}

/** Turns a link's token into a session, and gives other requests to the inspector. */
function answer({ request, response, handler, tokens, hosts, cookie }: Exchange): void {
  // A path alone: an address with a host name of its own is for proxies.
  if (request.url?.startsWith('/') !== true) {
    send(response, 400, 'a path is expected', {});
    return;
  }
  const token = new URL(request.url, 'http://localhost').searchParams.get('token');
  if (token === null || request.method !== 'GET') {
    void handler(request, response);
    return;
  }
  const header = (name: string): string | undefined => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const refusal = refusalOf({ url: new URL('http://localhost'), header, raw: request }, hosts);
  const session = refusal === undefined ? tokens.begin(token) : undefined;
  if (session === undefined) {
    send(
      response,
      403,
      refusal ?? 'this link was used before, or is wrong: ask for a new one where the first was shown',
      {},
    );
    return;
  }
  const cookies = `${cookie}=${session}; HttpOnly; SameSite=Strict; Path=/`;
  // The address without the token: it stays out of the history.
  send(response, 303, 'see the inspector', { location: '/', 'set-cookie': cookies });
}

function send(
  response: ServerResponse,
  status: number,
  text: string,
  headers: { readonly [name: string]: string },
): void {
  const { body, headers: all } = textAnswer(status, text, headers);
  response.writeHead(status, all);
  response.end(body);
}

function cookieOf(header: string, name: string): string {
  for (const part of header.split(/;\s*/)) if (part.startsWith(`${name}=`)) return part.slice(name.length + 1);
  return '';
}
