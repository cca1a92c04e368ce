import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { repositoryFiles, root } from '../repository/repository.ts';
import { plantIn } from './plant.ts';
import type { Mutant } from './plant.ts';
import { keepScore } from './scores.ts';

/**
 * `npm run mutants -- src/store src/base/fifo.ts` plants small changes into the files, one at a time, runs the tests
 * that concern the file, and tells which changes no test noticed. Works on a copy of the repository in a temporary
 * folder. `--most 20` plants at most that many changes per file, spread over it. The exit code is 1 when a file has a
 * score below 85 %. The scores are kept in `scores.json` beside this file.
 */

/** The tests that judge a folder of sources: how their paths begin, where they are not of the same name alone. */
const testFolders: Readonly<Record<string, readonly string[]>> = {
  base: ['base', 'engine', 'watch', 'store', 'wire'],
  engine: ['engine', 'work'],
  model: ['model', 'store'],
  'wire/snapshot': ['wire', 'store/seals', 'store/web-streams'],
  watch: ['watch', 'work'],
  store: ['store', 'proposer'],
};

const LEAST_SCORE = 85;
/** Tests that take longer are stopped, and have noticed the change: it may make an endless loop. */
const LIMIT_MS = 180_000;
/** Files of tests that take less run first. */
const QUICK_MS = 2_000;

interface Finished {
  readonly code: number | null;
  readonly output: string;
}

function jest(folder: string, args: readonly string[]): Promise<Finished> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, 'node_modules/jest/bin/jest.js'), ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += String(text)));
    child.on('close', (code) => {
      resolve({ code, output });
    });
  });
}

/** What jest writes about one file of tests. */
interface FileResult {
  readonly name: string;
  readonly startTime: number;
  readonly endTime: number;
}

/**
 * Runs the tests without a change, and divides their files into quick ones and slow ones, so that most changes are
 * noticed by the quick ones. Undefined when they fail.
 */
async function timed(folder: string, tests: readonly string[]): Promise<readonly (readonly string[])[] | undefined> {
  const report = join(folder, 'mutants-report.json');
  const { code } = await jest(folder, ['-w', '1', '--silent', '--json', '--outputFile', report, ...tests]);
  if (code !== 0) return undefined;
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as { readonly testResults: readonly FileResult[] };
  const quick = testResults.filter(({ startTime, endTime }) => endTime - startTime < QUICK_MS);
  const slow = testResults.filter((result) => !quick.includes(result));
  return [quick, slow].map((results) => results.map(({ name }) => name)).filter((names) => names.length > 0);
}

/** The tests that load the file, in the folders that judge it. */
async function testsOf(folder: string, file: string): Promise<readonly string[]> {
  const [, layer = '', part = ''] = file.split('/');
  const beginnings = testFolders[`${layer}/${part}`] ?? testFolders[layer] ?? [`${layer}/`];
  const judges = beginnings.map((beginning) => join(folder, 'test', beginning));
  const roots = ['--roots', join(folder, 'test'), '--roots', join(folder, 'src')];
  const { output } = await jest(folder, ['--listTests', ...roots, '--findRelatedTests', file]);
  return output.split('\n').filter((test) => judges.some((judge) => test.startsWith(judge)));
}

function spread<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all;
  return Array.from({ length: most }, (_, index) => all[Math.floor((index * all.length) / most)] as T);
}

function shown({ line, column, before, after }: Mutant): string {
  const short = (text: string): string => (text.length > 70 ? `${text.slice(0, 67)}...` : text).replaceAll(/\s+/g, ' ');
  return `${line}:${column}  ${short(before)}  →  ${after === ';' ? '(left out)' : short(after)}`;
}

/** Plants the changes of one file. Returns false for a score that is too low. */
async function judge(folder: string, file: string, most: number): Promise<boolean> {
  const path = join(folder, file);
  const original = readFileSync(path, 'utf8');
  const mutants = spread(plantIn(file, original), most);
  if (mutants.length === 0) return true;
  const tests = await testsOf(folder, file);
  const parts = tests.length === 0 ? undefined : await timed(folder, tests);
  if (parts === undefined) {
    console.log(`${file}: ${tests.length === 0 ? 'no test loads it' : 'its tests fail without a change'}`);
    return false;
  }
  const survivors: Mutant[] = [];
  for (const mutant of mutants) {
    writeFileSync(path, mutant.text);
    let noticed = false;
    for (const part of parts) noticed ||= (await jest(folder, ['-w', '1', '--bail', '--silent', ...part])).code !== 0;
    if (noticed) continue;
    survivors.push(mutant);
    console.log(`  ${file}:${shown(mutant)}`);
  }
  writeFileSync(path, original);
  const score = keepScore(file, mutants.length, survivors.map(shown));
  console.log(`${file}: ${score} % of ${mutants.length} changes noticed by ${tests.length} files of tests`);
  return score >= LEAST_SCORE;
}

function filesOf(given: readonly string[]): readonly string[] {
  return repositoryFiles().filter(
    (file) =>
      given.some((path) => file === path || file.startsWith(`${path.replace(/\/$/, '')}/`)) &&
      file.endsWith('.ts') &&
      !file.includes('/generated/'),
  );
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
  const folder = mkdtempSync(join(tmpdir(), 'mutants-'));
  const left = new Set(['node_modules', '.git', 'dist', 'coverage', '.engines']);
  process.on('SIGINT', () => process.exit(130));
  process.on('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  cpSync(root, folder, { recursive: true, filter: (path) => path === root || !left.has(basename(path)) });
  for (const name of ['node_modules', '.engines'])
    if (existsSync(join(root, name)) && statSync(join(root, name)).isDirectory())
      symlinkSync(join(root, name), join(folder, name));
  let enough = true;
  for (const file of files) enough = (await judge(folder, file, most)) && enough;
  return enough ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
