import type { StoreSnapshot } from '../../wire/generated/snapshot.ts';
import { trustedStoreSnapshot } from '../../wire/snapshot/trusted-snapshot.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import type { ChangeList } from '../transaction/change-list.ts';
import { createEvent, deleteEvent, updateEvent } from '../../model/events.ts';
import { all } from '../../model/find/finders.ts';
import { kinds, tableNames } from '../../model/schema/kinds.ts';
import type { ReadTx } from '../transaction/tx.ts';
import type { StoreTable } from '../transaction/store-tables.ts';

/**
 * The contents of a state in swarmkit's form: the store's own frozen objects, in id order. O(rows) for the lists,
 * nothing is copied.
 */
export function saveState(tx: ReadTx): StoreSnapshot {
  const lists = kinds.map((kind) => [tableNames[kind], tx.table(kind).find(all)] as const);
  return trustedStoreSnapshot(Object.fromEntries(lists) as unknown as StoreSnapshot);
}

/** Replaces the contents of all tables by those of a canonical snapshot. O(rows of both). */
export function restoreState(change: ChangeList, snapshot: StoreSnapshot): void {
  for (const kind of kinds)
    restoreRows(change.table(kind), change, snapshot[tableNames[kind]] as readonly Kinds[typeof kind][]);
}

/**
 * Replaces the rows of one table. Only what differs is written and becomes an event: first what is gone is deleted, so
 * that a watcher that keeps names of its own never sees two holders of one name, then the given objects are created or
 * updated in their order. Of several with one id the last counts.
 */
export function restoreRows<K extends Kind>(
  table: StoreTable<K>,
  change: ChangeList,
  objects: readonly Kinds[K][],
): void {
  const { rows, kind } = table;
  const wanted = new Map<string, Kinds[K]>();
  for (const object of objects) wanted.set(object.id, object);
  for (const stored of rows.head.all()) {
    if (wanted.has(stored.id)) continue;
    rows.remove(stored.id);
    change.events.push(deleteEvent(kind, stored));
  }
  for (const object of wanted.values()) {
    const stored = rows.head.get(object.id);
    if (stored === undefined) {
      rows.insert(object.id, object);
      change.events.push(createEvent(kind, object));
      continue;
    }
    const merged = table.codec.from(object, stored);
    if (merged === stored) continue;
    rows.replace(object.id, merged);
    change.events.push(updateEvent(kind, merged, stored));
  }
}
