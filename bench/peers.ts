import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = import.meta.dirname;

/**
 * Installs the packages to compare with, unless they are there in their versions: better-sqlite3 may have to be
 * compiled, which takes a minute or two.
 */
export function installPeers(): void {
  const { dependencies } = packageAt('package.json');
  const installed = Object.entries(dependencies).every(([name, version]) => {
    const path = `node_modules/${name}/package.json`;
    return existsSync(join(folder, path)) && packageAt(path).version === version;
  });
  if (installed && existsSync(join(folder, 'node_modules/better-sqlite3/build/Release/better_sqlite3.node'))) return;
  console.error(
    'Installing the packages to compare with into bench/node_modules, once: better-sqlite3 may have to be compiled…',
  );
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0)
    throw new Error('The peers could not be installed (see above). Without them: npm run bench -- --no-peers');
}

function packageAt(path: string): {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
} {
  return JSON.parse(readFileSync(join(folder, path), 'utf8')) as ReturnType<typeof packageAt>;
}
