import { StoreError } from '../../errors/store-error.ts';
import type { Volume } from '../../wire/generated/volume.ts';
import { index } from '../schema/table-declaration.ts';
import type { TableDeclaration } from '../schema/table-declaration.ts';
import { specIndexes, specName } from './named-tables.ts';

export const volumeFinders = [
  'byName',
  'byNamePrefix',
  'byVolumeGroup',
  'byDriver',
  'byCustom',
  'byCustomPrefix',
] as const;

/** A volume needs a driver: an index uses the driver's name, and no plugin serves a volume without one. */
function requireDriver(volume: Volume): void {
  if (volume.spec.driver !== undefined) return;
  throw new StoreError(
    'ERR_INVALID_OBJECT',
    `volume ${volume.id}: spec.driver is missing; name the driver that serves the volume`,
    {
      messageType: 'docker.swarmkit.v1.Volume',
      path: ['spec', 'driver'],
    },
  );
}

/** The table of volumes: unique names, and indexes of groups and drivers. */
export const volumeTable: TableDeclaration<'volume'> = {
  kind: 'volume',
  indexes: [
    ...specIndexes,
    index(
      'volumeGroup',
      (volume) => volume.spec.group,
      (before, after) => before.spec.group === after.spec.group,
    ),
    index(
      'driver',
      (volume) => volume.spec.driver?.name,
      (before, after) => before.spec.driver?.name === after.spec.driver?.name,
    ),
  ],
  finders: volumeFinders,
  rules: { uniqueName: specName, checkComplete: requireDriver },
};
