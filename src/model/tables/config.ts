import type { TableDeclaration } from './table-declaration.ts';
import { nameFinders, specIndexes, specName } from './named.ts';

/** The table of configs: unique names, nothing else to look them up by. */
export const configTable: TableDeclaration<'config'> = {
  kind: 'config',
  indexes: specIndexes,
  finders: nameFinders,
  rules: { uniqueName: specName },
};
