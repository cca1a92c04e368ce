import { all, and, or } from '../../model/find/finders.ts';
import type { By } from '../../model/find/finder.ts';
import { tableNames } from '../../model/schema/kinds.ts';
import type { ReadTx } from '../../store/transaction/tx.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import { usage } from '../terminal/failure.ts';
import { allFinderFlags, finderFlags, finderOfFlag } from './finder-flags.ts';
import { resolveId } from './find-one.ts';
import { labelsOf } from './object-name.ts';

/** The objects that the options of a command line ask for. */
export interface Selection<K extends Kind = Kind> {
  readonly by: By<K>;
  /** The rest, which no finder answers: labels. */
  readonly check: (object: Kinds[K]) => boolean;
}

/** The values of options as commander gives them, by camel-case name. */
export type FlagValues = Readonly<Record<string, unknown>>;

/** `namePrefix` of `--name-prefix`. */
function optionName(flag: string): string {
  return flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * Makes a finder of the given flags. A flag that is given several times means any of its values, and different flags
 * mean all of them. Throws a usage error for a flag that the kind does not take.
 */
export function selectionOf<K extends Kind>(tx: ReadTx, kind: K, values: FlagValues): Selection<K> {
  const flags = finderFlags(kind);
  const taken = new Set(flags.map(({ flag }) => flag));
  for (const { flag } of allFinderFlags()) {
    if (taken.has(flag) || given(values, flag).length === 0) continue;
    const known = flags.map((other) => `--${other.flag}`);
    throw usage(`${tableNames[kind]} are not found by --${flag}; they are by ${known.join(', ')} and --label`);
  }
  const members = flags.flatMap((flag): By<never>[] => {
    const bys = given(values, flag.flag).map((value) =>
      finderOfFlag(kind, flag, value, (referred, text) => resolveId(tx, referred, text)),
    );
    if (bys.length === 0) return [];
    return [bys.length === 1 ? (bys[0] as By<never>) : or(...bys)];
  });
  const by = (members.length === 0 ? all : members.length === 1 ? members[0] : and(...members)) as By<K>;
  const labels = given(values, 'label').map(labelOf);
  const check = (object: Kinds[K]): boolean => {
    if (labels.length === 0) return true;
    const own = labelsOf(kind, object);
    return labels.every(({ name, value }) => Object.hasOwn(own, name) && (value === undefined || own[name] === value));
  };
  return { by, check };
}

/** The selected objects, in the order of the finder. */
export function selected<K extends Kind>(tx: ReadTx, kind: K, { by, check }: Selection<K>): readonly Kinds[K][] {
  return tx.table(kind).find(by).filter(check);
}

function given(values: FlagValues, flag: string): readonly string[] {
  const value = values[optionName(flag)];
  return Array.isArray(value) ? (value as readonly string[]) : [];
}

function labelOf(text: string): { readonly name: string; readonly value: string | undefined } {
  const at = text.indexOf('=');
  return at < 0 ? { name: text, value: undefined } : { name: text.slice(0, at), value: text.slice(at + 1) };
}
