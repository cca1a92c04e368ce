import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import lowerCase from '@unicode/unicode-15.0.0/Simple_Case_Mapping/Lowercase/code-points.mjs';
import unassigned from '@unicode/unicode-15.0.0/General_Category/Unassigned/code-points.mjs';

/**
 * `npm run unicode`: writes src/base/text/generated/lower-case.ts, the simple lower-case mapping of one version of
 * Unicode, whatever version Node has.
 * `npm run unicode -- --check`: writes nothing and fails when something would change.
 */
const version = '15.0.0';
const releases = 'Go 1.21 to 1.25';
const output = join(fileURLToPath(new URL('../..', import.meta.url)), 'src/base/text/generated/lower-case.ts');

/** Code points from `first` to `last`, every `step`th of which is mapped to the code point `delta` further. */
interface Run {
  readonly first: number;
  last: number;
  step: number;
  readonly delta: number;
}

function runsOf(mapping: ReadonlyMap<number, number>): readonly Run[] {
  const runs: Run[] = [];
  for (const [from, to] of [...mapping].sort(([a], [b]) => a - b)) {
    const run = runs.at(-1);
    const gap = run === undefined ? 0 : from - run.last;
    const goesOn =
      run !== undefined && run.delta === to - from && gap <= 2 && (run.first === run.last || run.step === gap);
    if (goesOn) {
      run.step = gap;
      run.last = from;
    } else runs.push({ first: from, last: from, step: 1, delta: to - from });
  }
  return runs;
}

/** Capital sigma, whose native mapping depends on the letters around it, and İ, which becomes two code points. */
const special = [0x3a3, 0x130];
const surrogates = [0xd800, 0xdfff] as const;
/** A shorter range is not worth a place in the regular expression, except where names of most languages are written. */
const shortestRange = 1000;
const lastUsual = 0x52f;

/** Ranges of code points of two bytes whose mapping can never change: they are assigned in this version. */
function stableRanges(): readonly (readonly [number, number])[] {
  const unstable = new Set<number>([...unassigned, ...special]);
  const ranges: [number, number][] = [];
  for (let point = 0; point <= 0xffff; point += 1) {
    if (unstable.has(point) || (point >= surrogates[0] && point <= surrogates[1])) continue;
    const range = ranges.at(-1);
    if (range?.[1] === point - 1) range[1] = point;
    else ranges.push([point, point]);
  }
  return ranges.filter(([first, last]) => first <= lastUsual || last - first + 1 >= shortestRange);
}

function unit(point: number): string {
  return `\\u${point.toString(16).padStart(4, '0')}`;
}

const lines = runsOf(lowerCase).map(({ first, last, step, delta }) => `  [${first}, ${last}, ${step}, ${delta}],`);
const classes = stableRanges().map(([first, last]) => (first === last ? unit(first) : `${unit(first)}-${unit(last)}`));
const text = `// Written by \`npm run unicode\` from the data of Unicode ${version}. Do not edit.

/** The version of Unicode that the tables are of: that of ${releases}. */
export const UNICODE_VERSION = '${version}';

/** Runs of code points with a simple lower-case mapping: the first, the last, the step, the distance to the mapping. */
export const lowerCaseRuns: readonly (readonly [first: number, last: number, step: number, delta: number])[] = [
${lines.join('\n')}
];

/**
 * A code unit that is not known to have the same lower case natively, in every later version of Unicode, alone and in
 * every word.
 */
export const unstableUnit: RegExp =
  /[^${classes.join('')}]/;
`;

if (!process.argv.includes('--check')) writeFileSync(output, text);
else if (!existsSync(output) || readFileSync(output, 'utf8') !== text) {
  console.error('src/base/text/generated/lower-case.ts');
  process.exitCode = 1;
}
