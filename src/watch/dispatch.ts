import type { Finder } from '../model/find/finder.ts';
import { indexOf } from '../model/find/matches.ts';
import type { ObjectEvent } from '../model/events.ts';
import { kinds } from '../model/schema/kinds.ts';
import { definitions } from '../model/tables/table-definition.ts';
import type { TableDefinition, TableDefinitions } from '../model/tables/table-definition.ts';
import type { IndexNumber, Keys } from '../engine/index/keys.ts';
import type { Kind } from '../wire/generated/kinds.ts';
import { selects } from './selector.ts';
import type { CheckedSelector } from './selector.ts';

/** One selector of one watcher. */
export class Subscription<W> {
  readonly watcher: W;
  readonly selector: CheckedSelector;
  /**
   * True when the selector selects every change that reaches it, and need not be asked. Such a selector has neither
   * action nor check, and its finder finds all objects with its keys.
   */
  readonly certain: boolean;
  /** The selector, without its finder where that finds all that the selector is filed under. */
  readonly rest: CheckedSelector;
  /** The last change that reached the subscription, as {@link Dispatch} counts changes. */
  reachedBy = 0;

  constructor(watcher: W, selector: CheckedSelector) {
    this.watcher = watcher;
    this.selector = selector;
    const exact = isExact(selector.finder);
    this.certain = exact && selector.action === undefined && selector.check === undefined;
    this.rest = exact && selector.finder !== undefined ? { ...selector, finder: undefined } : selector;
  }
}

/**
 * A key that a subscription is filed under: an id or a key of an index. Undefined stands for the subscriptions that
 * every change of the kind reaches.
 */
type FilingKey = { readonly index: IndexNumber; readonly key: string } | { readonly id: string } | undefined;

/** The subscriptions under one key. Most keys have one, which needs no set. */
type Filed<W> = Subscription<W> | Set<Subscription<W>>;

/**
 * Finds the subscriptions that may select a change, without a look at the others. A subscription to an id or an indexed
 * value is filed in a Map under that key. A change costs one look-up for each watched index, and the subscriptions that
 * it reaches.
 */
export class Dispatch<W> {
  readonly #kinds: ReadonlyMap<Kind, KindDispatch<W>>;
  #changes = 0;

  constructor(tables: TableDefinitions = definitions) {
    this.#kinds = new Map(kinds.map((kind) => [kind, new KindDispatch<W>(tables[kind] as TableDefinition)]));
  }

  add(subscription: Subscription<W>): void {
    this.#kinds.get(subscription.selector.kind)?.file(subscription, true);
  }

  delete(subscription: Subscription<W>): void {
    this.#kinds.get(subscription.selector.kind)?.file(subscription, false);
  }

  /** The subscriptions that may select a change, each once. */
  reached(event: ObjectEvent): readonly Subscription<W>[] {
    this.#changes += 1;
    return this.#kinds.get(event.kind)?.reached(event, this.#changes) ?? [];
  }

  /** True when a subscription that the change reached selects it. Throws the error of the selector's check. */
  accepts(subscription: Subscription<W>, event: ObjectEvent): boolean {
    return subscription.certain || this.selects(subscription.rest, event);
  }

  /** True when the selector selects the change. Throws the error of its check. */
  selects(selector: CheckedSelector, event: ObjectEvent): boolean {
    return this.#kinds.get(event.kind)?.selects(selector, event) ?? false;
  }
}

class KindDispatch<W> {
  readonly #table: TableDefinition;
  readonly #byId = new Map<string, Filed<W>>();
  readonly #byIndex = new Map<IndexNumber, Map<string, Filed<W>>>();
  readonly #others = new Set<Subscription<W>>();

  constructor(table: TableDefinition) {
    this.#table = table;
  }

