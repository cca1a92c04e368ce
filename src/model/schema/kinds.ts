import type { Kind } from '../../wire/generated/kinds.ts';

/**
 * The name of each kind's table, in the order in which the original registers its tables. Save, restore and dispatch
 * follow this order; in particular extensions come before resources, whose kinds they register.
 */
export const tableNames = {
  cluster: 'clusters',
  config: 'configs',
  extension: 'extensions',
  network: 'networks',
  node: 'nodes',
  resource: 'resources',
  secret: 'secrets',
  service: 'services',
  task: 'tasks',
  volume: 'volumes',
} as const;

/** The ten kinds, in the order of {@link tableNames}. */
export const kinds: readonly Kind[] = Object.keys(tableNames) as Kind[];

/** True for the name of one of the ten kinds. */
export function isKindName(name: unknown): name is Kind {
  return typeof name === 'string' && Object.hasOwn(tableNames, name);
}
