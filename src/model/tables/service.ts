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
 * The networks of the task spec; those of the service itself, where older clients put them, count only when it has
 * none.
 */
function networksOf(service: Service): readonly NetworkAttachmentConfig[] {
  const { networks } = service.spec.task;
  return networks.length === 0 ? service.spec.networks : networks;
}

/** The table of services: unique names, and what their task spec refers to. */
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
