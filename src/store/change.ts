import type { Kind, Kinds } from '../wire/kinds.ts';
import type { ObjectEvent } from './events.ts';
import type { StoreTable, StoreTables } from './store-table.ts';
import type { ChangeOrigin, RuleContext } from './table-rules.ts';
import { TableWriter } from './table-writer.ts';

/** The open transaction's list of changes, and what its rules may look at. */
export class Change implements RuleContext {
  readonly origin: ChangeOrigin;
  readonly events: ObjectEvent[] = [];
  readonly #tables: StoreTables;

  constructor(tables: StoreTables, origin: ChangeOrigin) {
    this.#tables = tables;
    this.origin = origin;
  }

  table<K extends Kind>(kind: K): StoreTable<K> {
    return this.#tables[kind];
  }

  writer<K extends Kind>(kind: K): TableWriter<K> {
    return new TableWriter(this.table(kind), this);
  }

  find<K extends Kind>(kind: K, indexName: string, key: string): readonly Kinds[K][] {
    const table = this.table(kind);
    const index = table.indexNumbers.get(indexName);
    if (index === undefined) throw new Error(`the table of kind ${kind} has no index ${indexName}`);
    return table.rows.head.find(index, key);
  }
}
