import type { Database } from '../../engine/database.ts';
import type { Table } from '../../engine/table.ts';
import { kinds } from '../../model/schema/kinds.ts';
import { definitions } from '../../model/tables/table-definition.ts';
import type { TableDefinition } from '../../model/tables/table-definition.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';

/** One of a store's ten tables: its definition, and the engine's rows. */
export interface StoreTable<K extends Kind = Kind> extends TableDefinition<K> {
  readonly rows: Table<Kinds[K]>;
}

/** The ten tables of a store. */
export type StoreTables = { readonly [K in Kind]: StoreTable<K> };

/** Adds the ten tables to an empty database. */
export function addTables(database: Database): StoreTables {
  return Object.freeze(Object.fromEntries(kinds.map((kind) => [kind, addTable(database, kind)]))) as StoreTables;
}

function addTable<K extends Kind>(database: Database, kind: K): StoreTable<K> {
  const definition: TableDefinition<K> = definitions[kind];
  return { ...definition, rows: database.addTable<Kinds[K]>(kind, definition.declaration.indexes) };
}
