import { isWholeFrom, OptionChecks } from '../../base/options/option-checks.ts';
import { RemoteError } from '../../errors/remote-error.ts';
import { isKindName } from '../../model/schema/kinds.ts';
import type { Redaction } from '../../readable/redact.ts';
import type { Kind } from '../../wire/generated/kinds.ts';
import { isMilliseconds } from '../feed/follow-options.ts';
import { SHARED_BYTES } from '../feed/shared-frames.ts';
import type { FeedRights } from '../feed/view.ts';

/** A request for a stream of events, whatever framework it came through. */
export interface EventsRequest {
  readonly url: URL;
  /** A header; its name in any case. */
  header(name: string): string | undefined;
  /** The request of the framework: an `http.IncomingMessage`, or a `Request` of the Fetch API. */
  readonly raw: unknown;
}

/**
 * The rights of a client. `false`: none. `true`: to see what is served. `'secrets'`: to see the secrets, too. Rights
 * give another redaction, and narrow the tables.
 */
export type EventsAccess = boolean | 'secrets' | FeedRights;

/** Options of {@link serveEvents}. */
export interface ServeEventsOptions {
  /**
   * Decides about each request. An error, a rejection, and any other value than an {@link EventsAccess} refuse it with
   * status 403. There is no default: `() => true` serves everybody who can reach the server.
   */
  readonly authorize: (request: EventsRequest) => EventsAccess | Promise<EventsAccess>;
  /** Which fields are emptied before an object is sent. Default: true, all secrets. */
  readonly redact?: Redaction | undefined;
  /** The tables that are served. Default: all ten. Extensions come with resources. */
  readonly tables?: readonly Kind[] | undefined;
  /** How many events may wait for one client. Beyond the limit, the client is cut off. Default: 10,000. */
  readonly limit?: number | undefined;
  /** Milliseconds without progress after which a client that does not read is cut off. Default: 30,000. */
  readonly stallMs?: number | undefined;
  /** Milliseconds between signs of life on a silent stream. Default: 15,000. */
  readonly heartbeatMs?: number | undefined;
  /** The most streams at a time; others get status 503. Default: 10,000. */
  readonly maxStreams?: number | undefined;
  /**
   * The encoded contents and commits that are kept for all clients together, in bytes. The rest is encoded
   * anew for each client that needs it. Default: 64 MiB.
   */
  readonly sharedBytes?: number | undefined;
}

/** The options, completed by the defaults. */
export interface CheckedServeOptions {
  readonly authorize: ServeEventsOptions['authorize'];
  readonly redact: Redaction;
  readonly tables: readonly Kind[] | undefined;
  readonly limit: number;
  readonly stallMs: number;
  readonly heartbeatMs: number;
  readonly maxStreams: number;
  readonly sharedBytes: number;
}

const redactions: readonly unknown[] = [true, false, 'strict'];

const checks = new OptionChecks<ServeEventsOptions>(
  ['authorize', 'redact', 'tables', 'limit', 'stallMs', 'heartbeatMs', 'maxStreams', 'sharedBytes'],
  (path, message) =>
    new RemoteError('ERR_REMOTE_INVALID_ARGUMENT', `the options of serveEvents: ${message}`, {
      argument: path[0] ?? 'options',
    }),
);

/** Checks the options. Throws `ERR_REMOTE_INVALID_ARGUMENT`. */
export function checkServeOptions(options: ServeEventsOptions): CheckedServeOptions {
  checks.names(options);
  const { authorize, redact = true, tables, limit = 10_000, stallMs = 30_000, heartbeatMs = 15_000 } = options;
  const { maxStreams = 10_000, sharedBytes = SHARED_BYTES } = options;
  checks.valid(
    typeof authorize === 'function',
    'authorize',
    authorize,
    'a function that decides about a request; () => true serves everybody',
  );
  checks.valid(redactions.includes(redact), 'redact', redact, "true, false or 'strict'");
  checks.valid(tables === undefined || isKindList(tables), 'tables', tables, "a list of kinds, such as 'task'");
  checks.valid(isWholeFrom(limit, 1), 'limit', limit, 'a number of events, 1 or more');
  checks.valid(isMilliseconds(stallMs), 'stallMs', stallMs, 'a number of milliseconds');
  checks.valid(isMilliseconds(heartbeatMs), 'heartbeatMs', heartbeatMs, 'a number of milliseconds');
  checks.valid(isWholeFrom(maxStreams, 1), 'maxStreams', maxStreams, 'a number of streams, 1 or more');
  checks.valid(isWholeFrom(sharedBytes, 1), 'sharedBytes', sharedBytes, 'a number of bytes, 1 or more');
  return { authorize, redact, tables, limit, stallMs, heartbeatMs, maxStreams, sharedBytes };
}

/** The rights behind an answer of `authorize`; undefined for a refusal. A hook without types may return anything. */
export function rightsOf(access: unknown): FeedRights | undefined {
  if (access === true) return {};
  if (access === 'secrets') return { redact: false };
  return areRights(access) ? access : undefined;
}

function areRights(value: unknown): value is FeedRights {
  if (typeof value !== 'object' || value === null) return false;
  const { redact, tables } = value as { readonly redact?: unknown; readonly tables?: unknown };
  return (redact === undefined || redactions.includes(redact)) && (tables === undefined || isKindList(tables));
}

/** True for a list of kinds. */
function isKindList(value: unknown): value is readonly Kind[] {
  return Array.isArray(value) && value.every(isKindName);
}
