import { customIndex, index, nameIndex } from '../schema/table-declaration.ts';
import type { TableDeclaration } from '../schema/table-declaration.ts';

export const nodeFinders = ['byName', 'byNamePrefix', 'byRole', 'byMembership', 'byCustom', 'byCustomPrefix'] as const;

/**
 * The table of nodes. The name of a node is the hostname that it reports, not the name in its spec. A node that has not
 * reported yet has no name, and several nodes may have the same. The role is the observed one.
 */
export const nodeTable: TableDeclaration<'node'> = {
  kind: 'node',
  indexes: [
    nameIndex((node) => node.description?.hostname),
    index(
      'role',
      (node) => String(node.role),
      (before, after) => before.role === after.role,
    ),
    index(
      'membership',
      (node) => String(node.spec.membership),
      (before, after) => before.spec.membership === after.spec.membership,
    ),
    customIndex((node) => node.spec.annotations),
  ],
  finders: nodeFinders,
  rules: {},
};
