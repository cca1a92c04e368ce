import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Installs the packages to compare with, unless they are there: better-sqlite3 may have to be compiled, which takes a minute or two. */
export function installPeers(): void {
  const folder = import.meta.dirname;
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
  const needed = [...Object.keys(dependencies).map((name) => `${name}/package.json`), 'better-sqlite3/build/Release/better_sqlite3.node'];
  if (needed.every((path) => existsSync(join(folder, 'node_modules', path)))) return;
  console.error('Installing the packages to compare with into bench/node_modules, once…');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error('The peers could not be installed (see above). Without them: npm run bench -- --no-peers');
}
