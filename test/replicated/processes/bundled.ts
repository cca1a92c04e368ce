import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Bundles the program of a member once, so that a process starts in a fraction of a second. `remove` deletes the file.
 * `root` is the checkout.
 */
export function bundleProgram(
  root: string,
  source = 'test/replicated/processes/program.ts',
): { readonly path: string; readonly remove: () => void } {
  // Packages are found from there.
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'member-'));
  const path = join(folder, 'program.mjs');
  const entries = ['', '/proto', '/replicated', '/kv'].map(
    (entry) => `--alias:swarmstate${entry}=./src/${entry === '' ? 'index' : entry.slice(1)}.ts`,
  );
  execFileSync(
    join(root, 'node_modules/.bin/esbuild'),
    [
      join(root, source),
      '--bundle',
      '--platform=node',
      '--format=esm',
      '--target=node20',
      '--packages=external',
      '--log-level=error',
      ...entries,
      `--outfile=${path}`,
    ],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
