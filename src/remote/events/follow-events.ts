import { RemoteError } from '../../errors/remote-error.ts';
import { usualTimings } from '../../readable/source-follower.ts';
import type { FollowerTimings } from '../../readable/source-follower.ts';
import { FollowChecks } from '../feed/follow-options.ts';
import type { RemoteFollowOptions } from '../feed/follow-options.ts';
import { RemoteFollower } from '../feed/remote-follower.ts';
import type { Place } from '../feed/remote-follower.ts';
import { startFollowing } from '../feed/remote-store.ts';
import type { RemoteStore } from '../feed/remote-store.ts';
import { runEventsSession } from './events-session.ts';

/** Options of {@link followEvents}. */
export interface FollowEventsOptions extends RemoteFollowOptions {
  /** Headers of each request, or a function that gives them, such as one that renews a token. */
  readonly headers?: EventsHeaders | (() => EventsHeaders | Promise<EventsHeaders>) | undefined;
  /** Whether cookies are sent to another origin: `'include'`. Default: to the own origin only. */
  readonly credentials?: 'include' | 'omit' | 'same-origin' | undefined;
  /** Used in place of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** Names and values of headers. */
export interface EventsHeaders {
  readonly [name: string]: string;
}

const checks = new FollowChecks<FollowEventsOptions>('followEvents', ['headers', 'credentials', 'fetch']);

/**
 * Follows a store that `serveEvents` serves, in a page or in Node.js, and resolves with its first contents. In a page,
 * `url` may be relative.
 *
 * A lost connection is made again for as long as it takes: the status is then `stale`. Where the server still has the
 * missed commits they come one by one; else the contents are read anew, and the difference is one commit.
 *
 * Rejects with a `RemoteError`, or with the reason of the signal. `ERR_REMOTE_NOT_REACHABLE` comes only after
 * `timeoutMs`, because it may pass.
 *
 * @example
 * ```ts
 * import { LocalCache } from 'swarmstate/cache';
 * import { followEvents } from 'swarmstate/remote/events';
 *
 * const remote = await followEvents('http://localhost:8080/events', { tables: ['task', 'node'] });
 * remote.on('status', ({ status }) => console.log(status));
 * const cache = new LocalCache(remote.store, { tables: ['task', 'node'] });
 * await cache.synced;
 * console.log(cache.table('task').find({ slot: { $gt: 0 } }).length);
 * ```
 */
export function followEvents(url: string | URL, options: FollowEventsOptions = {}): Promise<RemoteStore> {
  return followEventsWith(usualTimings, url, options);
}

/** {@link followEvents} with other times. */
export async function followEventsWith(
  timings: FollowerTimings,
  url: string | URL,
  options: FollowEventsOptions,
): Promise<RemoteStore> {
  const { tables, history, timeoutMs, signal } = checks.common(options);
  const { headers, credentials = 'same-origin', fetch = globalThis.fetch } = options;
  const areHeaders = headers === undefined || typeof headers === 'function' || typeof headers === 'object';
  checks.checks.valid(areHeaders, 'headers', headers, 'an object, or a function that gives one');
  const modes: readonly unknown[] = ['include', 'omit', 'same-origin'];
  checks.checks.valid(modes.includes(credentials), 'credentials', credentials, "'include', 'omit' or 'same-origin'");
  checks.checks.valid(typeof fetch === 'function', 'fetch', fetch, 'a function');
  const address = addressOf(url);
  signal?.throwIfAborted();
  const target = `${address.origin}${address.pathname}`;
  const open = async (place: Place | undefined, ending: AbortSignal): Promise<ReadableStream<Uint8Array>> => {
    const response = await answered(target, async () => {
      const given = typeof headers === 'function' ? await headers() : headers;
      return fetch(asking(address, place, tables), {
        headers: { accept: 'text/event-stream', ...given },
        credentials,
        signal: ending,
      });
    });
    return streamOf(response, target);
  };
  const answerer = { target, timeoutMs, open };
  const follower = new RemoteFollower({
    target,
    history,
    timeoutMs,
    signal,
    timings,
    session: (parts) => runEventsSession(answerer, parts),
  });
  return startFollowing(follower, target);
}

function addressOf(url: string | URL): URL {
  const { location } = globalThis as { readonly location?: { readonly href: string } };
  try {
    return new URL(url, location?.href);
  } catch (cause) {
    const message = 'the url of followEvents is an absolute URL, or in a page a relative one';
    throw new RemoteError('ERR_REMOTE_INVALID_ARGUMENT', message, { argument: 'url' }, { cause });
  }
}

function asking(address: URL, place: Place | undefined, tables: readonly string[] | undefined): string {
  const url = new URL(address);
  if (tables !== undefined) url.searchParams.set('tables', tables.join());
  if (place !== undefined) {
    // In the query: a header would make browsers ask the other origin for leave first.
    url.searchParams.set('after', String(place.version.index));
    url.searchParams.set('view', place.view);
  }
  return url.href;
}

async function answered(target: string, ask: () => Promise<Response>): Promise<Response> {
  try {
    return await ask();
  } catch (cause) {
    throw new RemoteError('ERR_REMOTE_NOT_REACHABLE', `${target} does not answer`, { target }, { cause });
  }
}

async function streamOf(response: Response, target: string): Promise<ReadableStream<Uint8Array>> {
  const { status, body } = response;
  const kind = response.headers.get('content-type') ?? 'none';
  if (status === 200 && body !== null && kind.startsWith('text/event-stream')) return body;
  await body?.cancel().catch(() => undefined);
  if (status === 401 || status === 403) {
    const message =
      `${target} refuses this client (status ${status}): give what its hook authorize asks for, ` +
      'in the options headers or credentials';
    throw new RemoteError('ERR_REMOTE_NOT_PERMITTED', message, { target });
  }
  if (status >= 500 || status === 408 || status === 429)
    throw new RemoteError('ERR_REMOTE_NOT_REACHABLE', `${target} answers with status ${status}`, { target });
  const message =
    `${target} serves no store (status ${status}, content type ${kind}): ` +
    'name the address of a handler of serveEvents';
  throw new RemoteError('ERR_REMOTE_NOT_SERVED', message, { target });
}
