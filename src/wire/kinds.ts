import { clusterType } from './generated/cluster.ts';
import type { Cluster, ClusterDraft, ClusterInput } from './generated/cluster.ts';
import { configType } from './generated/config.ts';
import type { Config, ConfigDraft, ConfigInput } from './generated/config.ts';
import { networkType } from './generated/network.ts';
import type { Network, NetworkDraft, NetworkInput } from './generated/network.ts';
import { nodeType } from './generated/node.ts';
import type { Node, NodeDraft, NodeInput } from './generated/node.ts';
import { extensionType, resourceType } from './generated/resource.ts';
import type {
  Extension,
  ExtensionDraft,
  ExtensionInput,
  Resource,
  ResourceDraft,
  ResourceInput,
} from './generated/resource.ts';
import { secretType } from './generated/secret.ts';
import type { Secret, SecretDraft, SecretInput } from './generated/secret.ts';
import { serviceType } from './generated/service.ts';
import type { Service, ServiceDraft, ServiceInput } from './generated/service.ts';
import { taskType } from './generated/task.ts';
import type { Task, TaskDraft, TaskInput } from './generated/task.ts';
import { volumeType } from './generated/volume.ts';
import type { Volume, VolumeDraft, VolumeInput } from './generated/volume.ts';
import type { MessageType } from './message-type.ts';

/** The kinds of object that the store holds. */
export type Kind =
  'node' | 'service' | 'task' | 'network' | 'secret' | 'config' | 'cluster' | 'extension' | 'resource' | 'volume';

/** The stored object of each kind. */
export interface Kinds {
  node: Node;
  service: Service;
  task: Task;
  network: Network;
  secret: Secret;
  config: Config;
  cluster: Cluster;
  extension: Extension;
  resource: Resource;
  volume: Volume;
}

/** What `create` and `update` take for each kind. */
export interface KindInputs {
  node: NodeInput;
  service: ServiceInput;
  task: TaskInput;
  network: NetworkInput;
  secret: SecretInput;
  config: ConfigInput;
  cluster: ClusterInput;
  extension: ExtensionInput;
  resource: ResourceInput;
  volume: VolumeInput;
}

/** What a recipe edits for each kind. */
export interface KindDrafts {
  node: NodeDraft;
  service: ServiceDraft;
  task: TaskDraft;
  network: NetworkDraft;
  secret: SecretDraft;
  config: ConfigDraft;
  cluster: ClusterDraft;
  extension: ExtensionDraft;
  resource: ResourceDraft;
  volume: VolumeDraft;
}

/** The type of message of each kind. */
export const kindTypes: { readonly [K in Kind]: MessageType<Kinds[K], KindInputs[K]> } = {
  node: nodeType,
  service: serviceType,
  task: taskType,
  network: networkType,
  secret: secretType,
  config: configType,
  cluster: clusterType,
  extension: extensionType,
  resource: resourceType,
  volume: volumeType,
};
