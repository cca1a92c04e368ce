import { clusterType } from './cluster.ts';
import type { Cluster, ClusterDraft, ClusterInput } from './cluster.ts';
import { configType } from './config.ts';
import type { Config, ConfigDraft, ConfigInput } from './config.ts';
import { networkType } from './network.ts';
import type { Network, NetworkDraft, NetworkInput } from './network.ts';
import { nodeType } from './node.ts';
import type { Node, NodeDraft, NodeInput } from './node.ts';
import { extensionType, resourceType } from './resource.ts';
import type {
  Extension,
  ExtensionDraft,
  ExtensionInput,
  Resource,
  ResourceDraft,
  ResourceInput,
} from './resource.ts';
import { secretType } from './secret.ts';
import type { Secret, SecretDraft, SecretInput } from './secret.ts';
import { serviceType } from './service.ts';
import type { Service, ServiceDraft, ServiceInput } from './service.ts';
import { taskType } from './task.ts';
import type { Task, TaskDraft, TaskInput } from './task.ts';
import { volumeType } from './volume.ts';
import type { Volume, VolumeDraft, VolumeInput } from './volume.ts';
import type { MessageType } from '../codec/message-type.ts';

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
