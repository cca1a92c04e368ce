import { ConsulCluster } from '../../../scripts/engines/consul-cluster.ts';
import { consul, etcd, findProgram } from '../../../scripts/engines/engines.ts';
import { EtcdCluster } from '../../../scripts/engines/etcd-cluster.ts';
import type { ServerCluster } from '../../../scripts/engines/process/server-cluster.ts';
import { ZookeeperCluster } from '../../../scripts/engines/zookeeper-cluster.ts';
import { findZookeeper } from '../../../scripts/engines/zookeeper.ts';

/** The engines that have servers. */
export type ServerEngine = 'etcd' | 'consul' | 'zookeeper';

export type Engine = 'lmdb' | ServerEngine;

/** Starts so many servers of an engine. */
export type StartServers = (size: number) => Promise<ServerCluster>;

/** How to start servers of an engine. Undefined where its program is not here. `root` is the checkout. */
export function serversOf(root: string, engine: ServerEngine): StartServers | undefined {
  if (engine === 'zookeeper') {
    const program = findZookeeper(root);
    return program && ((size) => ZookeeperCluster.start(program, { size }));
  }
  const program = findProgram(root, engine === 'etcd' ? etcd : consul);
  if (program === undefined) return undefined;
  const Cluster = engine === 'etcd' ? EtcdCluster : ConsulCluster;
  return (size) => Cluster.start(program, { size });
}
