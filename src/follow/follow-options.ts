import { isList, isRevoked } from '../base/host/is-revoked.ts';
import { StoreError } from '../errors/store-error.ts';
import type { ObjectEvent } from '../model/events.ts';
import { quote } from '../base/text/describe.ts';
import { unwrapBy } from '../model/find/finder.ts';
import type { By } from '../model/find/finder.ts';
import { describeFinder, descriptionText } from '../model/find/finder-description.ts';
import { or } from '../model/find/finders.ts';
import { isKindName, kinds } from '../model/schema/kinds.ts';
import { definitions } from '../model/tables/table-definition.ts';
import type { TableDefinition } from '../model/tables/table-definition.ts';
import type { Kind, Kinds } from '../wire/generated/kinds.ts';
import { checkSelectors, selects } from '../watch/selector.ts';
import type { CheckedSelector, Selector } from '../watch/selector.ts';
import { FollowedTable } from './followed-table.ts';
import { isClock } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import { clockText, optionChecks } from '../model/option-checks.ts';
import type { FollowSource } from './follow-source.ts';
import type { Version } from '../wire/generated/common.ts';

/** A part of a table: the objects that a finder finds. */
export type FollowedPart<K extends Kind = Kind> = { [P in K]: { readonly kind: P; readonly by: By<P> } }[K];

/** A table, named by its kind, or a part of a table. */
export type Followed = Kind | FollowedPart;

/** The kinds of tables and parts. */
export type KindOf<T extends Followed> = T extends Kind
  ? T
  : T extends { readonly kind: infer K extends Kind }
    ? K
    : never;

/** Contents that a follower begins with. Default: none. */
export interface FollowFrom<K extends Kind = Kind> {
  readonly objects: { readonly [P in K]?: readonly Kinds[P][] };
  /**
   * The version of `objects`. Give it only if the source still has the log that it had then. The follower then reads
   * only the later commits, where the source has them. Otherwise, it reads and compares all rows.
   */
  readonly version?: Version | undefined;
}

/** Options of {@link follow}. */
export interface FollowOptions<T extends Followed = Followed> {
  /**
   * The tables to follow, or parts of tables. Default: all ten; an empty list follows none. Several parts of one table
   * are followed as their union.
   */
  readonly tables?: readonly T[] | undefined;
  /**
   * The changes to report: all that any of these selectors selects. Default: all changes of the followed rows. `{
   * action: 'commit' }` also reports commits of the source without a selected change, with no events. The selectors do
   * not affect which rows are followed.
   */
  readonly events?: readonly NoInfer<Selector<KindOf<T>>>[] | undefined;
  /**
   * How many changes may wait before they are replaced by their net difference: in the source until the follower
   * applies them, and in a stream of the follower until they are read. Default: 10,000.
   */
  readonly limit?: number | undefined;
  /** Closes the follower when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /** Contents to begin with, such as those of a saved cache. */
  readonly from?: NoInfer<FollowFrom<KindOf<T>>> | undefined;
  /** The clock of the retries. Default: `systemClock`. */
  readonly clock?: Clock | undefined;
}

const checks = optionChecks<FollowOptions>('FollowOptions', 'follow', [
  'tables',
  'events',
  'limit',
  'signal',
  'from',
  'clock',
]);
const fromChecks = optionChecks<FollowFrom>('FollowFrom', 'follow, in from', ['objects', 'version']);
const waitChecks = optionChecks<WaitOptions>('WaitOptions', 'waitFor', ['signal']);

