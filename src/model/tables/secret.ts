import type { TableDeclaration } from './table-declaration.ts';
import { nameFinders, specIndexes, specName } from './named.ts';

/** The table of secrets: unique names, nothing else to look them up by. */
export const secretTable: TableDeclaration<'secret'> = {
  kind: 'secret',
  indexes: specIndexes,
  finders: nameFinders,
  rules: { uniqueName: specName },
};
