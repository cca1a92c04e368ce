/**
 * The backend of `swarmstate/kv` on ZooKeeper.
 *
 * @module swarmstate/kv/zookeeper
 */
export { zookeeper } from './kv/zookeeper/backend.ts';
export type { ZookeeperOptions } from './kv/zookeeper/connection/options.ts';
