import { ROWS_PER_STEP } from '../../base/pacer.ts';
import { createEvent, deleteEvent, updateEvent } from '../../model/events.ts';
import type { ObjectEvent } from '../../model/events.ts';
import { kindTypes } from '../../wire/generated/kinds.ts';
import type { Kind, KindInputs, Kinds } from '../../wire/generated/kinds.ts';
import type { MessageType } from '../../wire/codec/message-type.ts';

/** The present rows. */
export interface CurrentRows<K extends Kind> {
  readonly size: number;
  get(id: string): Kinds[K] | undefined;
  /** All rows, in the order in which deletes are wanted. */
  rows(): Iterable<Kinds[K]>;
}

/** The rows that are wanted. */
export interface WantedRows<K extends Kind> {
  has(id: string): boolean;
  /** Each row once. */
  rows(): Iterable<Kinds[K]>;
  /**
   * The row to be stored in the place of `current`. Both share every part that is equal by value; where all is equal,
   * the result is `current` itself. `position` counts the calls of `rows()` from 0.
   */
  merged(row: Kinds[K], current: Kinds[K], position: number): Kinds[K];
}

/**
 * Finds the events that turn the current rows into the wanted rows, in small steps. Deletes come first, so that no two
 * holders of one name are ever seen. Creates and updates follow in the order of the wanted rows. Nothing may be written
 * between the steps. O(rows of both).
 */
export function* difference<K extends Kind>(
  kind: K,
  current: CurrentRows<K>,
  wanted: WantedRows<K>,
  events: { push(event: ObjectEvent): unknown },
): Generator<void, void> {
  let seen = 0;
  if (current.size > 0) {
    for (const row of current.rows()) {
      if (!wanted.has(row.id)) events.push(deleteEvent(kind, row));
      if (++seen % ROWS_PER_STEP === 0) yield;
    }
  }
  let position = 0;
  for (const row of wanted.rows()) {
    const known = current.get(row.id);
    if (known === undefined) events.push(createEvent(kind, row));
    else if (known !== row) {
      const merged = wanted.merged(row, known, position);
      if (merged !== known) events.push(updateEvent(kind, merged, known));
    }
    position += 1;
    if (++seen % ROWS_PER_STEP === 0) yield;
  }
}

/**
 * Wanted rows from a list of canonical objects. Of several objects with one id the last counts, in the place of the
 * first.
 */
export function listedRows<K extends Kind>(kind: K, objects: readonly Kinds[K][]): WantedRows<K> {
  const type: MessageType<Kinds[K], KindInputs[K]> = kindTypes[kind];
  const wanted = new Map<string, Kinds[K]>();
  for (const object of objects) wanted.set(object.id, object);
  return {
    has: (id) => wanted.has(id),
    rows: () => wanted.values(),
    merged: (row, current) => type.from(row as unknown as KindInputs[K], current),
  };
}
