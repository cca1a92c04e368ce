import { snapshotFields } from '../../wire/generated/kinds.ts';
import type { Kind } from '../../wire/generated/kinds.ts';

/**
 * The name of each kind's table, the same as that of its list in a snapshot. The kinds are in the order in which
 * swarmkit registers its tables, and save, restore and dispatch follow this order. Extensions come before resources,
 * because an extension registers the kind of a resource.
 */
export const tableNames: typeof snapshotFields = snapshotFields;

/** The ten kinds, in the order of {@link tableNames}. */
export const kinds: readonly Kind[] = Object.keys(tableNames) as Kind[];

/** True for the name of one of the ten kinds. */
export function isKindName(name: unknown): name is Kind {
  return typeof name === 'string' && Object.hasOwn(tableNames, name);
}
