/**
 * A store as server-sent events: a request handler for servers, and its client for pages and Node.js.
 *
 * @module swarmstate/remote/events
 */
export { serveEvents } from './remote/events/serve-events.ts';
export type { EventsHandler } from './remote/events/serve-events.ts';
export type { EventsAccess, EventsRequest, ServeEventsOptions } from './remote/events/events-options.ts';
export type { NodeRequest } from './remote/events/events-request.ts';
export type { NodeResponse } from './remote/events/event-sink.ts';
export { followEvents } from './remote/events/follow-events.ts';
export type { EventsHeaders, FollowEventsOptions } from './remote/events/follow-events.ts';
export type { RemoteFollowOptions } from './remote/feed/follow-options.ts';
export type { RemoteStore } from './remote/feed/remote-store.ts';
export type { RemoteEvents, RemoteRetry, RemoteStatus, RemoteStatusChange } from './remote/feed/status.ts';
export type { FeedRights } from './remote/feed/view.ts';
export { RemoteError, isRemoteError } from './errors/remote-error.ts';
export type { RemoteErrorCode, RemoteErrorConstructor, RemoteErrorData } from './errors/remote-error.ts';
export type { ReadableStore } from './readable/readable-store.ts';
