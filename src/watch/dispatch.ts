import type { Finder } from '../store/find-by.ts';
import { holds, indexOf } from '../store/finder-match.ts';
import type { ObjectEvent } from '../store/events.ts';
import { kinds } from '../store/kinds.ts';
import type { StoreTable, StoreTables } from '../store/store-table.ts';
import type { Kind } from '../wire/kinds.ts';
import type { CheckedSelector } from './selector.ts';

/** One selector of one watcher. */
export interface Subscription<W> {
  readonly watcher: W;
  readonly selector: CheckedSelector;
  /** The number of the change that it was last reached by. */
  reachedBy: number;
}

/** Where a subscription is filed: under an id, under a key of an index, or (undefined) with those that look at every change of the kind. */
type Route = { readonly index: number; readonly key: string } | { readonly id: string } | undefined;

/**
 * Finds the subscriptions that may select a change without asking all of them: those on an id or an indexed value are filed in a Map by it. A change costs a
 * look-up for each index that anybody watches, and the subscriptions that it reaches.
 */
export class Dispatch<W> {
  readonly #kinds: ReadonlyMap<Kind, KindDispatch<W>>;
  #changes = 0;

  constructor(tables: StoreTables) {
    this.#kinds = new Map(kinds.map((kind) => [kind, new KindDispatch<W>(tables[kind] as StoreTable)]));
  }

  add(subscription: Subscription<W>): void {
    this.#kinds.get(subscription.selector.kind)?.file(subscription, true);
  }

  delete(subscription: Subscription<W>): void {
    this.#kinds.get(subscription.selector.kind)?.file(subscription, false);
  }

  /** Calls `reach` once with each subscription that a change may concern. */
  reach(event: ObjectEvent, reach: (subscription: Subscription<W>) => void): void {
    this.#changes += 1;
    const change = this.#changes;
    this.#kinds.get(event.kind)?.reach(event, (subscription) => {
      // It may be filed in several places that the change touches.
      if (subscription.reachedBy === change) return;
      subscription.reachedBy = change;
      reach(subscription);
    });
  }

  /** True when the selector selects the change. Throws what its check throws. */
  selects(selector: CheckedSelector, event: ObjectEvent): boolean {
    return this.#kinds.get(event.kind)?.selects(selector, event) ?? false;
  }
}

class KindDispatch<W> {
  readonly #table: StoreTable;
  readonly #byId = new Map<string, Set<Subscription<W>>>();
  readonly #byIndex = new Map<number, Map<string, Set<Subscription<W>>>>();
  readonly #others = new Set<Subscription<W>>();

  constructor(table: StoreTable) {
    this.#table = table;
  }

  file(subscription: Subscription<W>, present: boolean): void {
    for (const route of routesOf(this.#table, subscription.selector.finder)) {
      if (route === undefined) setMember(this.#others, subscription, present);
      else if ('id' in route) fileUnder(this.#byId, route.id, subscription, present);
      else {
        const keys = this.#byIndex.get(route.index) ?? new Map<string, Set<Subscription<W>>>();
        fileUnder(keys, route.key, subscription, present);
        if (keys.size > 0) this.#byIndex.set(route.index, keys);
        else this.#byIndex.delete(route.index);
      }
    }
  }

  reach(event: ObjectEvent, reach: (subscription: Subscription<W>) => void): void {
    this.#byId.get(event.object.id)?.forEach(reach);
    for (const [index, subscriptions] of this.#byIndex) {
      const declaration = this.#table.declaration.indexes[index];
      if (declaration === undefined) continue;
      forEachKey(declaration.keys(event.object), (key) => subscriptions.get(key)?.forEach(reach));
      if (event.oldObject === undefined || declaration.unchanged(event.oldObject, event.object)) continue;
      forEachKey(declaration.keys(event.oldObject), (key) => subscriptions.get(key)?.forEach(reach));
    }
    this.#others.forEach(reach);
  }

  selects(selector: CheckedSelector, event: ObjectEvent): boolean {
    const { action, finder, check } = selector;
    if (action !== undefined && action !== event.action) return false;
    const { object, oldObject } = event;
    // A replayed update whose old object is not known may have left what the finder finds.
    const unknown = event.action === 'update' && oldObject === undefined;
    if (
      finder !== undefined &&
      !unknown &&
      !holds(this.#table, finder, object) &&
      (oldObject === undefined || !holds(this.#table, finder, oldObject))
    ) {
      return false;
    }
    return check === undefined || check(object, oldObject);
  }
}

/** Where a finder is filed. What it finds is always reached through at least one of its routes. */
function routesOf(table: StoreTable, finder: Finder | undefined): readonly Route[] {
  if (finder === undefined) return [undefined];
  switch (finder.by) {
    case 'byId':
      return [{ id: finder.id }];
    case 'index':
      return finder.prefix ? [undefined] : [{ index: indexOf(table, finder.finder), key: finder.key }];
    case 'or': {
      const routes = finder.members.flatMap((member) => routesOf(table, member));
      return routes.includes(undefined) ? [undefined] : routes;
    }
    case 'and':
      // Any one member is enough: the first that narrows at all.
      return finder.members.map((member) => routesOf(table, member)).find((routes) => !routes.includes(undefined)) ?? [undefined];
    default:
      return [undefined];
  }
}

function fileUnder<W>(map: Map<string, Set<Subscription<W>>>, key: string, subscription: Subscription<W>, present: boolean): void {
  const set = map.get(key) ?? new Set<Subscription<W>>();
  setMember(set, subscription, present);
  if (set.size > 0) map.set(key, set);
  else map.delete(key);
}

function setMember<T>(set: Set<T>, member: T, present: boolean): void {
  if (present) set.add(member);
  else set.delete(member);
}

function forEachKey(keys: string | readonly string[] | undefined, visit: (key: string) => void): void {
  if (keys === undefined) return;
  if (typeof keys === 'string') visit(keys);
  else keys.forEach(visit);
}
