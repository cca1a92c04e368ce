import type {
  NamedFilters,
  NodeFilters,
  ResourceFilters,
  ServiceFilters,
  TaskFilters,
  VolumeFilters,
} from '../../../grpc/generated/api.ts';
import type { By } from '../../../model/find/finder.ts';
import {
  all,
  byDesiredState,
  byDriver,
  byIdPrefix,
  byKind,
  byMembership,
  byName,
  byNamePrefix,
  byNodeId,
  byRole,
  byRuntime,
  byServiceId,
  byVolumeGroup,
  or,
} from '../../../model/find/finders.ts';
import { runtimeName, taskName } from '../../../model/tables/task-name.ts';
import type { ReadTx } from '../../../store/transaction/tx.ts';
import type { NodeRole, NodeSpecMembership, TaskState } from '../../../wire/generated/enums.ts';
import type { Kind, Kinds } from '../../../wire/generated/kinds.ts';
import { beginsWithOneOf, hasLabels, isOneOf } from './filters.ts';
import { isUpToDate } from './up-to-date.ts';

/** The objects of a list: a finder makes the candidates and their order, a test decides. */
interface Selection<K extends Kind> {
  readonly by: By<K>;
  readonly holds?: ((object: Kinds[K], tx: ReadTx) => boolean) | undefined;
}

/** Finds the objects of a list, in swarmkit's order. */
export function select<K extends Kind>(tx: ReadTx, kind: K, { by, holds }: Selection<K>): readonly Kinds[K][] {
  const found = tx.table(kind).find(by);
  return holds === undefined ? found : found.filter((object) => holds(object, tx));
}

/** The finder of the first filter that has values; all objects where none has. */
function first<K extends Kind>(...choices: readonly (readonly By<K>[])[]): By<K> {
  const chosen = choices.find((choice) => choice.length > 0);
  return chosen === undefined ? all : or<K>(...chosen);
}

/** Nodes, of which all given filters have to hold. Names are compared with case. */
export function selectNodes(filters: NodeFilters | undefined): Selection<'node'> {
  if (filters === undefined) return { by: all };
  const { names, namePrefixes, idPrefixes, roles, memberships, labels, nodeLabels } = filters;
  return {
    by: first<'node'>(
      names.map(byName),
      namePrefixes.map(byNamePrefix),
      idPrefixes.map(byIdPrefix),
      roles.map((role) => byRole(role as NodeRole)),
      memberships.map((membership) => byMembership(membership as NodeSpecMembership)),
    ),
    holds: ({ id, description, role, spec }) =>
      (names.length === 0 || (description !== undefined && names.includes(description.hostname))) &&
      (namePrefixes.length === 0 ||
        (description !== undefined && beginsWithOneOf(description.hostname, namePrefixes))) &&
      beginsWithOneOf(id, idPrefixes) &&
      hasLabels(description?.engine?.labels ?? {}, labels) &&
      hasLabels(spec.annotations.labels, nodeLabels) &&
      isOneOf<number>(role, roles) &&
      isOneOf<number>(spec.membership, memberships),
  };
}

/** Tasks, of which all given filters have to hold. Names, also derived ones, are compared with case. */
export function selectTasks(filters: TaskFilters | undefined): Selection<'task'> {
  if (filters === undefined) return { by: all };
  const { names, namePrefixes, idPrefixes, labels, serviceIds, nodeIds, desiredStates, runtimes, upToDate } = filters;
  return {
    by: first<'task'>(
      names.map(byName),
      namePrefixes.map(byNamePrefix),
      idPrefixes.map(byIdPrefix),
      serviceIds.map(byServiceId),
      runtimes.map(byRuntime),
      nodeIds.map(byNodeId),
      desiredStates.map((state) => byDesiredState(state as TaskState)),
    ),
    holds: (task, tx) =>
      isOneOf(taskName(task), names) &&
      beginsWithOneOf(taskName(task), namePrefixes) &&
      beginsWithOneOf(task.id, idPrefixes) &&
      hasLabels(task.serviceAnnotations.labels, labels) &&
      isOneOf(task.serviceId, serviceIds) &&
      isOneOf(task.nodeId, nodeIds) &&
      isOneOf(runtimeName(task.spec) ?? '', runtimes) &&
      isOneOf<number>(task.desiredState, desiredStates) &&
      (!upToDate || isUpToDate(task, tx.services.get(task.serviceId))),
  };
}

