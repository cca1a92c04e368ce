import type { Int64 } from '../../wire/values/types.ts';

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

/** What a finder asks for, as plain data: a finder itself does not show it. */
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
