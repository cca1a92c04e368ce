import { StoreError } from '../../errors/store-error.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import type { FinderData } from '../../model/find/finder-description.ts';
import { annotationsOf, nameOf, referencesOf, runtimesOf, serviceNetworks } from './attributes.ts';
import { kinds } from './kinds.ts';
import { compareBytes, foldCase } from './text.ts';

type Leaf = Exclude<FinderData, { readonly by: 'all' | 'or' | 'and' | 'byId' | 'byIdPrefix' }>;

/** The kinds whose tables take each finder. All tables take the other finders. */
const takers: { readonly [F in Leaf['by']]: readonly Kind[] } = {
  byName: kinds,
  byNamePrefix: kinds.filter((kind) => kind !== 'extension'),
  byRuntime: ['service', 'task'],
  byServiceId: ['task'],
  byNodeId: ['task'],
  bySlot: ['task'],
  byDesiredState: ['task'],
  byTaskState: ['task'],
  byRole: ['node'],
  byMembership: ['node'],
  byReferencedNetworkId: ['service', 'task'],
  byReferencedSecretId: ['service', 'task'],
  byReferencedConfigId: ['service', 'task'],
  byVolumeAttachment: ['task'],
  byKind: ['resource'],
  byVolumeGroup: ['volume'],
  byDriver: ['volume'],
  byCustom: kinds,
  byCustomPrefix: kinds,
};

/** Throws `ERR_INVALID_FIND_BY` unless the table of that kind takes the query, with all its members. */
export function assertTaken(query: FinderData, kind: Kind): void {
  if (query.by === 'or' || query.by === 'and') {
    for (const member of query.of) assertTaken(member, kind);
  } else if (
    query.by !== 'all' &&
    query.by !== 'byId' &&
    query.by !== 'byIdPrefix' &&
    !takers[query.by].includes(kind)
  ) {
    throw new StoreError('ERR_INVALID_FIND_BY', `model: ${kind} does not take ${query.by}`, { kind, finder: query.by });
  }
}

/**
 * The result of the store's `find`, by a look at each object. The order is that of the finder's keys, then of ids, both
 * as UTF-8 bytes. Each object comes once, at its first position. Throws `ERR_INVALID_FIND_BY`.
 */
export function findObjects<K extends Kind>(query: FinderData, kind: K, objects: Iterable<Kinds[K]>): Kinds[K][] {
  assertTaken(query, kind);
  const sorted = [...objects].sort((a, b) => compareBytes(a.id, b.id));
  return find(query, kind, sorted);
}

/** True when the query finds the object. Throws `ERR_INVALID_FIND_BY`. */
export function matchesObject<K extends Kind>(query: FinderData, kind: K, object: Kinds[K]): boolean {
  return findObjects(query, kind, [object]).length === 1;
}

function find<K extends Kind>(query: FinderData, kind: K, sorted: readonly Kinds[K][]): Kinds[K][] {
  if (query.by === 'or') return [...new Set(query.of.flatMap((member) => find(member, kind, sorted)))];
  if (query.by === 'and') {
    const [first = { by: 'all' } as const, ...rest] = query.of;
    const others = rest.map((member) => new Set(find(member, kind, sorted)));
    return find(first, kind, sorted).filter((object) => others.every((found) => found.has(object)));
  }
  // The sort is stable, so objects with equal keys stay in id order.
  return sorted
    .flatMap((object) => keysFound(query, kind, object).map((key) => ({ key, object })))
    .sort((a, b) => compareBytes(a.key, b.key))
    .map(({ object }) => object)
    .filter((object, position, list) => list.indexOf(object) === position);
}

/** The keys of the object that the query finds. An exact query has one key, which is left empty. */
function keysFound<K extends Kind>(
  query: Exclude<FinderData, { readonly by: 'or' | 'and' }>,
  kind: K,
  object: Kinds[K],
): readonly string[] {
  switch (query.by) {
    case 'all':
      return [object.id];
    case 'byId':
      return object.id === query.id ? [object.id] : [];
    case 'byIdPrefix':
      return object.id.startsWith(query.prefix) ? [object.id] : [];
    case 'byNamePrefix':
      return namesOf(kind, object).filter((name) => name.startsWith(foldCase(query.prefix)));
    case 'byCustomPrefix':
      return annotationsOf(kind, object)
        .indices.filter(({ key, val }) => key === query.index && val.startsWith(query.prefix))
        .map(({ val }) => val);
    default:
      return holds(query, kind, object) ? [''] : [];
  }
}

function namesOf<K extends Kind>(kind: K, object: Kinds[K]): readonly string[] {
  const name = nameOf(kind, object);
  return name === undefined ? [] : [foldCase(name)];
}

function holds(
  query: Exclude<Leaf, { readonly by: 'byNamePrefix' | 'byCustomPrefix' }>,
  kind: Kind,
  object: Kinds[Kind],
): boolean {
  const task = object as Kinds['task'];
  const node = object as Kinds['node'];
  const volume = object as Kinds['volume'];
  const taskSpec = (): Kinds['task']['spec'] =>
    kind === 'service' ? (object as Kinds['service']).spec.task : task.spec;
  switch (query.by) {
    case 'byName':
      return namesOf(kind, object).includes(foldCase(query.name));
    case 'byRuntime':
      return runtimesOf(taskSpec()).includes(query.runtime);
    case 'byServiceId':
      return task.serviceId === query.serviceId;
    case 'byNodeId':
      return task.nodeId === query.nodeId;
    case 'bySlot':
      return task.serviceId === query.serviceId && BigInt(task.slot) === BigInt(query.slot);
    case 'byDesiredState':
      return task.desiredState === query.state;
    case 'byTaskState':
      return task.status.state === query.state;
    case 'byRole':
      return node.role === query.role;
    case 'byMembership':
      return node.spec.membership === query.membership;
    case 'byReferencedNetworkId':
      return kind === 'service'
        ? serviceNetworks(object as Kinds['service']).includes(query.networkId)
        : task.spec.networks.some((network) => network.target === query.networkId);
    case 'byReferencedSecretId':
      return referencesOf(taskSpec(), 'secrets').includes(query.secretId);
    case 'byReferencedConfigId':
      return referencesOf(taskSpec(), 'configs').includes(query.configId);
    case 'byVolumeAttachment':
      return task.volumes.some((attachment) => attachment.id === query.volumeId);
    case 'byKind':
      return (object as Kinds['resource']).kind === query.kind;
    case 'byVolumeGroup':
      return volume.spec.group === query.group;
    case 'byDriver':
      return volume.spec.driver?.name === query.driver;
    case 'byCustom':
      return annotationsOf(kind, object).indices.some(({ key, val }) => key === query.index && val === query.value);
  }
}
