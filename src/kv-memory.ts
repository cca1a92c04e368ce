/**
 * The backend of `swarmstate/kv` in memory.
 *
 * @module swarmstate/kv/memory
 */
export { memory } from './kv/memory/backend.ts';
export { openMemoryStore } from './kv/memory/open.ts';
export type { MemoryOptions } from './kv/memory/options.ts';
