/**
 * A real Docker Swarm, seen through a store for reading.
 *
 * @module swarmstate/swarm
 */
export type { ReadableStore } from './swarm/readable/readable-store.ts';
export { redactObject } from './swarm/redaction/redact.ts';
export type { Redaction } from './swarm/redaction/redact.ts';
