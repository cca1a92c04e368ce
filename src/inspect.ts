/**
 * A page about a store, for people: overview, tables, objects and their past. The page only reads.
 *
 * @module swarmstate/inspect
 */
export { inspector } from './inspect/serve/inspector.ts';
export type { Inspector } from './inspect/serve/inspector.ts';
export type { InspectorOptions } from './inspect/serve/options.ts';
export { serveInspector } from './inspect/serve/serve-inspector.ts';
export type { InspectorServer, ServeInspectorOptions } from './inspect/serve/serve-inspector.ts';
export type { EventsRequest } from './remote/events/events-options.ts';
export type { NodeRequest } from './remote/events/events-request.ts';
export type { NodeResponse } from './remote/events/event-sink.ts';
export type { ReadableStore } from './readable/readable-store.ts';
export type { Redaction } from './readable/redact.ts';
