/**
 * `npm run check` runs every check and `npm run check -- NAME…` the named ones; the exit code is 1 when one of them
 * failed. A failing check does not stop the next ones, so that one run shows all there is to do.
 * `npm run check -- NAME… --write` renews the committed files that the named checks compare with. `--list` has a check
 * that judges sentences list all of them.
 */
import type { Check } from './repository/check.ts';
import { api } from './check/api/check-api.ts';
import { docs } from './check/documents/docs.ts';
import { engineTable } from './check/documents/engine-table.ts';
import { format } from './check/tools/format.ts';
import { layersCheck } from './check/imports/check-layers.ts';
import { lint } from './check/tools/lint.ts';
import { lock } from './check/files/lock.ts';
import { packageCheck } from './check/published/package.ts';
import { places } from './check/files/places.ts';
import { proto } from './check/tools/proto.ts';
import { words } from './check/words/check-words.ts';
import { reference } from './check/documents/reference.ts';
import { unicode } from './check/tools/unicode.ts';
import { rules } from './check/documents/rules.ts';
import { types } from './check/tools/types.ts';
import { unused } from './check/tools/unused.ts';

/** In the order in which they run: those that answer at once come first. */
const checks: readonly Check[] = [
  places,
  lock,
  layersCheck,
  rules,
  engineTable,
  words,
  format,
  proto,
  unicode,
  types,
  lint,
  docs,
  api,
  reference,
  unused,
  packageCheck,
];

async function problemsOf(check: Check): Promise<readonly string[]> {
  try {
    return await check.run();
  } catch (error) {
    return [`the check itself failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`];
  }
}

async function main(args: readonly string[]): Promise<number> {
  const names = args.filter((arg) => arg !== '--write' && arg !== '--list');
  const unknown = names.filter((name) => !checks.some((check) => check.name === name));
  if (unknown.length > 0) {
    console.error(`No check is named ${unknown.join(', ')}. There are:`);
    for (const check of checks) console.error(`  ${check.name.padEnd(9)} ${check.about}`);
    return 1;
  }
  if (args.includes('--write')) return write(names);
  const failed: string[] = [];
  for (const check of checks.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const start = performance.now();
    const problems = await problemsOf(check);
    const seconds = ((performance.now() - start) / 1000).toFixed(1).padStart(5);
    console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${check.name.padEnd(9)} ${seconds} s  ${check.about}`);
    for (const problem of problems) console.log(problem.replaceAll(/^/gm, '     '));
    if (names.length > 0) for (const note of (await check.notes?.(args.includes('--list'))) ?? []) console.log(note);
    if (problems.length > 0) failed.push(check.name);
  }
  if (failed.length > 0) console.log(`Failed: ${failed.join(', ')}. One alone: npm run check -- ${failed[0] ?? ''}`);
  return failed.length === 0 ? 0 : 1;
}

async function write(names: readonly string[]): Promise<number> {
  const writers = checks.filter((check) => check.write !== undefined);
  const named = writers.filter(({ name }) => names.includes(name));
  if (named.length === 0 || named.length < names.length) {
    console.error(`--write takes names of ${writers.map(({ name }) => name).join(', ')}`);
    return 1;
  }
  for (const check of named) await check.write?.();
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
