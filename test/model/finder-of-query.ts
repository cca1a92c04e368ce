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
import type { By, FinderData, Kind } from 'swarmstate';

/** Makes the described finder with the public functions. The table of `K` need not take the finder. */
export function byOf<K extends Kind>(query: FinderData): By<K> {
  return finderFor(query) as unknown as By<K>;
}

function finderFor(query: FinderData): By<never> {
  switch (query.by) {
    case 'all':
      return all;
    case 'byId':
      return byId(query.id);
    case 'byIdPrefix':
      return byIdPrefix(query.prefix);
    case 'byName':
      return byName(query.name);
    case 'byNamePrefix':
      return byNamePrefix(query.prefix);
    case 'byRuntime':
      return byRuntime(query.runtime);
    case 'byServiceId':
      return byServiceId(query.serviceId);
    case 'byNodeId':
      return byNodeId(query.nodeId);
    case 'byReferencedNetworkId':
      return byReferencedNetworkId(query.networkId);
    case 'byReferencedSecretId':
      return byReferencedSecretId(query.secretId);
    case 'byReferencedConfigId':
      return byReferencedConfigId(query.configId);
    case 'byVolumeAttachment':
      return byVolumeAttachment(query.volumeId);
    case 'byKind':
      return byKind(query.kind);
    case 'byVolumeGroup':
      return byVolumeGroup(query.group);
    case 'byDriver':
      return byDriver(query.driver);
    case 'byDesiredState':
      return byDesiredState(query.state);
    case 'byTaskState':
      return byTaskState(query.state);
    case 'byRole':
      return byRole(query.role);
    case 'byMembership':
      return byMembership(query.membership);
    case 'bySlot':
      return bySlot(query.serviceId, query.slot);
    case 'byCustom':
      return byCustom(query.index, query.value);
    case 'byCustomPrefix':
      return byCustomPrefix(query.index, query.prefix);
    case 'or':
      return or(...query.of.map(finderFor));
    case 'and':
      return and(...query.of.map(finderFor));
  }
}
