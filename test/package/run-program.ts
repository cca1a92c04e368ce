import { spawnSync } from 'node:child_process';
import { packageFolder } from './package-manifest.ts';

/** Runs an ECMAScript module in a process of its own, on the sources; returns what it printed. Throws when it fails. */
export function runProgram(source: string, nodeFlags: readonly string[] = []): string {
  const child = spawnSync(
    process.execPath,
    [...nodeFlags, '--import', 'tsx', '--input-type=module', '--eval', source],
    {
      cwd: packageFolder,
      encoding: 'utf8',
      // Long enough for a slow machine: it only ends a program that would never end by itself.
      timeout: 240_000,
      env: { PATH: process.env['PATH'] },
    },
  );
  if (child.status !== 0)
    throw new Error(`the program ended with ${String(child.status ?? child.signal)}:\n${child.stderr}`);
  return child.stdout + child.stderr;
}
