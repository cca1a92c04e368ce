import type { ObjectEvent } from '../model/events.ts';
import { createEvent, deleteEvent, updateEvent } from '../model/events.ts';
import type { By } from '../model/find/finder.ts';
import { matches } from '../model/find/matches.ts';
import { difference, listedRows } from '../store/contents/difference.ts';
import type { Kind, Kinds } from '../wire/generated/kinds.ts';

/** The rows of a table, or of a part of it, in a follower. They are the source's own frozen objects. */
export interface FollowedRows<K extends Kind> extends Iterable<Kinds[K]> {
  /** The number of rows. */
  readonly size: number;
  /** The object with that id, or undefined. O(1). */
  get(id: string): Kinds[K] | undefined;
  has(id: string): boolean;
  /** All rows, in no particular order. A change during the walk may be seen or missed. */
  [Symbol.iterator](): IterableIterator<Kinds[K], undefined>;
}

/**
 * Rows that follow a source. A reported change is always computed from the old row and the new row, never copied from
 * an event of the source. So the reported changes, applied to the earlier rows, give exactly the present rows, whatever
 * was missed.
 */
export class FollowedTable<K extends Kind> implements FollowedRows<K> {
  readonly kind: K;
  /** The followed part of the table; undefined for the whole table. */
  readonly by: By<K> | undefined;
  readonly #rows = new Map<string, Kinds[K]>();

  constructor(kind: K, by: By<K> | undefined) {
    this.kind = kind;
    this.by = by;
  }

  get size(): number {
    return this.#rows.size;
  }

  get(id: string): Kinds[K] | undefined {
    return this.#rows.get(id);
  }

  has(id: string): boolean {
    return this.#rows.has(id);
  }

  *[Symbol.iterator](): IterableIterator<Kinds[K], undefined> {
    yield* this.#rows.values();
  }

  /** Applies a change of the source and appends the resulting change of the rows, if any, to `changes`. O(1). */
  apply(event: ObjectEvent<K>, changes: ObjectEvent[]): void {
    const { action, object } = event as ObjectEvent & { readonly object: Kinds[K] };
    const belongs = action !== 'delete' && (this.by === undefined || matches(this.by, this.kind, object));
    this.#set(object.id, belongs ? object : undefined, changes);
  }

  /**
   * Makes the rows equal to `objects` and appends the differences to `changes`, deletes first. Rows that are equal by
   * value keep their identity. O(rows of both).
   */
  replace(objects: readonly Kinds[K][], changes: ObjectEvent[]): void {
    const found: ObjectEvent[] = [];
    const current = { size: this.size, get: (id: string) => this.#rows.get(id), rows: () => this.#rows.values() };
    for (const _ of difference(this.kind, current, listedRows(this.kind, objects), found));
    for (const event of found) {
      if (event.action === 'delete') this.#rows.delete(event.object.id);
      else this.#rows.set(event.object.id, event.object as Kinds[K]);
      changes.push(event);
    }
  }

  #set(id: string, object: Kinds[K] | undefined, changes: ObjectEvent[]): void {
    const had = this.#rows.get(id);
    if (had === object) return;
    if (object === undefined) {
      this.#rows.delete(id);
      if (had !== undefined) changes.push(deleteEvent(this.kind, had));
      return;
    }
    this.#rows.set(id, object);
    changes.push(had === undefined ? createEvent(this.kind, object) : updateEvent(this.kind, object, had));
  }
}
