import type { IndexDeclaration } from '../../engine/index/keys.ts';
import type { Annotations } from '../../wire/generated/common.ts';
import { customIndex, nameIndex } from '../schema/table-declaration.ts';
import type { TableDeclaration } from '../schema/table-declaration.ts';

/** An object whose annotations are part of its spec. */
interface Specified {
  readonly spec: { readonly annotations: Annotations };
}

/** The name of an object whose annotations are part of its spec. */
export const specName = (object: Specified): string => object.spec.annotations.name;

/** The name index and the custom index of the tables whose objects have their annotations in their spec. */
export const specIndexes: readonly [IndexDeclaration<Specified>, IndexDeclaration<Specified>] = [
  nameIndex(specName),
  customIndex((object) => object.spec.annotations),
];

/** The finders of the tables without indexes of their own. */
export const nameFinders = ['byName', 'byNamePrefix', 'byCustom', 'byCustomPrefix'] as const;

type NamedKind = 'cluster' | 'config' | 'network' | 'secret';

/** A table with unique names, and with no indexes but those of names and custom indices. */
function namedTable<K extends NamedKind>(kind: K): TableDeclaration<K> {
  return { kind, indexes: specIndexes, finders: nameFinders, rules: { uniqueName: specName } };
}

export const clusterTable: TableDeclaration<'cluster'> = namedTable('cluster');
export const configTable: TableDeclaration<'config'> = namedTable('config');
export const networkTable: TableDeclaration<'network'> = namedTable('network');
export const secretTable: TableDeclaration<'secret'> = namedTable('secret');
