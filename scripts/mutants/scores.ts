import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../repository/repository.ts';
import type { Mutant } from './plant.ts';

const path = join(root, 'scripts/mutants/scores.json');

/** A change that no test noticed, found again by its line's text when the file has moved around it. */
interface Unnoticed {
  /** Line and column. */
  readonly at: string;
  readonly line: string;
  readonly change: string;
  /** Written by hand: why nobody can notice the change. It is then neither counted nor planted again. */
  readonly equivalent?: string;
}

/** The last result of one file. */
interface Score {
  readonly score: number;
  readonly changes: number;
  readonly unnoticed: readonly Unnoticed[];
}

type Scores = Readonly<Record<string, Score>>;

function read(): Scores {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Scores) : {};
}

/** The change as people read it. */
export function shown({ before, after }: Mutant): string {
  const short = (text: string): string => (text.length > 70 ? `${text.slice(0, 67)}...` : text).replaceAll(/\s+/g, ' ');
  return `${short(before)}  →  ${after === ';' ? '(left out)' : short(after)}`;
}

/** The reason why nobody can notice a change, where one was written down. */
export function reasonOf(file: string, mutant: Mutant): string | undefined {
  const change = shown(mutant);
  return (read()[file]?.unnoticed ?? []).find(
    // A line may hold the same change twice: the column says which one.
    (one) => one.line === mutant.lineText && one.change === change && one.at.endsWith(`:${mutant.column}`),
  )?.equivalent;
}

/**
 * Keeps the result of a file in place of its last one. Returns its score: how many per cent of the planted changes were
 * noticed. Equivalent changes are left out of account. `others` are the changes of the file that this run did not
 * plant: reasons that were written for them stay.
 */
export function keepScore(
  file: string,
  changes: number,
  unnoticed: readonly Mutant[],
  others: readonly Mutant[],
): number {
  const list = unnoticed.map((mutant) => unnoticedOf(file, mutant));
  const equivalent = list.filter((one) => one.equivalent !== undefined).length;
  const counted = changes - equivalent;
  const score = counted === 0 ? 100 : Math.floor((100 * (changes - list.length)) / counted);
  const kept = others.filter((mutant) => reasonOf(file, mutant) !== undefined);
  const all = [...unnoticed, ...kept].sort((a, b) => a.position - b.position);
  const result: Score = { score, changes, unnoticed: all.map((mutant) => unnoticedOf(file, mutant)) };
  const sorted = Object.entries({ ...read(), [file]: result }).sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(path, `${JSON.stringify(Object.fromEntries(sorted), undefined, 2)}\n`);
  return score;
}

function unnoticedOf(file: string, mutant: Mutant): Unnoticed {
  const equivalent = reasonOf(file, mutant);
  return {
    at: `${mutant.line}:${mutant.column}`,
    line: mutant.lineText,
    change: shown(mutant),
    ...(equivalent === undefined ? {} : { equivalent }),
  };
}
