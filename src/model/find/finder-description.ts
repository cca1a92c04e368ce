import { isList, isRecord } from '../../base/host/is-revoked.ts';
import { quote } from '../../base/text/describe.ts';
import { StoreError } from '../../errors/store-error.ts';
import type { Kind } from '../../wire/generated/kinds.ts';
import { combiningFinders, idFinders, indexFinders } from '../schema/finder-declarations.ts';
import type { Parameter, ParameterTypes } from '../schema/finder-declarations.ts';
import { argumentsOf, indexFinder, textArgument } from './finder-arguments.ts';
import { isBy, makeBy, MAX_DEPTH, unwrapBy } from './finder.ts';
import type { By, Finder } from './finder.ts';
import { assertTaken, definitionOf } from './matches.ts';

type Described<F extends string, P extends Parameter> = {
  readonly [M in 'by' | P['name']]: M extends 'by' ? F : ParameterTypes[Extract<P, { readonly name: M }>['type']];
};

type DescriptionsOf<D extends Readonly<Record<string, { readonly parameters: readonly Parameter[] }>>> = {
  [F in keyof D & string]: Described<F, D[F]['parameters'][number]>;
}[keyof D & string];

/**
 * A finder as a plain value: the name of the function that makes the finder, and its arguments under the names of that
 * function's parameters. `or` and `and` have their members in `of`.
 *
 * Enum values and integers are numbers; an integer beyond 2^53 is a bigint. JSON has no bigint: put the decimal string
 * in its place, which {@link finderOf} accepts.
 */
export type FinderData =
  | DescriptionsOf<typeof idFinders>
  | DescriptionsOf<typeof indexFinders>
  | { readonly by: 'or'; readonly of: readonly FinderData[] }
  | { readonly by: 'and'; readonly of: readonly FinderData[] };

type Members = Readonly<Record<string, unknown>>;

const leafFinders = { ...idFinders, ...indexFinders };

/**
 * Describes a finder as a plain value, for a log, a file or another process. {@link finderOf} makes the finder again. A
 * string that is compared without case comes in lower case. Returns a new object on each call. O(finders in `by`).
 * Throws `ERR_INVALID_FIND_BY` for a value that is no finder.
 *
 * @example
 * ```ts
 * import { TaskState, and, byNodeId, byTaskState, describeFinder } from 'swarmstate';
 *
 * console.log(describeFinder(byNodeId('node-1'))); // { by: 'byNodeId', nodeId: 'node-1' }
 * const failed = and(byNodeId('node-1'), byTaskState(TaskState.FAILED));
 * const integersAsText = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);
 * console.log(JSON.stringify(describeFinder(failed), integersAsText));
 * ```
 */
export function describeFinder(by: By<never>): FinderData {
  const described: FinderData[] = [];
  const open: { readonly finder: Finder; readonly into: FinderData[] }[] = [{ finder: unwrapBy(by), into: described }];
  // The list grows while it is read.
  for (const { finder, into } of open) {
    if ('members' in finder) {
      const of: FinderData[] = [];
      into.push({ by: finder.by, of });
      for (const member of finder.members) open.push({ finder: member, into: of });
    } else into.push(describeLeaf(finder));
  }
  return described[0] as FinderData;
}

/**
 * Makes a finder of its description, which may come from anywhere: every member is checked. With a `kind`, the table of
 * that kind has to take the finder, and the result is typed for it. An integer may be given as its decimal string.
 *
 * Throws `ERR_INVALID_FIND_BY` for a description of no known finder, with a missing, unknown or wrong member, or nested
 * more than 1,000 levels deep. O(size of the description).
 *
 * @example
 * ```ts
 * import { MemoryStore, finderOf } from 'swarmstate';
 *
 * const store = new MemoryStore();
 * const asked: unknown = JSON.parse('{ "by": "and", "of": [{ "by": "byNodeId", "nodeId": "node-1" }] }');
 * const by = finderOf(asked, 'task');
 * console.log(store.view((tx) => tx.tasks.count(by)));
 * ```
 */
export function finderOf(description: unknown): By<never>;
export function finderOf<K extends Kind>(description: unknown, kind: K): By<K>;
export function finderOf(description: unknown, kind?: Kind): By<never> {
  const finder = readDescription(description, '', 1);
  if (kind !== undefined) assertTaken(definitionOf(kind, 'finderOf'), finder);
  return makeBy(finder, depthOf(finder));
}

