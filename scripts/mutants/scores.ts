import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../repository/repository.ts';

const path = join(root, 'scripts/mutants/scores.json');

/** The last result of one file. */
interface Score {
  readonly score: number;
  readonly changes: number;
  /** The changes that no test noticed. */
  readonly unnoticed: readonly string[];
}

/** Keeps the result of a file in place of its last one, and returns its score: the per cent that were noticed. */
export function keepScore(file: string, changes: number, unnoticed: readonly string[]): number {
  const score = Math.floor((100 * (changes - unnoticed.length)) / changes);
  const kept = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { readonly [file: string]: Score }) : {};
  const scores: { readonly [file: string]: Score } = { ...kept, [file]: { score, changes, unnoticed } };
  const sorted = Object.fromEntries(Object.entries(scores).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(path, `${JSON.stringify(sorted, undefined, 2)}\n`);
  return score;
}
