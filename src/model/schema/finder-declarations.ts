import type { NodeRole, NodeSpecMembership, TaskState } from '../../wire/generated/enums.ts';
import type { Int64 } from '../../wire/values/types.ts';

/** The types of finders' parameters, and of the arguments that they take. */
export interface ParameterTypes {
  /** A string, compared with case. */
  text: string;
  /** A string, compared without case. */
  caseless: string;
  int64: Int64;
  NodeRole: NodeRole;
  NodeSpecMembership: NodeSpecMembership;
  TaskState: TaskState;
}

/** One parameter of a finder. */
export interface Parameter {
  /** The name of the argument in a finder's description, unique in the finder. */
  readonly name: string;
  readonly type: keyof ParameterTypes;
}

/** A finder that looks into an index of the table. */
export interface IndexFinder {
  /** The name of the index. */
  readonly index: string;
  /** True where the key is a prefix of the keys that are found. */
  readonly prefix: boolean;
  /** The parts of the key. A key of two parts is their `pairKey`. */
  readonly parameters: readonly [Parameter, Parameter?];
}

/** The finders that look into an index. The declarations under `tables/` say which table takes which finder. */
export const indexFinders = {
  byName: { index: 'name', prefix: false, parameters: [{ name: 'name', type: 'caseless' }] },
  byNamePrefix: { index: 'name', prefix: true, parameters: [{ name: 'prefix', type: 'caseless' }] },
  byRuntime: { index: 'runtime', prefix: false, parameters: [{ name: 'runtime', type: 'text' }] },
  byServiceId: { index: 'serviceId', prefix: false, parameters: [{ name: 'serviceId', type: 'text' }] },
  byNodeId: { index: 'nodeId', prefix: false, parameters: [{ name: 'nodeId', type: 'text' }] },
  bySlot: {
    index: 'slot',
    prefix: false,
    parameters: [
      { name: 'serviceId', type: 'text' },
      { name: 'slot', type: 'int64' },
    ],
  },
  byDesiredState: { index: 'desiredState', prefix: false, parameters: [{ name: 'state', type: 'TaskState' }] },
  byTaskState: { index: 'taskState', prefix: false, parameters: [{ name: 'state', type: 'TaskState' }] },
  byRole: { index: 'role', prefix: false, parameters: [{ name: 'role', type: 'NodeRole' }] },
  byMembership: {
    index: 'membership',
    prefix: false,
    parameters: [{ name: 'membership', type: 'NodeSpecMembership' }],
  },
  byReferencedNetworkId: { index: 'network', prefix: false, parameters: [{ name: 'networkId', type: 'text' }] },
  byReferencedSecretId: { index: 'secret', prefix: false, parameters: [{ name: 'secretId', type: 'text' }] },
  byReferencedConfigId: { index: 'config', prefix: false, parameters: [{ name: 'configId', type: 'text' }] },
  byVolumeAttachment: { index: 'volumeAttachment', prefix: false, parameters: [{ name: 'volumeId', type: 'text' }] },
  byKind: { index: 'kind', prefix: false, parameters: [{ name: 'kind', type: 'text' }] },
  byVolumeGroup: { index: 'volumeGroup', prefix: false, parameters: [{ name: 'group', type: 'text' }] },
  byDriver: { index: 'driver', prefix: false, parameters: [{ name: 'driver', type: 'text' }] },
  byCustom: {
    index: 'custom',
    prefix: false,
    parameters: [
      { name: 'index', type: 'text' },
      { name: 'value', type: 'text' },
    ],
  },
  byCustomPrefix: {
    index: 'custom',
    prefix: true,
    parameters: [
      { name: 'index', type: 'text' },
      { name: 'prefix', type: 'text' },
    ],
  },
} as const;

/** The name of a finder that looks into an index. */
export type FinderName = keyof typeof indexFinders;

/** The finders that look at ids alone. Every table takes them. */
export const idFinders = {
  all: { parameters: [] },
  byId: { parameters: [{ name: 'id', type: 'text' }] },
  byIdPrefix: { parameters: [{ name: 'prefix', type: 'text' }] },
} as const;

/** The finders that combine others. A table takes them when it takes all their members. */
export const combiningFinders = ['or', 'and'] as const;

/** The name of a finder that combines others. */
export type CombiningFinderName = (typeof combiningFinders)[number];
