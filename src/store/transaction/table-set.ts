import type { TableReader } from '../../engine/read/table-reader.ts';
import { StoreError } from '../../errors/store-error.ts';
import { isKindName, kinds, tableNames } from '../../model/schema/kinds.ts';
import type { Version } from '../../wire/generated/common.ts';
import type { Kind } from '../../wire/generated/kinds.ts';
import { startTimer, stopTimer } from '../telling/diagnostics.ts';

/** The base of read and write transactions: a member for each of the ten tables, made at its first use. */
export abstract class TableSet<T> {
  readonly version: Version | undefined;
  // Most transactions use one table: a map for it would cost more than the rest of the transaction.
  #firstKind: Kind | undefined;
  #first: T | undefined;
  #others: Map<Kind, T> | undefined;

  constructor(version: Version | undefined) {
    this.version = version;
  }

  /** Makes the table of a kind; called once for each. */
  abstract make(kind: Kind): T;

  /** A table by its kind; Throws `ERR_INVALID_FIND_BY` for an unknown kind. */
  table(kind: Kind): T {
    return this.#first !== undefined && kind === this.#firstKind ? this.#first : this.#other(kind);
  }

  #other(kind: Kind): T {
    const known = this.#others?.get(kind);
    if (known !== undefined) return known;
    if (!isKindName(kind)) {
      throw new StoreError(
        'ERR_INVALID_FIND_BY',
        `there is no table of kind '${String(kind)}'; the kinds are ${kinds.join(', ')}`,
        {
          kind: String(kind),
          finder: 'table',
        },
      );
    }
    const table = this.make(kind);
    if (this.#first === undefined) {
      this.#firstKind = kind;
      this.#first = table;
    } else (this.#others ??= new Map<Kind, T>()).set(kind, table);
    return table;
  }
}
for (const kind of kinds) {
  Object.defineProperty(TableSet.prototype, tableNames[kind], {
    get(this: TableSet<unknown>) {
      return this.table(kind);
    },
  });
}

/** A `get` whose latency is published where the channel has a subscriber. */
export function timedLookup<Row>(reader: TableReader<Row>, id: string): Row | undefined {
  const started = startTimer('lookup');
  const row = reader.get(id);
  if (started !== 0) stopTimer('lookup', started);
  return row;
}
