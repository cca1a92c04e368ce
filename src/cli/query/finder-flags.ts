import { foldCase } from '../../base/text/fold-case.ts';
import { finderOf } from '../../model/find/finder-description.ts';
import type { By } from '../../model/find/finder.ts';
import { idFinders, indexFinders } from '../../model/schema/finder-declarations.ts';
import type { FinderName, Parameter } from '../../model/schema/finder-declarations.ts';
import { kinds } from '../../model/schema/kinds.ts';
import { declarations } from '../../model/tables/all-tables.ts';
import { NodeRole, NodeSpecMembership, TaskState } from '../../wire/generated/enums.ts';
import type { Kind } from '../../wire/generated/kinds.ts';
import { usage } from '../terminal/failure.ts';
import { referredKind } from './kind-names.ts';

/** A finder of a table as an option of the command: `--service web` is `byServiceId`. */
export interface FinderFlag {
  /** Without the dashes. */
  readonly flag: string;
  readonly finder: FinderName | 'byId' | 'byIdPrefix';
  readonly parameters: readonly Parameter[];
  /** The value in the help: `SERVICE`. */
  readonly placeholder: string;
}

const enums: Readonly<Record<string, Readonly<Record<string, number>>>> = { NodeRole, NodeSpecMembership, TaskState };

const flagsByKind = new Map<Kind, readonly FinderFlag[]>(kinds.map((kind) => [kind, flagsOf(kind)]));

/**
 * The flags of the finders that a table takes. They follow from the declaration of the table, and from nothing else.
 */
export function finderFlags(kind: Kind): readonly FinderFlag[] {
  return flagsByKind.get(kind) ?? [];
}

/** Every flag once, with the kinds that take it. */
export function allFinderFlags(): readonly (FinderFlag & { readonly kinds: readonly Kind[] })[] {
  const found = new Map<string, { readonly flag: FinderFlag; readonly kinds: Kind[] }>();
  for (const kind of kinds) {
    for (const flag of finderFlags(kind)) {
      const known = found.get(flag.flag);
      if (known === undefined) found.set(flag.flag, { flag, kinds: [kind] });
      else known.kinds.push(kind);
    }
  }
  return [...found.values()].map(({ flag, kinds: taking }) => ({ ...flag, kinds: taking }));
}

/**
 * The finder of a flag and its value. `resolve` gives the id of an object that is named by id, prefix or name. Throws a
 * usage error for a value that the finder does not take.
 */
export function finderOfFlag(
  kind: Kind,
  { flag, finder, parameters, placeholder }: FinderFlag,
  value: string,
  resolve: (kind: Kind, text: string) => string,
): By<never> {
  const parts = partsOf(parameters, value);
  if (parts.length !== parameters.length) throw usage(`--${flag} takes ${placeholder}, not '${value}'`);
  const description: Record<string, unknown> = { by: finder };
  for (const [position, { name, type }] of parameters.entries()) {
    const part = parts[position] ?? '';
    const referred = referredKind(name);
    const members = enums[type];
    if (members !== undefined) description[name] = enumValue(flag, members, part);
    else if (type === 'int64') {
      if (!/^-?\d+$/.test(part)) throw usage(`--${flag} takes ${placeholder}, not '${value}'`);
      description[name] = part;
    } else description[name] = referred === undefined || part === '' ? part : resolve(referred, part);
  }
  return finderOf(description, kind);
}

function flagsOf(kind: Kind): readonly FinderFlag[] {
  const ids = [
    { flag: 'id', finder: 'byId', parameters: idFinders.byId.parameters, placeholder: 'ID' },
    { flag: 'id-prefix', finder: 'byIdPrefix', parameters: idFinders.byIdPrefix.parameters, placeholder: 'PREFIX' },
  ] as const;
  return [
    ...ids,
    ...declarations[kind].finders.map((finder) => {
      const { parameters } = indexFinders[finder];
      return { flag: flagName(kind, finder), finder, parameters, placeholder: placeholderOf(parameters) };
    }),
  ];
}

/** `byTaskState` of tasks is `state`, `byReferencedSecretId` is `secret`, `byNamePrefix` is `name-prefix`. */
function flagName(kind: Kind, finder: FinderName): string {
  const words = finder
    .replace(/^by(?:Referenced)?/, '')
    .replace(/Id$/, '')
    .split(/(?=[A-Z])/)
    .map((word) => word.toLowerCase());
  return (words.length > 1 && words[0] === kind ? words.slice(1) : words).join('-');
}

function placeholderOf(parameters: readonly Parameter[]): string {
  const words = parameters.map(({ name }) => (referredKind(name) ?? name).toUpperCase());
  return words.join(separatorOf(parameters));
}

/** `web.1` for a slot, as Docker names tasks, and `index=value` for texts. */
function separatorOf(parameters: readonly Parameter[]): string {
  return parameters[1]?.type === 'int64' ? '.' : '=';
}

function partsOf(parameters: readonly Parameter[], value: string): readonly string[] {
  if (parameters.length < 2) return [value];
  const separator = separatorOf(parameters);
  const at = separator === '.' ? value.lastIndexOf(separator) : value.indexOf(separator);
  return at < 0 ? [value] : [value.slice(0, at), value.slice(at + 1)];
}

function enumValue(flag: string, members: Readonly<Record<string, number>>, text: string): number {
  const wanted = foldCase(text);
  const found = Object.entries(members).find(([name]) => foldCase(name) === wanted);
  if (found !== undefined) return found[1];
  if (/^\d+$/.test(text)) return Number(text);
  const names = Object.keys(members).map((name) => name.toLowerCase());
  throw usage(`--${flag} takes one of ${names.join(', ')}, not '${text}'`);
}
