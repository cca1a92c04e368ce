import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Installs the stores to compare with, unless they are there: better-sqlite3 may have to be compiled, which takes a minute or two. */
export function installPeers(): void {
  const folder = import.meta.dirname;
  if (existsSync(join(folder, 'node_modules/better-sqlite3/build/Release/better_sqlite3.node'))) return;
  console.error('Installing the stores to compare with into bench/node_modules, once…');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error('The peers could not be installed (see above). Without them: npm run bench -- --no-peers');
}