  file(subscription: Subscription<W>, present: boolean): void {
    for (const filed of filingKeysOf(this.#table, subscription.selector.finder)) {
      if (filed === undefined) setMember(this.#others, subscription, present);
      else if ('id' in filed) fileUnder(this.#byId, filed.id, subscription, present);
      else {
        const keys = this.#byIndex.get(filed.index) ?? new Map<string, Filed<W>>();
        fileUnder(keys, filed.key, subscription, present);
        if (keys.size > 0) this.#byIndex.set(filed.index, keys);
        else this.#byIndex.delete(filed.index);
      }
    }
  }

  reached(event: ObjectEvent, change: number): readonly Subscription<W>[] {
    const reached: Subscription<W>[] = [];
    if (this.#byId.size > 0) reach(this.#byId.get(event.object.id), change, reached);
    for (const [index, filed] of this.#byIndex) {
      const declaration = this.#table.declaration.indexes[index];
      if (declaration === undefined) continue;
      reachKeys(filed, declaration.keys(event.object), change, reached);
      if (event.oldObject === undefined || declaration.unchanged(event.oldObject, event.object)) continue;
      reachKeys(filed, declaration.keys(event.oldObject), change, reached);
    }
    for (const subscription of this.#others) reached.push(subscription);
    return reached;
  }

  selects(selector: CheckedSelector, event: ObjectEvent): boolean {
    return selects(this.#table, selector, event);
  }
}

/**
 * The keys that a selector with this finder is filed under. A change that it selects has at least one of them. O(size
 * of the finder).
 */
function filingKeysOf(table: TableDefinition, finder: Finder | undefined): readonly FilingKey[] {
  const keys: FilingKey[] = [];
  return finder !== undefined && addFilingKeys(table, finder, keys) ? keys : [undefined];
}

/** Adds the keys of a finder. False when the finder has to see every change; `keys` are of no use then. */
function addFilingKeys(table: TableDefinition, finder: Finder, keys: FilingKey[]): boolean {
  switch (finder.by) {
    case 'byId':
      keys.push({ id: finder.id });
      return true;
    case 'index':
      if (!finder.prefix) keys.push({ index: indexOf(table, finder.finder), key: finder.key });
      return !finder.prefix;
    case 'or':
      return finder.members.every((member) => addFilingKeys(table, member, keys));
    case 'and': {
      // The keys of one member are enough; the first member with keys is taken.
      const before = keys.length;
      return finder.members.some((member) => {
        keys.length = before;
        return addFilingKeys(table, member, keys);
      });
    }
    default:
      return false;
  }
}

/** True when the finder finds every object that has one of its keys. */
function isExact(finder: Finder | undefined): boolean {
  switch (finder?.by) {
    case undefined:
    case 'all':
    case 'byId':
      return true;
    case 'index':
      return !finder.prefix;
    case 'or':
      return finder.members.every(isExact);
    default:
      return false;
  }
}

function fileUnder<W>(map: Map<string, Filed<W>>, key: string, subscription: Subscription<W>, present: boolean): void {
  const filed = map.get(key);
  if (filed instanceof Set) {
    setMember(filed, subscription, present);
    if (filed.size === 0) map.delete(key);
  } else if (present) {
    map.set(key, filed === undefined || filed === subscription ? subscription : new Set([filed, subscription]));
  } else if (filed === subscription) map.delete(key);
}

function setMember<T>(set: Set<T>, member: T, present: boolean): void {
  if (present) set.add(member);
  else set.delete(member);
}

function reachKeys<W>(
  filed: ReadonlyMap<string, Filed<W>>,
  keys: Keys,
  change: number,
  reached: Subscription<W>[],
): void {
  if (typeof keys === 'string') reach(filed.get(keys), change, reached);
  else if (keys !== undefined) for (const key of keys) reach(filed.get(key), change, reached);
}

function reach<W>(filed: Filed<W> | undefined, change: number, reached: Subscription<W>[]): void {
  if (filed === undefined) return;
  if (filed instanceof Set) for (const subscription of filed) note(subscription, change, reached);
  else note(filed, change, reached);
}

/** Adds a subscription once, also when the change has several of its keys. */
function note<W>(subscription: Subscription<W>, change: number, reached: Subscription<W>[]): void {
  if (subscription.reachedBy === change) return;
  subscription.reachedBy = change;
  reached.push(subscription);
}
