/**
 * Every finder that looks into an index: the name of the index, and whether the finder takes a whole key or a prefix.
 * Which table takes which finder is in the declarations under `tables/`.
 */
export const indexFinders = {
  byName: { index: 'name', prefix: false },
  byNamePrefix: { index: 'name', prefix: true },
  byRuntime: { index: 'runtime', prefix: false },
  byServiceId: { index: 'serviceId', prefix: false },
  byNodeId: { index: 'nodeId', prefix: false },
  bySlot: { index: 'slot', prefix: false },
  byDesiredState: { index: 'desiredState', prefix: false },
  byTaskState: { index: 'taskState', prefix: false },
  byRole: { index: 'role', prefix: false },
  byMembership: { index: 'membership', prefix: false },
  byReferencedNetworkId: { index: 'network', prefix: false },
  byReferencedSecretId: { index: 'secret', prefix: false },
  byReferencedConfigId: { index: 'config', prefix: false },
  byVolumeAttachment: { index: 'volumeAttachment', prefix: false },
  byKind: { index: 'kind', prefix: false },
  byVolumeGroup: { index: 'volumeGroup', prefix: false },
  byDriver: { index: 'driver', prefix: false },
  byCustom: { index: 'custom', prefix: false },
  byCustomPrefix: { index: 'custom', prefix: true },
} as const;

/** The name of a finder that looks into an index. */
export type FinderName = keyof typeof indexFinders;
