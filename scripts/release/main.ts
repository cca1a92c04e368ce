/**
 * `npm run release` publishes the version of package.json; the first step that fails stops it.
 * `npm run release -- --dry-run` does all but the last step, and goes on after a failure: one run shows everything that
 * there is to do. `--skip-ci` leaves `.ci/run` out, for a commit that has passed it.
 * `npm run release -- --prepare VERSION` sets the version and gives it the unreleased lines of CHANGELOG.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { run } from '../repository/run.ts';
import { withRelease } from './changelog.ts';
import { readManifest } from './context.ts';
import type { Release } from './context.ts';
import { steps } from './steps.ts';

const usage = 'npm run release -- [--dry-run] [--skip-ci], or npm run release -- --prepare VERSION';

async function prepare(root: string, version: string): Promise<void> {
  const path = join(root, 'CHANGELOG.md');
  const text = withRelease(readFileSync(path, 'utf8'), version, new Date().toISOString().slice(0, 10));
  const numbered = await run('npm', ['version', version, '--no-git-tag-version'], { cwd: root });
  if (numbered.code !== 0) throw new Error(numbered.output);
  writeFileSync(path, text);
  console.log(`package.json, package-lock.json and CHANGELOG.md have ${version}. Look at them, and commit them.`);
}

/** Returns the number of steps that failed. */
async function runSteps(release: Release): Promise<number> {
  let failed = 0;
  for (const step of steps) {
    const { name, about } = step;
    const { problems, owner = [], notes = [] } = await step.run(release);
    const stops = [...problems, ...(release.dryRun ? [] : owner)];
    console.log(`${stops.length === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(9)} ${about}`);
    for (const line of [...stops, ...notes]) console.log(line.replaceAll(/^/gm, '     '));
    if (release.dryRun) for (const line of owner) console.log(`     A release would stop here. ${line}`);
    if (stops.length === 0) continue;
    failed++;
    if (!release.dryRun) break;
  }
  return failed;
}

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { 'dry-run': { type: 'boolean' }, 'skip-ci': { type: 'boolean' }, prepare: { type: 'string' } },
  });
  // `npm run` starts in the folder of package.json.
  const root = process.cwd();
  if (values.prepare !== undefined) {
    await prepare(root, values.prepare);
    return 0;
  }
  const dryRun = values['dry-run'] === true;
  const manifest = readManifest(root);
  console.log(`${dryRun ? 'Rehearsing' : 'Making'} the release of ${manifest.name} ${manifest.version}`);
  const failed = await runSteps({
    root,
    manifest,
    dryRun,
    skipCi: values['skip-ci'] === true,
    folder: join(root, 'release'),
  });
  if (dryRun) console.log(failed === 0 ? 'Nothing was published.' : `Nothing was published; ${failed} steps failed.`);
  return failed === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  process.exitCode = 1;
}
