import type { TableDeclaration } from './table-declaration.ts';
import { nameFinders, specIndexes, specName } from './named.ts';

/** The table of networks: unique names, nothing else to look them up by. */
export const networkTable: TableDeclaration<'network'> = {
  kind: 'network',
  indexes: specIndexes,
  finders: nameFinders,
  rules: { uniqueName: specName },
};
