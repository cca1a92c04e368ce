import type { NetworkAttachmentConfig } from '../../wire/generated/network.ts';
import type { Service } from '../../wire/generated/service.ts';
import type { TableDeclaration } from '../schema/table-declaration.ts';
import { specIndexes, specName } from './named-tables.ts';
import { referenceIndexes } from './task-spec-indexes.ts';

export const serviceFinders = [
  'byName',
  'byNamePrefix',
  'byRuntime',
  'byReferencedNetworkId',
  'byReferencedSecretId',
  'byReferencedConfigId',
  'byCustom',
  'byCustomPrefix',
] as const;

/**
 * The networks of the task spec, or those of the service's own spec where the task spec has none. Older clients use the
 * latter.
 */
function networksOf(service: Service): readonly NetworkAttachmentConfig[] {
  const { networks } = service.spec.task;
  return networks.length === 0 ? service.spec.networks : networks;
}

/** The table of services: unique names, and indexes of the objects that the task spec refers to. */
export const serviceTable: TableDeclaration<'service'> = {
  kind: 'service',
  indexes: [
    ...specIndexes,
    ...referenceIndexes<Service>(
      (service) => service.spec,
      (service) => service.spec.task,
      networksOf,
    ),
  ],
  finders: serviceFinders,
  rules: { uniqueName: specName },
};
