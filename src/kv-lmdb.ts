/**
 * The backend of `swarmstate/kv` on files, by lmdb.
 *
 * @module swarmstate/kv/lmdb
 */
export { lmdb } from './kv/lmdb/backend.ts';
export type { LmdbOptions } from './kv/lmdb/options.ts';
