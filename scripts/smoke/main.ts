/**
 * `npm run smoke` tries the package where its users will. npm installs the packed package into a new folder outside of
 * the repository. The programs of `scripts/smoke/project` run there: in several versions of Node.js, in Bun and Deno,
 * and in test runners. The exit code is 1 when one failed. A platform that the machine lacks is named; where `CI` is
 * set it is a failure. `--outputFile=FILE` writes the numbers as jest does.
 */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../repository/repository.ts';
import { run } from '../repository/run.ts';
import { attemptsIn } from './attempts.ts';
import type { Attempt } from './attempts.ts';

const source = join(root, 'scripts/smoke/project');

/** The runtimes are large: the network and the disk decide how long they take. */
const INSTALL_LIMIT_MS = 8 * 60_000;

/** A program that takes longer hangs. */
const LIMIT_MS = 60_000;

/** Two at a time: most of them wait for the disk. */
const AT_ONCE = 2;

async function npm(args: readonly string[], cwd: string): Promise<string> {
  const finished = await run('npm', args, { cwd, timeoutMs: INSTALL_LIMIT_MS });
  if (finished.code !== 0) throw new Error(`npm ${args.join(' ')} failed:\n${finished.output}`);
  return finished.stdout;
}

/** Installs the packed package and the tools as a user would. */
async function install(project: string): Promise<void> {
  await npm(['run', '--silent', 'build'], root);
  const packed = await npm(['pack', '--json', '--ignore-scripts', '--pack-destination', project], root);
  const [tarball] = JSON.parse(packed) as { filename: string }[];
  cpSync(source, project, { recursive: true, filter: (path) => !path.includes('node_modules') });
  await npm(['ci', '--ignore-scripts'], project);
  await npm(['install', '--no-save', '--ignore-scripts', `./${tarball?.filename ?? ''}`], project);
}

/** Returns the problem, if any. */
async function problemOf({ program, args, folder, prints }: Attempt, project: string): Promise<string | undefined> {
  const finished = await run(program, args, {
    cwd: folder === undefined ? project : join(project, folder),
    timeoutMs: LIMIT_MS,
    env: { DENO_DIR: join(project, '.deno'), DENO_NO_UPDATE_CHECK: '1' },
  });
  if (finished.code === 0 && prints.test(finished.output)) return undefined;
  return `${finished.code === null ? 'stopped' : `exit code ${String(finished.code)}`}\n${finished.output}`;
}

async function main(args: readonly string[]): Promise<number> {
  const outputFile = args.find((arg) => arg.startsWith('--outputFile='))?.slice('--outputFile='.length);
  const project = mkdtempSync(join(tmpdir(), 'swarmstate-smoke-'));
  let passed = 0;
  let failed = 0;
  try {
    const start = performance.now();
    await install(project);
    console.log(`installed in ${((performance.now() - start) / 1000).toFixed(1)} s`);
    const { attempts, missing } = attemptsIn(project);
    const waiting = [...attempts];
    const work = async (): Promise<void> => {
      for (let attempt = waiting.shift(); attempt !== undefined; attempt = waiting.shift()) {
        const began = performance.now();
        const problem = await problemOf(attempt, project);
        const seconds = ((performance.now() - began) / 1000).toFixed(1);
        console.log(`${problem === undefined ? 'ok  ' : 'FAIL'} ${attempt.name} (${seconds} s)`);
        if (problem !== undefined) console.log(problem.replaceAll(/^/gm, '     '));
        if (problem === undefined) passed++;
        else failed++;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    for (const { name, reason } of missing) console.log(`left out: ${name}; ${reason}`);
    if (process.env['CI'] !== undefined) failed += missing.length;
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
  console.log(`smoke: ${passed} passed, ${failed} failed`);
  if (outputFile !== undefined)
    writeFileSync(outputFile, JSON.stringify({ numPassedTests: passed, numFailedTests: failed }));
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
