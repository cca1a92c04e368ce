import type { FinderData } from '../../model/find/finder-description.ts';

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

/**
 * A finder of the model: its description, as `describeFinder` gives it. An older form is accepted too; it calls the
 * only argument of a finder `value`, and the members of `or` and `and` `members`.
 */
export type Query =
  | FinderData
  | { readonly by: TextFinder | 'byNamePrefix'; readonly value: string }
  | { readonly by: EnumFinder; readonly value: number }
  | { readonly by: 'or' | 'and'; readonly members: readonly Query[] };

/** The name of the only argument of each finder that has one. */
const argumentNames: { readonly [F in TextFinder | EnumFinder | 'byNamePrefix']: string } = {
  byName: 'name',
  byNamePrefix: 'prefix',
  byRuntime: 'runtime',
  byServiceId: 'serviceId',
  byNodeId: 'nodeId',
  byReferencedNetworkId: 'networkId',
  byReferencedSecretId: 'secretId',
  byReferencedConfigId: 'configId',
  byVolumeAttachment: 'volumeId',
  byKind: 'kind',
  byVolumeGroup: 'group',
  byDriver: 'driver',
  byDesiredState: 'state',
  byTaskState: 'state',
  byRole: 'role',
  byMembership: 'membership',
};

/** A query in the form of a finder's description. */
export function descriptionOf(query: Query): FinderData {
  if ('members' in query) return { by: query.by, of: query.members.map(descriptionOf) };
  if (!('value' in query) || query.by === 'byCustom') return query;
  return { by: query.by, [argumentNames[query.by]]: query.value } as unknown as FinderData;
}