/** The number of levels. The finder has no more than the stack takes. */
function depthOf(finder: Finder): number {
  let deepest = 0;
  if ('members' in finder) for (const member of finder.members) deepest = Math.max(deepest, depthOf(member));
  return deepest + 1;
}

/** The JSON text of values that hold descriptions, the same for equal values. */
export function descriptionText(value: unknown): string {
  return JSON.stringify(value, (_member, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
}

function describeLeaf(finder: Exclude<Finder, { readonly members: readonly Finder[] }>): FinderData {
  if (finder.by !== 'index') return { ...finder };
  const values = argumentsOf(finder.finder, finder.key);
  const members = indexFinders[finder.finder].parameters.map(({ name }, position) => [name, values[position]]);
  return { by: finder.finder, ...Object.fromEntries(members) } as FinderData;
}

/** `path` leads from the whole description to this part, for errors: empty, or as `of[1].of[0]`. */
function readDescription(description: unknown, path: string, depth: number): Finder {
  if (depth > MAX_DEPTH) {
    throw invalid(
      undefined,
      `the description is nested more than ${MAX_DEPTH} levels deep; give or and and longer lists of members`,
    );
  }
  const place = path === '' ? '' : `${path}: `;
  if (!isRecord(description)) {
    throw invalid(
      undefined,
      `${place}a finder is described by an object as { by: 'byId', id: 'x' }, not by ${quote(description)}`,
    );
  }
  if (isBy(description)) throw invalid(undefined, `${place}this is a finder and no description; use it as it is`);
  const members = description as Members;
  const name: unknown = own(members, 'by');
  if (name === 'or' || name === 'and') {
    assertMembers(name, members, ['of'], place);
    const of = own(members, 'of');
    if (!isList(of)) throw invalid(name, `${place}${name} takes a list of descriptions as of, not ${quote(of)}`);
    const read = (member: unknown, position: number): Finder =>
      readDescription(member, `${path}${path === '' ? '' : '.'}of[${position}]`, depth + 1);
    return { by: name, members: Array.from(of, read) };
  }
  if (typeof name !== 'string' || !Object.hasOwn(leafFinders, name)) {
    const known = [...combiningFinders, ...Object.keys(leafFinders)].join(', ');
    throw invalid(undefined, `${place}the member by names a finder, not ${quote(name)}; the finders are ${known}`);
  }
  return readLeaf(name as keyof typeof leafFinders, members, place);
}

function readLeaf(name: keyof typeof leafFinders, members: Members, place: string): Finder {
  const parameters: readonly Parameter[] = leafFinders[name].parameters;
  assertMembers(
    name,
    members,
    parameters.map((parameter) => parameter.name),
    place,
  );
  const [first, second] = parameters.map((parameter) => {
    const value = own(members, parameter.name);
    return parameter.type !== 'text' && parameter.type !== 'caseless' && isDecimal(value) ? BigInt(value) : value;
  });
  switch (name) {
    case 'all':
      return { by: 'all' };
    case 'byId':
      return { by: 'byId', id: textArgument(name, 'id', first, place) };
    case 'byIdPrefix':
      return { by: 'byIdPrefix', prefix: textArgument(name, 'prefix', first, place) };
    default:
      return indexFinder(name, first, second, place);
  }
}

/** True for the decimal digits of a 64-bit integer; more digits are not worth parsing. */
function isDecimal(value: unknown): value is string {
  return typeof value === 'string' && /^-?\d{1,20}$/.test(value);
}

function own(members: Members, name: string): unknown {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

/** A misspelt member would otherwise be left out silently. */
function assertMembers(finder: string, members: Members, parameters: readonly string[], place: string): void {
  const unknown = Object.keys(members).find((member) => member !== 'by' && !parameters.includes(member));
  if (unknown === undefined) return;
  const known = ['by', ...parameters].join(', ');
  throw invalid(finder, `${place}${finder} has no member ${quote(unknown)}; it has ${known}`);
}

function invalid(finder: string | undefined, message: string): StoreError<'ERR_INVALID_FIND_BY'> {
  return new StoreError('ERR_INVALID_FIND_BY', message, { kind: undefined, finder: finder ?? 'finderOf' });
}
