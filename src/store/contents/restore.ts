import { ChunkedList } from '../../base/chunked-list.ts';
import type { Database } from '../../engine/database.ts';
import { ID_INDEX } from '../../engine/index/keys.ts';
import type { PreparedState, PreparedTable } from '../../engine/prepared-state.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import { createEvent, deleteEvent, updateEvent } from '../../model/events.ts';
import type { ObjectEvent } from '../../model/events.ts';
import { kinds } from '../../model/schema/kinds.ts';
import type { Pacer } from '../../base/pacer.ts';
import type { StoreTable, StoreTables } from '../transaction/store-tables.ts';

/** Objects between two looks at the clock. */
const LOOK = 16;

/** What is to be in one table. */
interface Part<K extends Kind> {
  readonly wanted: PreparedTable<Kinds[K]>;
  /** By place: what the object that was taken was compared with, so that it is not walked again. */
  readonly comparedWith: ChunkedList<object | undefined>;
}

/**
 * Contents that are to replace those of a store, put together beside it: whoever reads and writes notices nothing. What
 * is equal to the store's is the store's own object, so that both together hold it once.
 */
export class PreparedRestore {
  readonly state: PreparedState;
  readonly #tables: StoreTables;
  readonly #parts: { readonly [K in Kind]: Part<K> };

  constructor(database: Database, tables: StoreTables) {
    this.state = database.prepare();
    this.#tables = tables;
    this.#parts = Object.fromEntries(
      kinds.map((kind) => [
        kind,
        { wanted: this.state.of((tables[kind] as StoreTable).rows), comparedWith: new ChunkedList() },
      ]),
    ) as unknown as { readonly [K in Kind]: Part<K> };
  }

  /**
   * Takes a canonical object. Of several with one id the last counts, in the place of the first. O(size of the object +
   * indexes).
   */
  take<K extends Kind>(kind: K, object: Kinds[K]): void {
    const table: StoreTable<K> = this.#tables[kind];
    const stored = table.rows.head.get(object.id);
    const { wanted, comparedWith }: Part<K> = this.#parts[kind];
    const place = wanted.load(object.id, stored === undefined ? object : table.codec.from(object, stored));
    if (place === comparedWith.length) comparedWith.push(stored);
    else comparedWith.set(place, stored);
  }

  /**
   * What the change from the store's contents to these is made of: for each table what is gone, in the order of the
   * ids, then what is created or updated, in the order in which it was taken. Good as long as nobody writes. O(rows of
   * both), in slices.
   */
  async compare(pacer: Pacer): Promise<ObjectEvent[]> {
    const found = new ChunkedList<ObjectEvent>();
    for (const kind of kinds) await this.#compareTable(this.#tables[kind] as StoreTable, found, pacer);
    const events = new Array<ObjectEvent>(found.length);
    await pacer.follow(found.copyTo(events));
    return events;
  }

  async #compareTable(table: StoreTable, events: ChunkedList<ObjectEvent>, pacer: Pacer): Promise<void> {
    const { kind, rows, codec } = table;
    const { wanted, comparedWith } = this.#parts[kind] as Part<Kind>;
    let seen = 0;
    if (rows.head.size > 0) {
      await pacer.follow(rows.head.prepareScan(ID_INDEX));
      for (const stored of rows.head.scan(ID_INDEX, '')) {
        if (wanted.get(stored.id) === undefined) events.push(deleteEvent(kind, stored));
        if (++seen % LOOK === 0 && pacer.due) await pacer.pause();
      }
    }
    let place = 0;
    for (const object of wanted.rows()) {
      const stored = rows.head.get(object.id);
      if (stored === undefined) events.push(createEvent(kind, object));
      else if (stored !== object) {
        // Unless it was written since, it is known to differ, and shares what is equal.
        const merged = stored === comparedWith.get(place) ? object : codec.from(object, stored);
        if (merged !== object) wanted.load(object.id, merged);
        if (merged !== stored) events.push(updateEvent(kind, merged, stored));
      }
      place += 1;
      if (++seen % LOOK === 0 && pacer.due) await pacer.pause();
    }
  }
}
