/**
 * The backend of `swarmstate/kv` on Consul.
 *
 * @module swarmstate/kv/consul
 */
export { consul } from './kv/consul/backend.ts';
export type { ConsulOptions } from './kv/consul/connection/options.ts';
