import { indexNumbersOf } from '../../engine/index/keys.ts';
import type { IndexNumber } from '../../engine/index/keys.ts';
import type { MessageType } from '../../wire/codec/message-type.ts';
import { kindTypes } from '../../wire/generated/kinds.ts';
import type { Kind, KindInputs, Kinds } from '../../wire/generated/kinds.ts';
import { indexFinders } from '../schema/finder-declarations.ts';
import type { FinderName } from '../schema/finder-declarations.ts';
import { kinds } from '../schema/kinds.ts';
import type { TableDeclaration } from '../schema/table-declaration.ts';
import { declarations } from './all-tables.ts';

/** A declaration, and the data derived from it that all stores share. */
export interface TableDefinition<K extends Kind = Kind> {
  readonly kind: K;
  readonly declaration: TableDeclaration<K>;
  readonly codec: MessageType<Kinds[K], KindInputs[K]>;
  /** The engine's number of each index. */
  readonly indexNumbers: ReadonlyMap<string, IndexNumber>;
  /** The engine's number of the index behind each finder that the table takes. */
  readonly finderIndexes: ReadonlyMap<FinderName, IndexNumber>;
}

function define<K extends Kind>(kind: K): TableDefinition<K> {
  const declaration: TableDeclaration<K> = declarations[kind];
  const indexNumbers = indexNumbersOf(declaration.indexes);
  const finderIndexes = new Map<FinderName, IndexNumber>();
  for (const finder of declaration.finders) {
    const number = indexNumbers.get(indexFinders[finder].index);
    if (number === undefined)
      throw new Error(`the table of kind ${kind} declares ${finder}, but no index ${indexFinders[finder].index}`);
    finderIndexes.set(finder, number);
  }
  return { kind, declaration, codec: kindTypes[kind], indexNumbers, finderIndexes };
}

/** A definition for each kind. */
export type TableDefinitions = { readonly [K in Kind]: TableDefinition<K> };

/** The ten definitions, by kind. */
export const definitions: TableDefinitions = Object.fromEntries(
  kinds.map((kind) => [kind, define(kind)]),
) as unknown as TableDefinitions;
