import type { Kind, KindInputs, Kinds } from '../../wire/generated/kinds.ts';
import { Cluster } from '../../wire/generated/cluster.ts';
import { Config } from '../../wire/generated/config.ts';
import { Network } from '../../wire/generated/network.ts';
import { Node } from '../../wire/generated/node.ts';
import { Extension, Resource } from '../../wire/generated/resource.ts';
import { Secret } from '../../wire/generated/secret.ts';
import { Service } from '../../wire/generated/service.ts';
import { Task } from '../../wire/generated/task.ts';
import { Volume } from '../../wire/generated/volume.ts';
import type { MessageCodec } from '../../wire/codec/message-codec.ts';

/** The name of each kind's table, in the order in which tables are saved and restored. */
export const tableNames = {
  cluster: 'clusters',
  config: 'configs',
  extension: 'extensions',
  network: 'networks',
  node: 'nodes',
  resource: 'resources',
  secret: 'secrets',
  service: 'services',
  task: 'tasks',
  volume: 'volumes',
} as const;

/** The ten kinds, in the order of {@link tableNames}. */
export const kinds: readonly Kind[] = Object.keys(tableNames) as Kind[];

/** The codec of each kind. Codecs make inputs canonical, and compare objects by their encoding. */
export const codecs: { readonly [K in Kind]: MessageCodec<Kinds[K], KindInputs[K]> } = {
  cluster: Cluster,
  config: Config,
  extension: Extension,
  network: Network,
  node: Node,
  resource: Resource,
  secret: Secret,
  service: Service,
  task: Task,
  volume: Volume,
};

/** True when two objects of a kind have the same encoding. */
export function equalObjects<K extends Kind>(kind: K, a: Kinds[K], b: Kinds[K]): boolean {
  const codec: MessageCodec<Kinds[K], KindInputs[K]> = codecs[kind];
  return Buffer.compare(codec.encode(a as unknown as KindInputs[K]), codec.encode(b as unknown as KindInputs[K])) === 0;
}
