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
import type { By, Int64, Kind, NodeRole, NodeSpecMembership, TaskState } from 'swarmstate';

/** The finders that take one string. */
export type TextFinder =
  | 'byName'
  | 'byRuntime'
  | 'byServiceId'
  | 'byNodeId'
  | 'byReferencedNetworkId'
  | 'byReferencedSecretId'
  | 'byReferencedConfigId'
  | 'byVolumeAttachment'
  | 'byKind'
  | 'byVolumeGroup'
  | 'byDriver';

/** The finders that take the number of an enum. */
export type EnumFinder = 'byDesiredState' | 'byTaskState' | 'byRole' | 'byMembership';

/** What a finder asks for, as plain data: a {@link By} does not show it. */
export type Query =
  | { readonly by: 'all' }
  | { readonly by: 'byId'; readonly id: string }
  | { readonly by: 'byIdPrefix'; readonly prefix: string }
  | { readonly by: TextFinder; readonly value: string }
  | { readonly by: EnumFinder; readonly value: number }
  | { readonly by: 'bySlot'; readonly serviceId: string; readonly slot: Int64 }
  | { readonly by: 'byCustom'; readonly index: string; readonly value: string }
  | { readonly by: 'byCustomPrefix'; readonly index: string; readonly prefix: string }
  | { readonly by: 'byNamePrefix'; readonly value: string }
  | { readonly by: 'or'; readonly members: readonly Query[] }
  | { readonly by: 'and'; readonly members: readonly Query[] };

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
