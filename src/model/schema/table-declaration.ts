import type { IndexDeclaration } from '../../engine/index/keys.ts';
import type { Annotations } from '../../wire/generated/common.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import { foldCase } from '../../base/text/fold-case.ts';
import type { FinderName } from './finder-declarations.ts';
import { pairKey } from './index-key.ts';
import type { TableRules } from './table-rules.ts';

/**
 * All facts about a kind: its indexes, the finders that its table takes, and its rules. Tables, finders, events, save
 * and replay follow from the ten declarations in `tables/`.
 */
export interface TableDeclaration<K extends Kind = Kind> {
  readonly kind: K;
  /** The indexes. A finder names its index; an index without a finder serves a rule. */
  readonly indexes: readonly IndexDeclaration<Kinds[K]>[];
  /** The finders that the table takes besides `all`, `or`, `and`, `byId` and `byIdPrefix`, which every table takes. */
  readonly finders: readonly FinderName[];
  readonly rules: TableRules<K>;
}

/**
 * An index with any number of keys for each object. `unchanged` is true only if both objects have the same keys. The
 * largest part that holds the keys is compared first: most updates share that part, and nothing below it is loaded from
 * memory then.
 */
export function index<Row>(
  name: string,
  keys: (object: Row) => string | readonly string[] | undefined,
  unchanged: (before: Row, after: Row) => boolean,
): IndexDeclaration<Row> {
  return { name, keys, unchanged, ordered: false };
}

/** The index of `byName` and `byNamePrefix`: names in folded case. An object without a name has no key. */
export function nameIndex<Row>(
  nameOf: (object: Row) => string | undefined,
  unchanged: (before: Row, after: Row) => boolean = (before, after) => nameOf(before) === nameOf(after),
): IndexDeclaration<Row> {
  const keys = (object: Row): string | undefined => {
    const name = nameOf(object);
    return name === undefined ? undefined : foldCase(name);
  };
  return { name: 'name', keys, unchanged, ordered: true };
}

/** The index of `byCustom` and `byCustomPrefix`: one key for each entry of the annotations' indices. */
export function customIndex<Row>(annotationsOf: (object: Row) => Annotations): IndexDeclaration<Row> {
  return {
    name: 'custom',
    keys: (object) => {
      const { indices } = annotationsOf(object);
      return indices.length === 0 ? undefined : indices.map((entry) => pairKey(entry.key, entry.val));
    },
    unchanged: (before, after) =>
      annotationsOf(before) === annotationsOf(after) || annotationsOf(before).indices === annotationsOf(after).indices,
    ordered: true,
  };
}
