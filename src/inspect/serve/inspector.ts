import { brotliDecompressSync } from 'node:zlib';
import { ofNode, ofWeb, versionFrom } from '../../remote/events/events-request.ts';
import type { HeldRequest, NodeRequest } from '../../remote/events/events-request.ts';
import type { NodeResponse } from '../../remote/events/event-sink.ts';
import { serveEvents } from '../../remote/events/serve-events.ts';
import type { EventsHandler } from '../../remote/events/serve-events.ts';
import type { ReadableStore } from '../../readable/readable-store.ts';
import { figuresOf } from '../figures/figures-of.ts';
import { jsonAnswer, safeHeaders, textAnswer } from './answer.ts';
import type { Answer } from './answer.ts';
import { refusalOf } from './guard.ts';
import { checkInspectorOptions } from './options.ts';
import type { InspectorOptions } from './options.ts';
import { pageFiles } from './page-files.ts';
import type { PageFile } from './page-files.ts';
import { readPast } from './past.ts';

/** Serves the inspector of a store, see {@link inspector}. */
export interface Inspector {
  /** Answers a request of `node:http`, and of what is built on it: Express, and `request.raw, reply.raw` of Fastify. */
  (request: NodeRequest, response: NodeResponse): Promise<void>;
  /** Answers a request of the Fetch API, such as `context.req.raw` of Hono. */
  fetch(request: Request): Promise<Response>;
  /** Ends all streams, and refuses later requests of data with status 503. */
  close(): void;
  [Symbol.dispose](): void;
}

/**
 * Makes a request handler that serves a page about a store: an overview, tables, objects with their references and
 * history, and the past as far as the store keeps it. The page follows the store; nothing in it changes the store.
 * Secrets are emptied before they are sent.
 *
 * Mount the handler at a path that ends with a slash. The last part of a request's path names what is asked for, so any
 * prefix works. Requests of other origins, and of host names that are not in `hosts`, are refused.
 *
 * Throws `ERR_REMOTE_INVALID_ARGUMENT` for an option that is wrong or unknown.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { MemoryStore } from 'swarmstate';
 * import { inspector } from 'swarmstate/inspect';
 *
 * const store = new MemoryStore({ history: 10_000 });
 * const inspect = inspector(store, { title: 'staging', authorize: ({ header }) => header('x-user') === 'admin' });
 * createServer((request, response) => {
 *   if (request.url?.startsWith('/inspect/')) void inspect(request, response);
 *   else response.writeHead(404).end();
 * }).listen(8080, '127.0.0.1');
 * ```
 */
export function inspector(store: ReadableStore, options: InspectorOptions): Inspector {
  return inspectorWith(pageFiles, store, options);
}

/** {@link inspector} with the files of another page. */
export function inspectorWith(files: readonly PageFile[], store: ReadableStore, options: InspectorOptions): Inspector {
  checkInspectorOptions(options);
  const server = new InspectorServer(files, store, options);
  const handler = (request: NodeRequest, response: NodeResponse): Promise<void> => server.answerNode(request, response);
  return Object.defineProperties(handler, {
    fetch: { value: (request: Request) => server.answerWeb(request) },
    close: { value: () => server.close() },
    [Symbol.dispose]: { value: () => server.close() },
  }) as unknown as Inspector;
}

const types: { readonly [extension: string]: string } = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
};

class InspectorServer {
  readonly #files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  readonly #store: ReadableStore;
  readonly #options: InspectorOptions;
  readonly #events: EventsHandler;
  #closed = false;

  constructor(files: readonly PageFile[], store: ReadableStore, options: InspectorOptions) {
    this.#files = new Map(files.map(({ name, brotli }) => [name, new Uint8Array(Buffer.from(brotli, 'base64'))]));
    this.#store = store;
    this.#options = options;
    // The hook has decided before a request gets this far.
    this.#events = serveEvents(store, { authorize: () => true, redact: options.redact });
  }

  async answerNode(request: NodeRequest, response: NodeResponse): Promise<void> {
    const asked = ofNode(request);
    const answer = await this.#answer(asked);
    if (answer === 'events') {
      await this.#events(request, response);
      return;
    }
    response.writeHead(answer.status, answer.headers);
    if (asked.method !== 'HEAD' && typeof answer.body !== 'string') response.write(answer.body);
    response.end(asked.method === 'HEAD' || typeof answer.body !== 'string' ? undefined : answer.body);
  }

  async answerWeb(request: Request): Promise<Response> {
    const answer = await this.#answer(withHost(ofWeb(request)));
    if (answer === 'events') return this.#events.fetch(request);
    const { status, headers, body } = answer;
    return new Response(request.method === 'HEAD' ? null : body, { status, headers });
  }

  close(): void {
    this.#closed = true;
    this.#events.close();
  }

  async #answer(request: HeldRequest): Promise<Answer | 'events'> {
    const refusal = refusalOf(request, this.#options.hosts);
    if (refusal !== undefined) return textAnswer(403, refusal);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return textAnswer(405, 'the inspector only reads', { allow: 'GET, HEAD' });
    if (!(await this.#authorized(request))) return textAnswer(403, 'the server refuses this client');
    const name = request.url.pathname.replace(/^.*\//, '');
    switch (name) {
      case 'events':
        return request.method === 'GET' ? 'events' : textAnswer(405, 'GET it', { allow: 'GET' });
      case 'figures':
        return this.#closed ? closing() : jsonAnswer(figuresOf(this.#store, this.#options.title ?? ''));
      case 'past':
        return this.#closed ? closing() : this.#past(request);
      default:
        return this.#file(name === '' ? 'index.html' : name, request.header('accept-encoding') ?? '');
    }
  }

  async #authorized(request: HeldRequest): Promise<boolean> {
    try {
      const decision: unknown = await this.#options.authorize(request);
      return decision === true;
    } catch {
      return false;
    }
  }

  async #past({ url }: HeldRequest): Promise<Answer> {
    const to = versionFrom(url.searchParams.get('to'));
    if (to === undefined) return textAnswer(400, 'give a version as the parameter to');
    return jsonAnswer(await readPast(this.#store, to, this.#options.redact ?? true));
  }

  #file(name: string, encodings: string): Answer {
    if (this.#files.size === 0) return textAnswer(503, 'the page is not built: npm run build');
    const bytes = this.#files.get(name);
    if (bytes === undefined) return textAnswer(404, 'there is nothing here');
    const type = types[name.replace(/^.*\./, '')] ?? 'application/octet-stream';
    const headers = { ...safeHeaders, 'content-type': type, vary: 'accept-encoding' };
    if (/(?:^|[,\s])br(?:$|[,;\s])(?!\s*q=0(?:\.0*)?(?:$|[,\s]))/.test(encodings))
      return { status: 200, headers: { ...headers, 'content-encoding': 'br' }, body: bytes };
    return { status: 200, headers, body: new Uint8Array(brotliDecompressSync(bytes)) };
  }
}

/** A `Request` that a program made has its host in the address alone. */
function withHost(request: HeldRequest): HeldRequest {
  const { url } = request;
  return { ...request, header: (name) => request.header(name) ?? (name === 'host' ? url.host : undefined) };
}

function closing(): Answer {
  return textAnswer(503, 'the server closes', { 'retry-after': '1' });
}
