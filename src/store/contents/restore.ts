import { ID_INDEX } from '../../engine/index/keys.ts';
import type { ObjectEvent } from '../../model/events.ts';
import { kinds, tableNames } from '../../model/schema/kinds.ts';
import type { StoreSnapshot } from '../../wire/generated/snapshot.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import type { ChangeList } from '../transaction/change-list.ts';
import type { StoreTable, StoreTables } from '../transaction/store-tables.ts';
import { difference, listedRows } from './difference.ts';
import type { CurrentRows } from './difference.ts';

/** Replaces the contents of all tables by those of a canonical snapshot, in the open transaction. O(rows of both). */
export function restoreState(change: ChangeList, snapshot: StoreSnapshot): void {
  for (const kind of kinds) {
    restoreRows(change.table(kind), change, snapshot[tableNames[kind]] as readonly Kinds[typeof kind][]);
  }
}

/**
 * Replaces the rows of one table by canonical objects, in the open transaction. Only rows that differ are written. Of
 * several objects with one id the last counts, in the place of the first.
 */
export function restoreRows<K extends Kind>(
  table: StoreTable<K>,
  change: ChangeList,
  objects: readonly Kinds[K][],
): void {
  const { events } = change;
  const first = events.length;
  const { head } = table.rows;
  // The whole list is there at once: nothing pauses here, and the list is often kept for the next reader.
  const current: CurrentRows<K> = { size: head.size, get: (id) => head.get(id), rows: () => head.all() };
  for (const _ of difference(table.kind, current, listedRows(table.kind, objects), events));
  for (let at = first; at < events.length; at += 1) writeRow(table, events[at] as ObjectEvent);
}

/** Writes the events of a difference to the open transaction. O(events). */
export function writeEvents(tables: StoreTables, change: ChangeList, events: readonly ObjectEvent[]): void {
  for (const event of events) {
    writeRow(tables[event.kind] as StoreTable, event);
    change.events.push(event);
  }
}

/** The rows of a store's table, in the order of their ids. */
export function currentRows<K extends Kind>(table: StoreTable<K>): CurrentRows<K> {
  const { head } = table.rows;
  return { size: head.size, get: (id) => head.get(id), rows: () => head.scan(ID_INDEX, '') };
}

function writeRow<K extends Kind>({ rows }: StoreTable<K>, event: ObjectEvent): void {
  const object = event.object as Kinds[K];
  if (event.action === 'create') rows.insert(object.id, object);
  else if (event.action === 'update') rows.replace(object.id, object);
  else rows.remove(object.id);
}
