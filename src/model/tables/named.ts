import type { IndexDeclaration } from '../../engine/index/keys.ts';
import type { Annotations } from '../../wire/generated/common.ts';
import { customIndex, nameIndex } from './table-declaration.ts';

/** An object whose annotations are part of its spec. */
interface Specified {
  readonly spec: { readonly annotations: Annotations };
}

/** The name of an object whose annotations are part of its spec. */
export const specName = (object: Specified): string => object.spec.annotations.name;

/** The name and custom indexes of the tables whose objects are named by their spec. */
export const specIndexes: readonly [IndexDeclaration<Specified>, IndexDeclaration<Specified>] = [
  nameIndex(specName),
  customIndex((object) => object.spec.annotations),
];

/** The finders of the tables whose objects are only found by name and custom index. */
export const nameFinders = ['byName', 'byNamePrefix', 'byCustom', 'byCustomPrefix'] as const;
