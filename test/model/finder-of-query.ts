import {
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
} from 'swarmstate';
import type { By, Kind, NodeRole, NodeSpecMembership, TaskState } from 'swarmstate';
import type { Query } from '../../src/testing/model/query.ts';

/** The finder that asks the same of a store. Whether its table takes it is for the store to say. */
export function byOf<K extends Kind>(query: Query): By<K> {
  return finderOf(query) as unknown as By<K>;
}

function finderOf(query: Query): By<never> {
  switch (query.by) {
    case 'all':
      return all;
    case 'byId':
      return byId(query.id);
    case 'byIdPrefix':
      return byIdPrefix(query.prefix);
    case 'byName':
      return byName(query.value);
    case 'byNamePrefix':
      return byNamePrefix(query.value);
    case 'byRuntime':
      return byRuntime(query.value);
    case 'byServiceId':
      return byServiceId(query.value);
    case 'byNodeId':
      return byNodeId(query.value);
    case 'byReferencedNetworkId':
      return byReferencedNetworkId(query.value);
    case 'byReferencedSecretId':
      return byReferencedSecretId(query.value);
    case 'byReferencedConfigId':
      return byReferencedConfigId(query.value);
    case 'byVolumeAttachment':
      return byVolumeAttachment(query.value);
    case 'byKind':
      return byKind(query.value);
    case 'byVolumeGroup':
      return byVolumeGroup(query.value);
    case 'byDriver':
      return byDriver(query.value);
    case 'byDesiredState':
      return byDesiredState(query.value as TaskState);
    case 'byTaskState':
      return byTaskState(query.value as TaskState);
    case 'byRole':
      return byRole(query.value as NodeRole);
    case 'byMembership':
      return byMembership(query.value as NodeSpecMembership);
    case 'bySlot':
      return bySlot(query.serviceId, query.slot);
    case 'byCustom':
      return byCustom(query.index, query.value);
    case 'byCustomPrefix':
      return byCustomPrefix(query.index, query.prefix);
    case 'or':
      return or(...query.members.map(finderOf));
    case 'and':
      return and(...query.members.map(finderOf));
  }
}
