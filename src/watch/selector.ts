import { isList, isRevoked } from '../base/host/is-revoked.ts';
import { StoreError } from '../errors/store-error.ts';
import type { By, Finder } from '../model/find/finder.ts';
import { quote } from '../base/text/describe.ts';
import { unwrapBy } from '../model/find/finder.ts';
import type { ObjectEvent } from '../model/events.ts';
import { assertTaken, holds } from '../model/find/matches.ts';
import { isKindName, kinds } from '../model/schema/kinds.ts';
import { definitions } from '../model/tables/table-definition.ts';
import type { TableDefinition } from '../model/tables/table-definition.ts';
import type { Kind, Kinds } from '../wire/generated/kinds.ts';

/** The actions of events that tell of an object. */
export type ObjectAction = 'create' | 'update' | 'delete';

/** Selects changes of objects of one kind. */
export interface ObjectSelector<K extends Kind> {
  readonly kind: K;
  /** Only events with this action. */
  readonly action?: ObjectAction | undefined;
  /**
   * Only objects that this finder finds. An update is selected when the finder finds the new object or the old one, so
   * a watcher learns of objects that leave the filtered set. `matches` tells which of the two was found.
   */
  readonly by?: By<K> | undefined;
  /**
   * Only changes for which this returns true. Called once for a change, after `by`, while the commit is being
   * published: keep it quick and free of side effects. An error that it throws ends its own watcher and no other.
   */
  readonly check?: ((object: Kinds[K], oldObject: Kinds[K] | undefined) => boolean) | undefined;
}

/** Selects the commit event that closes each transaction, also where no other event of it is selected. */
export interface CommitSelector {
  readonly action: 'commit';
  readonly kind?: undefined;
}

/** Selects events for a watcher. An array that is declared on its own needs `satisfies Selector[]`. */
export type Selector<K extends Kind = Kind> = { [P in K]: ObjectSelector<P> }[K] | CommitSelector;

/** Options of a watch. */
export interface WatchOptions {
  /** The events to deliver: those that any of these selects. Without selectors, all events. */
  readonly events?: readonly Selector[] | undefined;
  /** Ends the watcher: its iteration rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How many events may wait to be read; 10,000 where not given. Beyond the limit the watcher ends with
   * `ERR_WATCH_OVERFLOW`.
   */
  readonly limit?: number | undefined;
}

/** An object selector after its check, with the contents of its finder. */
export interface CheckedSelector {
  readonly kind: Kind;
  readonly action: ObjectAction | undefined;
  readonly finder: Finder | undefined;
  readonly check: ((object: unknown, oldObject: unknown) => boolean) | undefined;
}

/** The selectors of a watch after their check. */
export interface Selection {
  readonly objects: readonly CheckedSelector[];
  readonly commits: boolean;
}

const selectorMembers = ['kind', 'action', 'by', 'check'];
const objectActions: readonly unknown[] = ['create', 'update', 'delete'];

/**
 * Checks the selectors of a watch. Returns undefined when they select all events. Throws `ERR_INVALID_FIND_BY`, also
 * for unknown members: a misspelt member would otherwise be left out, and the selector would select too much.
 */
export function checkSelectors(selectors: readonly Selector[] | undefined): Selection | undefined {
  if (selectors === undefined) return undefined;
  if (!isList(selectors)) throw invalid(undefined, `events takes a list of selectors, not ${quote(selectors)}`);
  if (selectors.length === 0) return undefined;
  const objects: CheckedSelector[] = [];
  let commits = false;
  for (const selector of selectors) {
    if (typeof selector !== 'object' || (selector as unknown) === null || isRevoked(selector))
      throw invalid(undefined, `${quote(selector)} is no selector`);
    const misspelt = Object.keys(selector).find((member) => !selectorMembers.includes(member));
    if (misspelt !== undefined)
      throw invalid(undefined, `a selector has no member '${misspelt}'; it has ${selectorMembers.join(', ')}`);
    if (selector.action === 'commit') {
      commits = true;
      if (Object.entries(selector).some(([member, value]) => member !== 'action' && value !== undefined)) {
        throw invalid(undefined, "the selector of commits has no other member than action: 'commit'");
      }
    } else {
      objects.push(checkObjectSelector(selector));
    }
  }
  return { objects, commits };
}

/**
 * True when a selector of the event's kind selects the event. The finder has to find the object or the old object. An
 * update without an old object, which a replay may give, is selected whatever the finder finds: the finder might have
 * found the old object. The check runs last. Throws the error of the check.
 */
export function selects(table: TableDefinition, selector: CheckedSelector, event: ObjectEvent): boolean {
  const { action, finder, check } = selector;
  if (action !== undefined && action !== event.action) return false;
  const { object, oldObject } = event;
  const unknownBefore = event.action === 'update' && oldObject === undefined;
  if (
    finder !== undefined &&
    !unknownBefore &&
    !holds(table, finder, object) &&
    (oldObject === undefined || !holds(table, finder, oldObject))
  ) {
    return false;
  }
  return check === undefined || check(object, oldObject);
}

function checkObjectSelector(selector: Exclude<Selector, CommitSelector>): CheckedSelector {
  const { kind, action, by, check } = selector;
  if (!isKindName(kind))
    throw invalid(undefined, `a selector's kind is one of ${kinds.join(', ')}, not ${quote(kind)}`);
  if (action !== undefined && !objectActions.includes(action)) {
    throw invalid(kind, `a selector's action is create, update, delete or commit, not ${quote(action)}`);
  }
  if (check !== undefined && typeof check !== 'function')
    throw invalid(kind, `a selector's check is a function, not ${quote(check)}`);
  const finder = by === undefined ? undefined : unwrapBy(by, kind);
  if (finder !== undefined) assertTaken(definitions[kind], finder);
  return { kind, action, finder, check: check as CheckedSelector['check'] };
}

function invalid(kind: Kind | undefined, message: string): StoreError<'ERR_INVALID_FIND_BY'> {
  return new StoreError('ERR_INVALID_FIND_BY', message, { kind, finder: 'selector' });
}
