import { finderOf } from '../../model/find/finder-description.ts';
import type { FinderData } from '../../model/find/finder-description.ts';
import { matches } from '../../model/find/matches.ts';
import { idFinders, indexFinders } from '../../model/schema/finder-declarations.ts';
import type { Parameter } from '../../model/schema/finder-declarations.ts';
import { declarations } from '../../model/tables/all-tables.ts';
import { NodeRole, NodeSpecMembership, TaskState } from '../../wire/generated/enums.ts';
import type { Kind } from '../../wire/generated/kinds.ts';
import type { By } from '../../model/find/finder.ts';
import type { AnyObject, Moment } from '../objects/moment.ts';
import { nameOf } from '../objects/names.ts';
import { words } from '../objects/states.ts';

/** A finder as a filter of a table. */
export interface Filter {
  /** The name of the finder: `byTaskState`. */
  readonly finder: string;
  /** The finder in words: `task state`. */
  readonly title: string;
  readonly fields: readonly FilterField[];
}

/** An argument of a finder. */
export interface FilterField {
  readonly name: string;
  readonly title: string;
  /** The values to choose from; undefined for a free text. */
  readonly choices: readonly { readonly value: string; readonly text: string }[] | undefined;
  /** The kind whose ids the argument holds; undefined for other texts. */
  readonly refersTo: Kind | undefined;
  readonly isNumber: boolean;
}

/** A filter that is set: the finder, and its arguments by their names. */
export interface SetFilter {
  readonly finder: string;
  readonly values: Readonly<Record<string, string>>;
}

const enums: { readonly [type in Parameter['type']]?: Readonly<Record<string, number>> } = {
  NodeRole,
  NodeSpecMembership,
  TaskState,
};

const targets: { readonly [parameter: string]: Kind } = {
  serviceId: 'service',
  nodeId: 'node',
  networkId: 'network',
  secretId: 'secret',
  configId: 'config',
  volumeId: 'volume',
};

/** The filters of a table, from the declaration of its finders. */
export function filtersOf(kind: Kind): readonly Filter[] {
  return finderNames(kind).map((finder) => ({
    finder,
    title: titleOf(finder),
    fields: parametersOf(finder).map(({ name, type }) => {
      const members = enums[type];
      return {
        name,
        title: titleOf(name),
        choices:
          members === undefined
            ? undefined
            : Object.entries(members).map(([text, value]) => ({ value: String(value), text: words(text) })),
        refersTo: targets[name],
        isNumber: type !== 'text' && type !== 'caseless',
      };
    }),
  }));
}

/**
 * The test of a set filter. An argument that is an id may be given as a name. Undefined while an argument is missing or
 * wrong: such a filter finds everything.
 */
export function filterTest(
  kind: Kind,
  filter: SetFilter,
  moment: Moment,
): ((object: AnyObject) => boolean) | undefined {
  if (!finderNames(kind).includes(filter.finder)) return undefined;
  const description: Record<string, unknown> = { by: filter.finder };
  for (const { name, type } of parametersOf(filter.finder)) {
    const value = Object.hasOwn(filter.values, name) ? filter.values[name] : undefined;
    if (value === undefined || value === '') return undefined;
    const isText = type === 'text' || type === 'caseless';
    if (!isText && !/^\d+$/.test(value)) return undefined;
    description[name] = isText ? idOf(targets[name], value, moment) : Number(value);
  }
  try {
    const by = finderOf(description as unknown as FinderData) as By<Kind>;
    return (object) => matches(by, kind, object);
  } catch {
    return undefined;
  }
}

function finderNames(kind: Kind): readonly string[] {
  return [...(declarations[kind].finders as readonly string[]), 'byId', 'byIdPrefix'];
}

/** The id of the object with that name, or the text itself. */
function idOf(kind: Kind | undefined, text: string, moment: Moment): string {
  if (kind === undefined) return text;
  const table = moment.table(kind);
  if (table.get(text) !== undefined) return text;
  return table.rows().find((object) => nameOf(kind, object, moment) === text)?.id ?? text;
}

function parametersOf(finder: string): readonly Parameter[] {
  const known: Readonly<Record<string, { readonly parameters: readonly (Parameter | undefined)[] }>> = {
    ...indexFinders,
    ...idFinders,
  };
  const declared = Object.hasOwn(known, finder) ? known[finder]?.parameters : undefined;
  return (declared ?? []).filter((parameter) => parameter !== undefined);
}

/** `byReferencedSecretId` as `referenced secret`, `serviceId` as `service`. */
function titleOf(name: string): string {
  const spaced = name
    .replace(/^by/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return spaced.replace(/ id$/, '');
}
