import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { repositoryFiles, root } from '../repository/repository.ts';
import { JestRunner } from './jest-runner.ts';
import { plantIn } from './plant.ts';
import type { Mutant } from './plant.ts';
import { keepScore, reasonOf, shown } from './scores.ts';
import { sitesOf } from './sites.ts';
import type { Sites } from './sites.ts';
import { judgesOf, timed } from './tests.ts';
import type { Tests, Unit } from './tests.ts';

/**
 * `npm run mutants -- src/store src/base/fifo.ts` plants small changes into the files, one at a time, and runs the
 * tests that run the changed place. Tells which changes no test noticed. Works on a copy of the repository in a
 * temporary folder. `--most 20` plants at most that many changes per file, spread over it. The exit code is 1 when a
 * file has a score below 85 %. The scores are kept in `scores.json` beside this file.
 */

const LEAST_SCORE = 85;
/** Tests that take longer, in times of their time without a change, have noticed it: it may make an endless loop. */
const TIMES = 10;
const LEAST_LIMIT_MS = 20_000;
/** A change is tried with tests of about this time, the quick ones first. */
const MOST_MS = 60_000;

interface Source {
  readonly file: string;
  readonly path: string;
  readonly text: string;
  readonly sites: Sites;
  readonly mutants: readonly Mutant[];
  /** Changes that this run does not plant. */
  readonly others: readonly Mutant[];
}

function spread<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all;
  return Array.from({ length: most }, (_, index) => all[Math.floor((index * all.length) / most)] as T);
}

function sourcesOf(folder: string, files: readonly string[], most: number): readonly Source[] {
  let first = 0;
  return files.flatMap((file) => {
    const path = join(folder, file);
    const text = readFileSync(path, 'utf8');
    const sites = sitesOf(file, text, first);
    first += sites.count;
    const all = plantIn(file, text);
    const mutants = spread(all, most);
    const others = all.filter((mutant) => !mutants.includes(mutant));
    return mutants.length === 0 ? [] : [{ file, path, text, sites, mutants, others }];
  });
}

/** Plants the changes of one file. Returns false for a score that is too low. */
async function judge(runner: JestRunner, folder: string, source: Source, tests: Tests): Promise<boolean> {
  const { file, path, text, sites, mutants, others } = source;
  const unnoticed: Mutant[] = [];
  /** Files of tests that noticed a change of this file: they run first, behind the one of the same name. */
  const noticing: string[] = [];
  const namesake = `/${basename(file, '.ts')}.test.ts`;
  for (const mutant of mutants) {
    if (reasonOf(file, mutant) !== undefined) {
      unnoticed.push(mutant);
      continue;
    }
    const units = tests.unitsOf(sites.at(mutant.position));
    const rank = (unit: Unit): number =>
      unit.file.endsWith(namesake) ? noticing.length : noticing.lastIndexOf(unit.file);
    const sorted = units.toSorted((a, b) => rank(b) - rank(a));
    writeFileSync(path, mutant.text);
    const by = await noticedBy(runner, folder, sorted);
    if (by !== undefined) {
      noticing.push(by);
      continue;
    }
    unnoticed.push(mutant);
    const why = units.length === 0 ? ' (no test runs it)' : '';
    console.log(`  ${file}:${mutant.line}:${mutant.column}  ${shown(mutant)}${why}`);
  }
  writeFileSync(path, text);
  const score = keepScore(file, mutants.length, unnoticed, others);
  console.log(`${file}: ${score} % of ${mutants.length} changes noticed`);
  return score >= LEAST_SCORE;
}

/** The file of tests that noticed a change. */
async function noticedBy(runner: JestRunner, folder: string, units: readonly Unit[]): Promise<string | undefined> {
  let ms = 0;
  for (const unit of units) {
    if (ms > 0 && ms + unit.ms > MOST_MS) continue;
    ms += unit.ms;
    const limitMs = Math.max(LEAST_LIMIT_MS, unit.ms * TIMES);
    const answer = await runner.run({ folder, files: [unit.file], names: unit.names }, limitMs);
    if (answer?.passed !== true) return unit.file;
  }
  return undefined;
}

function filesOf(given: readonly string[]): readonly string[] {
  return repositoryFiles().filter(
    (file) =>
      given.some((path) => file === path || file.startsWith(`${path.replace(/\/$/, '')}/`)) &&
      file.endsWith('.ts') &&
      !file.includes('/generated/'),
  );
}

/**
 * A copy of the repository, without what is built or fetched. Throws when it is there: another run uses it, or one that
 * was killed left it.
 */
function copyOfRepository(): string {
  // Always the same folder: jest keeps what it made of the sources, by their paths.
  const folder = join(tmpdir(), `mutants-${createHash('sha256').update(root).digest('hex').slice(0, 8)}`);
  if (existsSync(folder))
    throw new Error(`${folder} is there: wait for the other run, or delete it after a killed one`);
  mkdirSync(folder);
  const left = new Set(['node_modules', '.git', 'dist', 'coverage', '.engines']);
  process.on('SIGINT', () => process.exit(130));
  process.on('SIGTERM', () => process.exit(143));
  process.on('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  cpSync(root, folder, { recursive: true, filter: (path) => path === root || !left.has(basename(path)) });
  for (const name of ['node_modules', '.engines'])
    if (existsSync(join(root, name)) && statSync(join(root, name)).isDirectory())
      symlinkSync(join(root, name), join(folder, name));
  return folder;
}

async function main(args: readonly string[]): Promise<number> {
  const option = args.indexOf('--most');
  const most = option < 0 ? Infinity : Number(args[option + 1]);
  const given = option < 0 ? args : [...args.slice(0, option), ...args.slice(option + 2)];
  const files = filesOf(given);
  if (files.length === 0 || !(most >= 1)) {
    console.error('Name files or folders below src, as in: npm run mutants -- src/store --most 20');
    return 1;
  }
  const folder = copyOfRepository();
  const runner = new JestRunner();
  const sources = sourcesOf(folder, files, most);
  const judges = [...new Set(files.flatMap(judgesOf))];
  for (const { path, sites } of sources) writeFileSync(path, sites.instrumented);
  console.log(`${judges.length} files of tests run without a change`);
  const tests = await timed(runner, folder, judges);
  for (const { path, text } of sources) writeFileSync(path, text);
  let enough = true;
  for (const source of sources) enough = (await judge(runner, folder, source, tests)) && enough;
  runner.close();
  return enough ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
