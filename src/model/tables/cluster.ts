import type { TableDeclaration } from './table-declaration.ts';
import { nameFinders, specIndexes, specName } from './named.ts';

/** The table of clusters: unique names, nothing else to look them up by. */
export const clusterTable: TableDeclaration<'cluster'> = {
  kind: 'cluster',
  indexes: specIndexes,
  finders: nameFinders,
  rules: { uniqueName: specName },
};
