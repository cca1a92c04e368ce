import type { Instant } from '../../base/clock.ts';
import type { ObjectEvent } from '../../model/events.ts';
import type { ChangeOrigin, RuleContext } from '../../model/schema/table-rules.ts';
import { Meta } from '../../wire/generated/common.ts';
import type { Version } from '../../wire/generated/common.ts';
import { Timestamp } from '../../wire/generated/google/protobuf/timestamp.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import type { StoreTable, StoreTables } from './store-tables.ts';

/** The parts that the changes of a transaction need. */
export interface ChangeSettings {
  readonly tables: StoreTables;
  readonly origin: ChangeOrigin;
  /**
   * The version before the transaction, which is written into its objects. Undefined: objects are stored as they are
   * given.
   */
  readonly base: Version | undefined;
  readonly now: () => Instant;
}

/** The changes of one transaction, and the state that its rules may look at. */
export class ChangeList implements RuleContext {
  readonly origin: ChangeOrigin;
  readonly base: Version | undefined;
  readonly events: ObjectEvent[] = [];
  readonly #tables: StoreTables;
  readonly #now: () => Instant;

  constructor(settings: ChangeSettings) {
    this.origin = settings.origin;
    this.base = settings.base;
    this.#tables = settings.tables;
    this.#now = settings.now;
  }

  table<K extends Kind>(kind: K): StoreTable<K> {
    return this.#tables[kind];
  }

  find<K extends Kind>(kind: K, indexName: string, key: string): readonly Kinds[K][] {
    const table = this.table(kind);
    const index = table.indexNumbers.get(indexName);
    if (index === undefined) throw new Error(`the table of kind ${kind} has no index ${indexName}`);
    return table.rows.head.find(index, key);
  }

  /**
   * The object with the store's meta: the version before its transaction, the time of its creation (on update: the
   * stored object's) and the time of this change. Without versions, the object as it is.
   */
  stamped<K extends Kind>(table: StoreTable<K>, object: Kinds[K], stored: Kinds[K] | undefined): Kinds[K] {
    if (this.base === undefined) return object;
    const updatedAt = Timestamp.from(this.#now());
    const createdAt = stored?.meta.createdAt ?? object.meta.createdAt ?? updatedAt;
    return table.codec.withMeta(object, Meta.from({ version: this.base, createdAt, updatedAt }));
  }
}
