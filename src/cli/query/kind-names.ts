import { isKindName, kinds, tableNames } from '../../model/schema/kinds.ts';
import type { Kind } from '../../wire/generated/kinds.ts';

const byName: ReadonlyMap<string, Kind> = new Map(
  kinds.flatMap((kind): [string, Kind][] => [
    [kind, kind],
    [tableNames[kind], kind],
  ]),
);

/** The kind of a word as people write it: `task`, `tasks`. Undefined for another word. */
export function kindOf(word: string): Kind | undefined {
  return byName.get(word.toLowerCase());
}

/** The plural of each kind. */
export const kindWords: readonly string[] = kinds.map((kind) => tableNames[kind]);

/** `serviceId` refers to services: the kind whose name stands before `Id`. Undefined for another parameter. */
export function referredKind(parameter: string): Kind | undefined {
  const name = /^(.+)Id$/.exec(parameter)?.[1];
  return isKindName(name) ? name : undefined;
}
