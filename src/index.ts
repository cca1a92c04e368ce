/**
 * The store: tables of typed objects, transactions, finders, a stream of what changes, and snapshots.
 *
 * @module swarmstate
 */
export { StoreError, isStoreError } from './errors/store-error.ts';
export type { ErrorData, FieldPath, StoreErrorCode, StoreErrorConstructor } from './errors/store-error.ts';
export { MemoryStore } from './store/memory-store.ts';
export type { IterateOptions } from './store/transaction/tx.ts';
export type { RestoreOptions, SaveOptions, StreamOptions, StreamProgress } from './store/contents/stream-options.ts';
export type { ReplayOptions } from './store/contents/stream-options.ts';
export type { StoreOptions, WriteOptions } from './store/options.ts';
export type { StoreStats } from './store/stats.ts';
export type { Instant } from './base/clock.ts';
export type { Change, ProposalOptions, Proposer, Replica, ReplicaRestoreOptions } from './model/proposer.ts';
export type { LatencyMessage } from './store/telling/diagnostics.ts';
export type { Batch } from './store/writing/batch.ts';
export type { ReadTable, ReadTx } from './store/transaction/tx.ts';
export type { ReadSnapshot } from './store/transaction/tx.ts';
export type { Tx, WriteTable } from './store/transaction/tx.ts';
export type { SynchronousResult } from './base/synchronous.ts';
export type { LifecycleEvents, WedgedEvent } from './store/telling/lifecycle.ts';
export type {
  Commit,
  CommitEvent,
  CreateEvent,
  DeleteEvent,
  ObjectEvent,
  StoreEvent,
  UpdateEvent,
} from './model/events.ts';
export {
  DEFAULT_CLUSTER_NAME,
  MAX_CHANGES_PER_TRANSACTION,
  MAX_TRANSACTION_BYTES,
  WEDGE_TIMEOUT_MS,
} from './model/constants.ts';
export { newId } from './store/new-id.ts';
export type { By } from './model/find/finder.ts';
export { describeFinder, finderOf } from './model/find/finder-description.ts';
export type { FinderData } from './model/find/finder-description.ts';
export { matches } from './model/find/matches.ts';
export {
  all,
  and,
  byCustom,
  byCustomPrefix,
  byDesiredState,
  byDriver,
  byId,
  byIdPrefix,
  byKind,
  byMembership,
  byName,
  byNamePrefix,
  byNodeId,
  byReferencedConfigId,
  byReferencedNetworkId,
  byReferencedSecretId,
  byRole,
  byRuntime,
  byServiceId,
  bySlot,
  byTaskState,
  byVolumeAttachment,
  byVolumeGroup,
  or,
} from './model/find/finders.ts';
export { Watcher } from './watch/watcher.ts';
export type { CommitSelector, ObjectAction, ObjectSelector, Selector, WatchOptions } from './watch/selector.ts';
export {
  ContainerSpecIsolation,
  EncryptionKeyAlgorithm,
  EndpointSpecResolutionMode,
  ExternalCACAProtocol,
  IPAMConfigAddressFamily,
  IssuanceStatusState,
  MountBindOptionsPropagation,
  MountConsistency,
  MountType,
  NodeRole,
  NodeSpecAvailability,
  NodeSpecMembership,
  NodeStatusState,
  PortConfigProtocol,
  PortConfigPublishMode,
  PrivilegesAppArmorOptsAppArmorMode,
  PrivilegesSeccompOptsSeccompMode,
  RaftMemberStatusReachability,
  ResourceType,
  RestartPolicyRestartCondition,
  SnapshotVersion,
  StoreActionKind,
  TaskState,
  UpdateConfigFailureAction,
  UpdateConfigUpdateOrder,
  UpdateStatusUpdateState,
  VolumeAccessModeScope,
  VolumeAccessModeSharing,
  VolumePublishStatusState,
  VolumeSpecVolumeAvailability,
  WatchActionKind,
} from './wire/generated/enums.ts';
export { enumName } from './wire/values/enum-name.ts';
export { codecs } from './wire/generated/kinds.ts';
export type { JsonOptions } from './wire/json/json-options.ts';
export type { MessageCodec } from './wire/codec/message-codec.ts';
export type { Kind, KindDrafts, KindInputs, Kinds } from './wire/generated/kinds.ts';
export type { BytesInput, DraftList, DraftMap, Int64, JsonValue, ReadonlyBytes } from './wire/values/types.ts';
export type { Cluster, ClusterDraft, ClusterInput } from './wire/generated/cluster.ts';
export type {
  Annotations,
  AnnotationsDraft,
  AnnotationsInput,
  Meta,
  MetaDraft,
  MetaInput,
  Version,
  VersionDraft,
  VersionInput,
} from './wire/generated/common.ts';
export type { Config, ConfigDraft, ConfigInput } from './wire/generated/config.ts';
export type { Network, NetworkDraft, NetworkInput } from './wire/generated/network.ts';
export type { Node, NodeDraft, NodeInput } from './wire/generated/node.ts';
export type { StoreAction, StoreActionDraft, StoreActionInput } from './wire/generated/raft.ts';
export type {
  Extension,
  ExtensionDraft,
  ExtensionInput,
  Resource,
  ResourceDraft,
  ResourceInput,
} from './wire/generated/resource.ts';
export type { Secret, SecretDraft, SecretInput } from './wire/generated/secret.ts';
export type { Service, ServiceDraft, ServiceInput } from './wire/generated/service.ts';
export type { StoreSnapshot, StoreSnapshotDraft, StoreSnapshotInput } from './wire/generated/snapshot.ts';
export type { Task, TaskDraft, TaskInput } from './wire/generated/task.ts';
export type { Volume, VolumeDraft, VolumeInput } from './wire/generated/volume.ts';
