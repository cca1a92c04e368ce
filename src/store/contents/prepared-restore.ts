import { ChunkedList } from '../../base/chunked-list.ts';
import type { Pacer } from '../../base/pacer.ts';
import { ID_INDEX } from '../../engine/index/keys.ts';
import type { PreparedState, PreparedTable } from '../../engine/prepared-state.ts';
import type { ObjectEvent } from '../../model/events.ts';
import { kinds } from '../../model/schema/kinds.ts';
import type { VersionInput } from '../../wire/generated/common.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import type { StoreTable, StoreTables } from '../transaction/store-tables.ts';
import type { TransactionRunner } from '../writing/transaction-runner.ts';
import { difference } from './difference.ts';
import type { WantedRows } from './difference.ts';
import { currentRows, writeEvents } from './restore.ts';

/**
 * A difference of at most this many events is written in place, in a step of a few milliseconds. Open snapshots then
 * keep only the rows that change. A larger difference replaces all contents.
 */
const MOST_IN_PLACE = 1000;

/** The rows that are to be in one table. */
interface Part<K extends Kind> {
  readonly wanted: PreparedTable<Kinds[K]>;
  /** By position: the row of the store that the object was merged with, so that it is not merged twice. */
  readonly mergedWith: ChunkedList<object | undefined>;
}

/**
 * Contents that are to replace those of a store, put together beside the store: its readers and writers go on. An
 * object that is equal to the store's is the store's own, so that both hold it once.
 */
export class PreparedRestore {
  readonly #runner: TransactionRunner;
  readonly #state: PreparedState;
  readonly #tables: StoreTables;
  readonly #parts: { readonly [K in Kind]: Part<K> };

  constructor(runner: TransactionRunner) {
    const { database, tables } = runner;
    const state = database.prepare();
    this.#runner = runner;
    this.#state = state;
    this.#tables = tables;
    this.#parts = Object.fromEntries(
      kinds.map((kind) => [
        kind,
        { wanted: state.of((tables[kind] as StoreTable).rows), mergedWith: new ChunkedList() },
      ]),
    ) as unknown as { readonly [K in Kind]: Part<K> };
  }

  /**
   * Takes a canonical object. Of several with one id the last counts, in the place of the first. O(size of the object).
   */
  take<K extends Kind>(kind: K, object: Kinds[K]): void {
    const table: StoreTable<K> = this.#tables[kind];
    const stored = table.rows.head.get(object.id);
    const { wanted, mergedWith }: Part<K> = this.#parts[kind];
    const position = wanted.load(object.id, stored === undefined ? object : table.codec.from(object, stored));
    if (position === mergedWith.length) mergedWith.push(stored);
    else mergedWith.set(position, stored);
  }

  /** Builds the indexes of the objects that were taken, in slices. O(rows log rows). */
  async finish(pacer: Pacer): Promise<void> {
    await pacer.follow(this.#state.finish());
  }

  /**
   * Puts the contents in the place of the store's, in one transaction. The difference is found in slices; the caller
   * holds the write lock meanwhile. Without a difference there is no commit, unless `reset` asks for one.
   */
  async putInPlace(pacer: Pacer, version: VersionInput | undefined, reset: true | undefined): Promise<void> {
    const events = await this.#difference(pacer);
    // The last pause may be some promise jobs ago.
    pacer.throwIfAborted();
    if (events.length > MOST_IN_PLACE) {
      this.#runner.replaceAll(this.#state, events, version, reset);
    } else if (events.length > 0 || version !== undefined) {
      this.#runner.transact(
        'copy',
        version,
        (changes, transaction) => {
          transaction.willChange();
          writeEvents(this.#tables, changes, events);
        },
        reset,
      );
    }
  }

  async #difference(pacer: Pacer): Promise<ObjectEvent[]> {
    const found = new ChunkedList<ObjectEvent>();
    for (const kind of kinds) {
      const table = this.#tables[kind] as StoreTable;
      if (table.rows.head.size > 0) await pacer.follow(table.rows.head.prepareScan(ID_INDEX));
      await pacer.follow(difference(kind, currentRows(table), this.#wanted(table), found));
    }
    const events = new Array<ObjectEvent>(found.length);
    await pacer.follow(found.copyTo(events));
    return events;
  }

  #wanted<K extends Kind>(table: StoreTable<K>): WantedRows<K> {
    const { wanted, mergedWith } = this.#parts[table.kind] as unknown as Part<K>;
    return {
      has: (id) => wanted.get(id) !== undefined,
      rows: () => wanted.rows(),
      merged: (row, current, position) => {
        // Unless the store's row was written since, the object is known to differ, and shares the equal parts.
        if (current === mergedWith.get(position)) return row;
        const merged = table.codec.from(row as never, current);
        if (merged !== row) wanted.load(row.id, merged);
        return merged;
      },
    };
  }
}
