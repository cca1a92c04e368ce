/**
 * The backend of `swarmstate/kv` on etcd.
 *
 * @module swarmstate/kv/etcd
 */
export { etcd } from './kv/etcd/backend.ts';
export type { EtcdOptions } from './kv/etcd/connection/options.ts';
