import type { ReadableStore } from '../../readable/readable-store.ts';
import { feed } from '../feed/feed.ts';
import { SharedFrames } from '../feed/shared-frames.ts';
import { viewOf } from '../feed/view.ts';
import type { FeedView } from '../feed/view.ts';
import type { Version } from '../../wire/generated/common.ts';
import { eventFormat } from './event-format.ts';
import { NodeSink, WebSink } from './event-sink.ts';
import type { EventSink, NodeResponse } from './event-sink.ts';
import { EventStream } from './event-stream.ts';
import { checkServeOptions, rightsOf } from './events-options.ts';
import type { CheckedServeOptions, ServeEventsOptions } from './events-options.ts';
import { askedOf, ofNode, ofWeb } from './events-request.ts';
import type { HeldRequest, NodeRequest } from './events-request.ts';

/** Serves a store as server-sent events, see {@link serveEvents}. */
export interface EventsHandler {
  /** Answers a request of `node:http`, and of what is built on it: Express, and `request.raw, reply.raw` of Fastify. */
  (request: NodeRequest, response: NodeResponse): Promise<void>;
  /** Answers a request of the Fetch API, such as `context.req.raw` of Hono. */
  fetch(request: Request): Promise<Response>;
  /** The number of open streams. */
  readonly streams: number;
  /** Ends all streams, and refuses later requests with status 503. */
  close(): void;
  [Symbol.dispose](): void;
}

/**
 * Makes a request handler that serves a store to pages: its contents in chunks, then each commit with its old objects,
 * as server-sent events. The id of an event is its version. A client that comes back with its last id gets only the
 * commits that it missed; where the store does not have these any more, the contents come again. Any store works: a
 * `MemoryStore` (with a `history`, so that clients can resume), a replicated or a followed one.
 *
 * A slow client is sent no more than it reads. A client that is too far behind, or reads nothing for `stallMs`, is cut
 * off with a reason.
 *
 * Throws `ERR_REMOTE_INVALID_ARGUMENT` for an option that is wrong or unknown.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { MemoryStore } from 'swarmstate';
 * import { serveEvents } from 'swarmstate/remote/events';
 *
 * const store = new MemoryStore({ history: 10_000 });
 * const events = serveEvents(store, { authorize: ({ header }) => header('authorization') === 'Bearer secret' });
 * createServer((request, response) => {
 *   if (request.url?.startsWith('/events')) void events(request, response);
 *   else response.writeHead(404).end();
 * }).listen(8080);
 * ```
 */
export function serveEvents(store: ReadableStore, options: ServeEventsOptions): EventsHandler {
  const server = new EventsServer(store, checkServeOptions(options));
  const handler = (request: NodeRequest, response: NodeResponse): Promise<void> => server.answerNode(request, response);
  return Object.defineProperties(handler, {
    fetch: { value: (request: Request) => server.answerWeb(request) },
    streams: { get: () => server.streams },
    close: { value: () => server.close() },
    [Symbol.dispose]: { value: () => server.close() },
  }) as unknown as EventsHandler;
}

/** A request that is refused. */
interface Refusal {
  readonly status: number;
  readonly text: string;
}

/** A request that is granted. */
interface Grant {
  readonly view: FeedView;
  readonly resume: Version | undefined;
}

const answerHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  // nginx keeps a stream back otherwise.
  'x-accel-buffering': 'no',
} as const;

const textHeaders = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' } as const;

class EventsServer {
  readonly #store: ReadableStore;
  readonly #options: CheckedServeOptions;
  readonly #open = new Set<EventStream>();
  readonly #shared: SharedFrames;
  #beats: ReturnType<typeof setInterval> | undefined;
  #closed = false;

  constructor(store: ReadableStore, options: CheckedServeOptions) {
    this.#store = store;
    this.#options = options;
    this.#shared = new SharedFrames(options.sharedBytes);
  }

  get streams(): number {
    return this.#open.size;
  }

  async answerNode(request: NodeRequest, response: NodeResponse): Promise<void> {
    const decided = await this.#decide(ofNode(request));
    if ('status' in decided) {
      response.writeHead(decided.status, { ...textHeaders, ...allow(decided) });
      response.end(decided.text);
      return;
    }
    const sink = new NodeSink(response);
    response.writeHead(200, answerHeaders);
    response.flushHeaders();
    await this.#stream(decided, sink);
  }

  async answerWeb(request: Request): Promise<Response> {
    const decided = await this.#decide(ofWeb(request));
    if ('status' in decided) {
      return new Response(decided.text, { status: decided.status, headers: { ...textHeaders, ...allow(decided) } });
    }
    const sink = new WebSink(request.signal);
    void this.#stream(decided, sink);
    return new Response(sink.body, { headers: answerHeaders });
  }

  close(): void {
    this.#closed = true;
    for (const stream of this.#open) stream.cut('ERR_CLOSED', 'the server has closed');
  }

  async #decide(request: HeldRequest): Promise<Grant | Refusal> {
    if (request.method !== 'GET') return { status: 405, text: 'GET it' };
    const { authorize, redact, tables } = this.#options;
    let access: unknown;
    try {
      access = await authorize(request);
    } catch {
      access = false;
    }
    const rights = rightsOf(access);
    if (rights === undefined) return { status: 403, text: 'the server refuses this client' };
    const asked = askedOf(request);
    if (typeof asked === 'string') return { status: 400, text: asked };
    if (this.#closed) return { status: 503, text: 'the server closes' };
    if (this.#open.size >= this.#options.maxStreams) return { status: 503, text: 'too many streams' };
    const view = viewOf(rights.redact ?? redact, tables, rights.tables, asked.tables);
    return { view, resume: asked.view === undefined || asked.view === view.name ? asked.resume : undefined };
  }

  async #stream({ view, resume }: Grant, sink: EventSink): Promise<void> {
    const { stallMs, limit, heartbeatMs } = this.#options;
    const stream = new EventStream(sink, stallMs);
    this.#open.add(stream);
    this.#beats ??= setInterval(() => {
      for (const open of this.#open) open.beat();
    }, heartbeatMs);
    await stream.send(
      feed(this.#store, {
        view,
        format: eventFormat(heartbeatMs),
        frames: this.#shared.of(view.name),
        resume,
        strict: false,
        limit,
        signal: stream.signal,
        onPassed: (version) => stream.passed(version),
      }),
    );
    this.#open.delete(stream);
    if (this.#open.size > 0) return;
    clearInterval(this.#beats);
    this.#beats = undefined;
    this.#shared.clear();
  }
}

function allow({ status }: Refusal): { readonly [name: string]: string } {
  return status === 405 ? { allow: 'GET' } : status === 503 ? { 'retry-after': '1' } : {};
}
