import type { ObjectEvent } from '../../model/events.ts';
import { kinds } from '../../model/schema/kinds.ts';
import type { Version } from '../../wire/generated/common.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import type { AnyObject, Moment, MomentTable } from '../objects/moment.ts';
import { millisecondsOf } from '../objects/time.ts';

/** One step of the past: the changes of a commit, or of several that were read as one. */
export interface Step {
  readonly version: Version | undefined;
  /** Milliseconds since 1970: when the change was made, or else when it arrived here. */
  readonly at: number;
  readonly events: readonly ObjectEvent[];
}

/** How many changes are kept. The oldest steps go first. */
const MOST_CHANGES = 50_000;

/**
 * The known past of a store: each step with its changes, the oldest first. The state before a step is found by taking
 * its changes back.
 */
export class Timeline {
  #steps: Step[] = [];
  #changes = 0;
  readonly #most: number;
  /** True once old steps were dropped. */
  #dropped = false;

  constructor(most: number = MOST_CHANGES) {
    this.#most = most;
  }

  get steps(): readonly Step[] {
    return this.#steps;
  }

  /** False when earlier steps would be dropped at once. */
  get takesEarlier(): boolean {
    return !this.#dropped;
  }

  /** Adds the newest step. Returns the number of old steps that were dropped. */
  add(step: Step): number {
    this.#steps.push(step);
    this.#changes += step.events.length;
    if (this.#changes <= this.#most) return 0;
    let count = 0;
    while (this.#changes > this.#most && count < this.#steps.length - 1) {
      this.#changes -= this.#steps[count]?.events.length ?? 0;
      count += 1;
    }
    this.#steps.splice(0, count);
    this.#dropped ||= count > 0;
    return count;
  }

  /** Adds steps before the oldest one. */
  addEarlier(steps: readonly Step[]): void {
    this.#steps = [...steps, ...this.#steps];
    for (const { events } of steps) this.#changes += events.length;
  }

  /** The steps that changed one object, the newest first. */
  historyOf(kind: Kind, id: string): readonly { readonly step: Step; readonly event: ObjectEvent }[] {
    const found: { step: Step; event: ObjectEvent }[] = [];
    for (const step of this.#steps) {
      for (const event of step.events) if (event.kind === kind && event.object.id === id) found.push({ step, event });
    }
    return found.reverse();
  }

  /**
   * The state after `count` of the steps, made from the present state. Equals the present for all steps. An update
   * without its old object takes the state that an earlier step left; where there is none, the object stays as it is.
   * O(rows + changes that are taken back).
   */
  before(count: number, present: Moment): Moment {
    const tables = new Map<Kind, Map<string, AnyObject>>();
    const rowsOf = (kind: Kind): Map<string, AnyObject> => {
      let rows = tables.get(kind);
      if (rows === undefined) {
        rows = new Map(
          present
            .table(kind)
            .rows()
            .map((object) => [object.id, object]),
        );
        tables.set(kind, rows);
      }
      return rows;
    };
    const orphans = new Map<string, { readonly kind: Kind; readonly id: string }>();
    for (let index = this.#steps.length - 1; index >= count; index -= 1) {
      const events = this.#steps[index]?.events ?? [];
      for (let position = events.length - 1; position >= 0; position -= 1) {
        const event = events[position] as ObjectEvent;
        const { kind, action, object } = event;
        const rows = rowsOf(kind);
        const key = `${kind} ${object.id}`;
        if (action === 'create') rows.delete(object.id);
        else if (action === 'delete') rows.set(object.id, object);
        else if (event.oldObject !== undefined) rows.set(object.id, event.oldObject);
        else {
          orphans.set(key, { kind, id: object.id });
          continue;
        }
        orphans.delete(key);
      }
    }
    for (const { kind, id } of orphans.values()) {
      const known = this.#lastKnown(kind, id, count);
      if (known !== undefined) rowsOf(kind).set(id, known);
    }
    const past = new Map(kinds.map((kind) => [kind, tables.has(kind) ? new PastTable(rowsOf(kind)) : undefined]));
    return {
      table: <K extends Kind>(kind: K): MomentTable<K> =>
        (past.get(kind) as unknown as MomentTable<K> | undefined) ?? present.table(kind),
    };
  }

  #lastKnown(kind: Kind, id: string, count: number): AnyObject | undefined {
    for (let index = count - 1; index >= 0; index -= 1) {
      const event = this.#steps[index]?.events.findLast((each) => each.kind === kind && each.object.id === id);
      if (event !== undefined) return event.action === 'delete' ? undefined : event.object;
    }
    return undefined;
  }
}

/**
 * When the newest of the changes was made, by the objects themselves; `arrived` where they do not say. A deleted object
 * has the time of its last update. That time counts only where `arrived` is 0, which means unknown.
 */
export function timeOf(events: readonly ObjectEvent[], arrived: number): number {
  let newest = 0;
  let beforeDeletion = 0;
  for (const { action, object } of events) {
    const { updatedAt } = object.meta;
    if (updatedAt === undefined) continue;
    if (action === 'delete') beforeDeletion = Math.max(beforeDeletion, millisecondsOf(updatedAt));
    else newest = Math.max(newest, millisecondsOf(updatedAt));
  }
  if (newest > 0) return newest;
  return arrived > 0 ? arrived : beforeDeletion;
}

class PastTable implements MomentTable {
  readonly #rows: ReadonlyMap<string, AnyObject>;
  #list: readonly AnyObject[] | undefined;

  constructor(rows: ReadonlyMap<string, AnyObject>) {
    this.#rows = rows;
  }

  get size(): number {
    return this.#rows.size;
  }

  get(id: string): Kinds[Kind] | undefined {
    return this.#rows.get(id);
  }

  rows(): readonly AnyObject[] {
    return (this.#list ??= [...this.#rows.values()]);
  }
}
