import type { ServerCluster } from '../../scripts/engines/process/server-cluster.ts';

/** The address of a place on the servers of an engine: `etcd://127.0.0.1:2379,127.0.0.1:2380/place`. */
export function storeAddress(engine: string, { endpoints }: Pick<ServerCluster, 'endpoints'>, place: string): string {
  return `${engine}://${endpoints.map((endpoint) => endpoint.replace('http://', '')).join(',')}/${place}`;
}
