import type { NodeRole, NodeSpecMembership, TaskState } from '../../wire/generated/enums.ts';
import type { Kind } from '../../wire/generated/kinds.ts';
import type { Int64 } from '../../wire/values/types.ts';
import type { FinderName } from '../schema/finder-declarations.ts';
import type { KindsTaking } from '../tables/all-tables.ts';
import { indexFinder, textArgument } from './finder-arguments.ts';
import { combine, makeBy } from './finder.ts';
import type { By } from './finder.ts';

type Common<B> = { [K in Kind]: [B] extends [By<K>] ? K : never }[Kind];

/** Every object, in id order. O(result). Taken by every table. */
export const all: By<Kind> = makeBy({ by: 'all' });

/**
 * The objects that any of the finders finds, in the order of the finders. An object that several of them find comes
 * once, at its first position. Without a finder, no object. A finder that the table does not take fails the whole call,
 * before any lookup. O(results of all members). Throws `ERR_INVALID_FIND_BY` beyond 1,000 levels of nested finders.
 *
 * @example
 * ```ts
 * import { MemoryStore, TaskState, byTaskState, or } from 'swarmstate';
 *
 * const store = new MemoryStore();
 * store.view((tx) => tx.tasks.find(or(byTaskState(TaskState.FAILED), byTaskState(TaskState.REJECTED))));
 * ```
 */
export function or<K extends Kind>(...bys: readonly By<K>[]): By<K>;
export function or<const T extends readonly By<never>[]>(...bys: T): By<Common<T[number]>>;
export function or(...bys: readonly By<never>[]): By<never> {
  return combine('or', bys);
}

/**
 * The objects that all of the finders find, in the order of the first finder. Without a finder, every object.
 * O(result of the first × other members): put the finder with the smallest result first. Throws `ERR_INVALID_FIND_BY`
 * beyond 1,000 levels of nested finders.
 */
export function and<K extends Kind>(...bys: readonly By<K>[]): By<K>;
export function and<const T extends readonly By<never>[]>(...bys: T): By<Common<T[number]>>;
export function and(...bys: readonly By<never>[]): By<never> {
  return combine('and', bys);
}

/** The object with that id, if it exists. O(1). Taken by every table. */
export function byId(id: string): By<Kind> {
  return makeBy({ by: 'byId', id: textArgument('byId', 'id', id) });
}

/** The objects whose id starts with `prefix` (with case), in id order. O(log n + result). Taken by every table. */
export function byIdPrefix(prefix: string): By<Kind> {
  return makeBy({ by: 'byIdPrefix', prefix: textArgument('byIdPrefix', 'prefix', prefix) });
}

/**
 * The objects of that name, without case, in id order. The name of a node is its hostname. The name of a task without a
 * name of its own is `service.slot.id`, or `service.node.id` where it has no slot. O(result).
 */
export function byName(name: string): By<KindsTaking<'byName'>> {
  return lookUp('byName', name);
}

/** The objects whose name starts with `prefix`, without case, in the order of name and id. O(log n + result). */
export function byNamePrefix(prefix: string): By<KindsTaking<'byNamePrefix'>> {
  return lookUp('byNamePrefix', prefix);
}

/**
 * The services or tasks of a runtime: `container`, `attachment`, or the kind of a generic runtime in lower case.
 * O(result).
 */
export function byRuntime(runtime: string): By<KindsTaking<'byRuntime'>> {
  return lookUp('byRuntime', runtime);
}

/** The tasks of a service; with an empty id, the tasks without a service. O(result). */
export function byServiceId(serviceId: string): By<KindsTaking<'byServiceId'>> {
  return lookUp('byServiceId', serviceId);
}

/** The tasks on a node; with an empty id, the tasks without a node. O(result). */
export function byNodeId(nodeId: string): By<KindsTaking<'byNodeId'>> {
  return lookUp('byNodeId', nodeId);
}

/** The tasks in a slot of a service. O(result). */
export function bySlot(serviceId: string, slot: Int64): By<KindsTaking<'bySlot'>> {
  return lookUp('bySlot', serviceId, slot);
}

/** The tasks with that desired state. O(result). */
export function byDesiredState(state: TaskState): By<KindsTaking<'byDesiredState'>> {
  return lookUp('byDesiredState', state);
}

/** The tasks with that observed state. O(result). */
export function byTaskState(state: TaskState): By<KindsTaking<'byTaskState'>> {
  return lookUp('byTaskState', state);
}

/** The nodes with that observed role (`role`, not `spec.desiredRole`). O(result). */
export function byRole(role: NodeRole): By<KindsTaking<'byRole'>> {
  return lookUp('byRole', role);
}

/** The nodes whose spec has that membership. O(result). */
export function byMembership(membership: NodeSpecMembership): By<KindsTaking<'byMembership'>> {
  return lookUp('byMembership', membership);
}

/** The services and tasks whose spec attaches them to a network. O(result). */
export function byReferencedNetworkId(networkId: string): By<KindsTaking<'byReferencedNetworkId'>> {
  return lookUp('byReferencedNetworkId', networkId);
}

/** The services and tasks whose container uses a secret. O(result). */
export function byReferencedSecretId(secretId: string): By<KindsTaking<'byReferencedSecretId'>> {
  return lookUp('byReferencedSecretId', secretId);
}

/** The services and tasks whose container uses a config. O(result). */
export function byReferencedConfigId(configId: string): By<KindsTaking<'byReferencedConfigId'>> {
  return lookUp('byReferencedConfigId', configId);
}

/** The tasks that a volume is attached to. O(result). */
export function byVolumeAttachment(volumeId: string): By<KindsTaking<'byVolumeAttachment'>> {
  return lookUp('byVolumeAttachment', volumeId);
}

/** The resources of a kind, with case. O(result). */
export function byKind(kind: string): By<KindsTaking<'byKind'>> {
  return lookUp('byKind', kind);
}

/** The volumes of a group; with an empty name, the volumes without a group. O(result). */
export function byVolumeGroup(group: string): By<KindsTaking<'byVolumeGroup'>> {
  return lookUp('byVolumeGroup', group);
}

/** The volumes of a driver. O(result). */
export function byDriver(driver: string): By<KindsTaking<'byDriver'>> {
  return lookUp('byDriver', driver);
}

/** The objects with an entry `{ key: index, val: value }` among their annotations' indices, in id order. O(result). */
export function byCustom(index: string, value: string): By<KindsTaking<'byCustom'>> {
  return lookUp('byCustom', index, value);
}

/**
 * The objects with an entry of that index whose value starts with `prefix`, in the order of value and id. O(log n +
 * result).
 */
export function byCustomPrefix(index: string, prefix: string): By<KindsTaking<'byCustomPrefix'>> {
  return lookUp('byCustomPrefix', index, prefix);
}

/** A finder that looks into an index; the declaration of its name says what `K` is. */
function lookUp<K extends Kind>(finder: FinderName, first: unknown, second?: unknown): By<K> {
  return makeBy(indexFinder(finder, first, second));
}