/** Services, of which all given filters have to hold. Names are compared with case. */
export function selectServices(filters: ServiceFilters | undefined): Selection<'service'> {
  if (filters === undefined) return { by: all };
  const { names, namePrefixes, idPrefixes, labels, runtimes } = filters;
  const named = selectNamed<'service'>(filters);
  return {
    by: first<'service'>(
      names.map(byName),
      namePrefixes.map(byNamePrefix),
      idPrefixes.map(byIdPrefix),
      runtimes.map(byRuntime),
    ),
    holds: (service, tx) =>
      named.holds?.(service, tx) !== false &&
      hasLabels(service.spec.annotations.labels, labels) &&
      isOneOf(runtimeName(service.spec.task) ?? '', runtimes),
  };
}

/** Networks, clusters and the like, of which all given filters have to hold. Names are compared with case. */
export function selectNamed<K extends 'service' | 'network' | 'cluster'>(
  filters: NamedFilters | undefined,
): Selection<K> {
  if (filters === undefined) return { by: all };
  const { names, namePrefixes, idPrefixes, labels } = filters;
  return {
    by: first<K>(names.map(byName), namePrefixes.map(byNamePrefix), idPrefixes.map(byIdPrefix)),
    holds: ({ id, spec: { annotations } }) =>
      isOneOf(annotations.name, names) &&
      beginsWithOneOf(annotations.name, namePrefixes) &&
      beginsWithOneOf(id, idPrefixes) &&
      hasLabels(annotations.labels, labels),
  };
}

/** Volumes, of which all given filters have to hold. Names are compared with case. */
export function selectVolumes(filters: VolumeFilters | undefined): Selection<'volume'> {
  if (filters === undefined) return { by: all };
  const { names, namePrefixes, idPrefixes, labels, groups, drivers } = filters;
  return {
    by: first<'volume'>(
      names.map(byName),
      idPrefixes.map(byIdPrefix),
      groups.map(byVolumeGroup),
      drivers.map(byDriver),
      namePrefixes.map(byNamePrefix),
    ),
    holds: ({ id, spec: { annotations, group, driver } }) =>
      isOneOf(annotations.name, names) &&
      beginsWithOneOf(annotations.name, namePrefixes) &&
      beginsWithOneOf(id, idPrefixes) &&
      hasLabels(annotations.labels, labels) &&
      isOneOf(group, groups) &&
      isOneOf(driver?.name ?? '', drivers),
  };
}

/** Secrets and configs: names without case, prefixes of names and of ids are alternatives; labels have to hold. */
export function selectStored<K extends 'secret' | 'config'>(filters: NamedFilters | undefined): Selection<K> {
  return {
    by: anyOf<K>(filters),
    holds: ({ spec: { annotations } }) => hasLabels(annotations.labels, filters?.labels),
  };
}

/** Resources, as secrets; the kind has to hold, too. */
export function selectResources(filters: ResourceFilters | undefined): Selection<'resource'> {
  const kind = filters?.kind ?? '';
  const isNamed =
    filters !== undefined && filters.names.length + filters.namePrefixes.length + filters.idPrefixes.length > 0;
  return {
    by: kind !== '' && !isNamed ? byKind(kind) : anyOf<'resource'>(filters),
    holds: (resource) =>
      hasLabels(resource.annotations.labels, filters?.labels) && (kind === '' || resource.kind === kind),
  };
}

function anyOf<K extends 'secret' | 'config' | 'resource'>(
  filters: Pick<NamedFilters, 'names' | 'namePrefixes' | 'idPrefixes'> | undefined,
): By<K> {
  const members = [
    ...(filters?.names ?? []).map(byName),
    ...(filters?.namePrefixes ?? []).map(byNamePrefix),
    ...(filters?.idPrefixes ?? []).map(byIdPrefix),
  ] as By<K>[];
  return members.length === 0 ? all : or<K>(...members);
}
