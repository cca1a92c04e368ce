/** The entry `swarmstate/kv/memory`. */
export { memory } from './kv/memory/backend.ts';
