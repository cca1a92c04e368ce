/** A problem with a Compose file. Lines and columns count from 1. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  /** The file, when it is another one than the Compose file itself: an included or extended one, or `.env`. */
  readonly file?: string | undefined;
  readonly line: number;
  readonly column: number;
  /** The problem and its remedy. */
  readonly message: string;
}

/** A Compose file that cannot be imported. It has all problems of the file, not only the first. */
export class ComposeError extends Error {
  readonly file: string;
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    const errors = problems.filter(({ severity }) => severity === 'error').length;
    super(`${file} has ${errors === 1 ? 'an error' : `${errors} errors`}:\n${formatProblems(file, problems)}`);
    this.name = 'ComposeError';
    this.file = file;
    this.problems = problems;
  }
}

/** The problems without repetitions: those of the Compose file first, then file by file, by line. */
export function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const files = [...new Set(problems.map(({ file }) => file))];
  const rank = ({ file }: Problem): number => (file === undefined ? -1 : files.indexOf(file));
  // A service that is extended twice is read twice, and so are its problems.
  const distinct = new Map(problems.map((problem) => [formatProblems('', [problem]), problem]));
  return [...distinct.values()].sort((a, b) => rank(a) - rank(b) || a.line - b.line || a.column - b.column);
}

/** One line for each problem, in the form that editors and terminals turn into links. */
export function formatProblems(file: string, problems: readonly Problem[]): string {
  return problems
    .map(
      (problem) => `${problem.file ?? file}:${problem.line}:${problem.column} ${problem.severity}: ${problem.message}`,
    )
    .join('\n');
}

/** The name that is most similar to `text`; undefined when none is near. */
export function nearest(text: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(text.length / 3)) + 1;
  for (const name of names) {
    const distance = editDistance(text.toLowerCase(), name.toLowerCase());
    if (distance >= least) continue;
    least = distance;
    best = name;
  }
  return best;
}

/** The number of letters to insert, delete or replace in order to turn one text into the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