/** Options of `waitFor`. */
export interface WaitOptions {
  /** Gives up waiting: the call rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Throws `ERR_INVALID_OBJECT` for an option that is wrong or unknown. The source checks `events` and `limit`, and
 * {@link followedTables} checks `tables`.
 */
export function checkFollowOptions(options: FollowOptions): void {
  checks.names(options);
  const { clock, from } = options;
  checks.signal(options.signal);
  checks.valid(clock === undefined || isClock(clock), 'clock', clock, clockText);
  if (from === undefined) return;
  fromChecks.names(from);
  const objects: unknown = from.objects;
  if (typeof objects !== 'object' || objects === null || isRevoked(objects)) {
    fromChecks.valid(false, 'objects', objects, 'an object with a list for each kind');
    return;
  }
  for (const [kind, rows] of Object.entries(objects) as [string, unknown][]) {
    fromChecks.valid(isKindName(kind), ['objects', kind], rows, 'given for a kind that there is');
    fromChecks.valid(rows === undefined || isList(rows), ['objects', kind], rows, 'a list');
  }
}

/** Throws `ERR_INVALID_OBJECT` for an option that is wrong or unknown. */
export function checkWaitOptions(options: WaitOptions): void {
  waitChecks.names(options);
  waitChecks.signal(options.signal);
}

/** Throws `ERR_INVALID_OBJECT` for a value that cannot be followed. */
export function checkSource(source: unknown): void {
  if (!isRevoked(source) && typeof (source as Partial<FollowSource> | null | undefined)?.viewAndWatch === 'function')
    return;
  throw new StoreError('ERR_INVALID_OBJECT', `follow takes a store or another source, not ${quote(source)}`, {
    messageType: 'FollowSource',
    path: [],
  });
}

/** Decides which changes are reported. */
export interface Report {
  readonly commits: boolean;
  select(event: ObjectEvent): boolean;
}

/** Makes the tables for the option `tables`. Throws `ERR_INVALID_FIND_BY`. */
export function followedTables(given: readonly Followed[] = kinds): readonly FollowedTable<Kind>[] {
  if (!isList(given)) throw invalid(undefined, `tables is a list, not ${quote(given)}`);
  const whole = new Set<Kind>();
  const parts = new Map<Kind, By<Kind>[]>();
  for (const item of given) {
    const { kind, by } = (typeof item === 'string' ? { kind: item } : item) as {
      readonly kind: Kind;
      readonly by?: By<Kind>;
    };
    if (!isKindName(kind))
      throw invalid(undefined, `there is no table of kind ${quote(kind)}; the kinds are ${kinds.join(', ')}`);
    if (typeof item !== 'string') unwrapBy(by, kind);
    if (by === undefined) whole.add(kind);
    else {
      const bys = parts.get(kind);
      if (bys === undefined) parts.set(kind, [by]);
      else bys.push(by);
    }
  }
  // In the order of `kinds`: extensions come before resources, which need them.
  return kinds
    .filter((kind) => whole.has(kind) || parts.has(kind))
    .map((kind) => new FollowedTable(kind, whole.has(kind) ? undefined : either(parts.get(kind) ?? [])));
}

function either(bys: readonly By<Kind>[]): By<Kind> | undefined {
  return bys.length === 1 ? bys[0] : or(...bys);
}

/**
 * The text of what is followed: the JSON of pairs of kind and finder description, the same for the same tables and
 * parts. Saved caches hold the text, so its form must not change.
 */
export function describeTables(tables: readonly FollowedTable<Kind>[]): string {
  return descriptionText(tables.map(({ kind, by }) => [kind, by === undefined ? null : describeFinder(by)]));
}

/**
 * Makes the filter for the option `events`. Throws `ERR_INVALID_FIND_BY` for a selector that a watch refuses, and for a
 * selector of a table that is not followed.
 */
export function reportOf(selectors: readonly Selector[] | undefined, tables: readonly FollowedTable<Kind>[]): Report {
  const selection = checkSelectors(selectors);
  if (selection === undefined) return { commits: false, select: () => true };
  const byKind = new Map<Kind, CheckedSelector[]>();
  for (const selector of selection.objects) {
    const { kind } = selector;
    if (!tables.some((table) => table.kind === kind))
      throw invalid(kind, `${quote(kind)} is not among the followed tables`);
    const known = byKind.get(kind);
    if (known === undefined) byKind.set(kind, [selector]);
    else known.push(selector);
  }
  return {
    commits: selection.commits,
    select: (event) =>
      byKind
        .get(event.kind)
        ?.some((selector) => selects(definitions[event.kind] as TableDefinition, selector, event)) === true,
  };
}

function invalid(kind: Kind | undefined, message: string): StoreError<'ERR_INVALID_FIND_BY'> {
  return new StoreError('ERR_INVALID_FIND_BY', message, { kind, finder: 'follow' });
}
