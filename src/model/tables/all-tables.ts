import type { Kind } from '../../wire/generated/kinds.ts';
import type { FinderName } from '../schema/finder-declarations.ts';
import type { TableDeclaration } from '../schema/table-declaration.ts';
import { extensionTable } from './extension.ts';
import type { extensionFinders } from './extension.ts';
import { clusterTable, configTable, networkTable, secretTable } from './named-tables.ts';
import type { nameFinders } from './named-tables.ts';
import { nodeTable } from './node.ts';
import type { nodeFinders } from './node.ts';
import { resourceTable } from './resource.ts';
import type { resourceFinders } from './resource.ts';
import { serviceTable } from './service.ts';
import type { serviceFinders } from './service.ts';
import { taskTable } from './task.ts';
import type { taskFinders } from './task.ts';
import { volumeTable } from './volume.ts';
import type { volumeFinders } from './volume.ts';

/** The ten declarations, by kind. */
export const declarations: { readonly [K in Kind]: TableDeclaration<K> } = {
  cluster: clusterTable,
  config: configTable,
  extension: extensionTable,
  network: networkTable,
  node: nodeTable,
  resource: resourceTable,
  secret: secretTable,
  service: serviceTable,
  task: taskTable,
  volume: volumeTable,
};

/** The finders of each kind's declaration. */
interface FindersByKind {
  cluster: (typeof nameFinders)[number];
  config: (typeof nameFinders)[number];
  extension: (typeof extensionFinders)[number];
  network: (typeof nameFinders)[number];
  node: (typeof nodeFinders)[number];
  resource: (typeof resourceFinders)[number];
  secret: (typeof nameFinders)[number];
  service: (typeof serviceFinders)[number];
  task: (typeof taskFinders)[number];
  volume: (typeof volumeFinders)[number];
}

/** The kinds whose tables take a finder that looks into an index. */
export type KindsTaking<F extends FinderName> = { [K in Kind]: F extends FindersByKind[K] ? K : never }[Kind];
