import type { ObjectEvent } from '../model/events.ts';
import { createEvent, deleteEvent, updateEvent } from '../model/events.ts';
import type { By } from '../model/find/finder.ts';
import { matches } from '../model/find/matches.ts';
import { difference, listedRows } from '../store/contents/difference.ts';
import type { Kind, Kinds } from '../wire/generated/kinds.ts';

/** The rows of a table, or of a part of it, as a follower has them. They are the source's own frozen objects. */
export interface FollowedRows<K extends Kind> extends Iterable<Kinds[K]> {
  /** How many there are. */
  readonly size: number;
  /** The object with that id, or undefined. O(1). */
  get(id: string): Kinds[K] | undefined;
  has(id: string): boolean;
  /** All of them, in no particular order. What changes during the walk may or may not be seen. */
  [Symbol.iterator](): IterableIterator<Kinds[K], undefined>;
}

/**
 * Rows that follow a source. What happened is always told from what the rows were and what they are to be, never taken
 * over from an event: so the changes that are reported, applied to what was there, give exactly what is there, whatever
 * was missed.
 */
export class FollowedTable<K extends Kind> implements FollowedRows<K> {
  readonly kind: K;
  /** What of the table is followed; all of it without. */
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

  /** Takes over a change of the source; adds to `changes` what that changed here. O(1). */
  apply(event: ObjectEvent<K>, changes: ObjectEvent[]): void {
    const { action, object } = event as ObjectEvent & { readonly object: Kinds[K] };
    const belongs = action !== 'delete' && (this.by === undefined || matches(this.by, this.kind, object));
    this.#set(object.id, belongs ? object : undefined, changes);
  }

  /**
   * Makes the rows equal to the given ones; adds to `changes` the differences, deletes first. Rows that stay equal by
   * value stay the same objects. O(rows of both).
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
