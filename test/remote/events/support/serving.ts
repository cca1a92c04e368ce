import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { ReadableStore } from 'swarmstate/remote/events';
import { serveEvents } from 'swarmstate/remote/events';
import type { EventsHandler, RemoteStore, ServeEventsOptions } from 'swarmstate/remote/events';
import { followEventsWith } from '../../../../src/remote/events/follow-events.ts';
import type { FollowEventsOptions } from '../../../../src/remote/events/follow-events.ts';
import type { FollowerTimings } from '../../../../src/readable/source-follower.ts';

/** Attempts follow one another at once: tests do not wait for time to pass. */
export const quick: FollowerTimings = { backOff: { initialMs: 1, maxMs: 2, factor: 1 }, goodMs: 5000 };

/** A server of events at a port of this machine. */
export class Serving implements AsyncDisposable {
  readonly events: EventsHandler;
  readonly #server: Server;
  /** The connections so far, the oldest first. */
  readonly sockets: Socket[] = [];
  #port = 0;

  constructor(events: EventsHandler, server: Server) {
    this.events = events;
    this.#server = server;
    server.on('connection', (socket) => this.sockets.push(socket));
  }

  static async start(store: ReadableStore, options: Partial<ServeEventsOptions> = {}, port = 0): Promise<Serving> {
    const events = serveEvents(store, { authorize: () => true, ...options });
    const answer = (request: IncomingMessage, response: ServerResponse): void => void events(request, response);
    const server = createServer({ keepAlive: false }, answer).listen(port, '127.0.0.1');
    await once(server, 'listening');
    const serving = new Serving(events, server);
    serving.#port = (server.address() as AddressInfo).port;
    return serving;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.events.close();
    this.#server.closeAllConnections();
    this.#server.close();
    if (this.#server.listening) await once(this.#server, 'close');
  }
}

export function followQuickly(url: string, options: FollowEventsOptions = {}): Promise<RemoteStore> {
  return followEventsWith(quick, url, options);
}

/** Resolves once the copy has reached the version of the store. */
export async function caughtUp(remote: RemoteStore, store: { readonly version: unknown }): Promise<void> {
  const { index } = store.version as { readonly index: number };
  for (;;) {
    const watcher = remote.store.watch({ events: [{ action: 'commit' }] });
    if ((remote.store.version?.index ?? -1) >= index) {
      watcher.close();
      return;
    }
    await watcher.next();
    watcher.close();
  }
}

/** Resolves once the follower has that status. */
export async function untilStatus(remote: RemoteStore, status: string): Promise<void> {
  if (remote.status === status) return;
  await new Promise<void>((resolve) => {
    const forget = remote.on('status', (change) => {
      if (change.status !== status) return;
      forget();
      resolve();
    });
  });
}
