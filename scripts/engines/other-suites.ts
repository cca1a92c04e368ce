import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const keys = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** The address of the machine's own package source. */
function ownSource(): string | undefined {
  const folder = '/etc/apt/sources.list.d';
  const files = [
    '/etc/apt/sources.list',
    ...(existsSync(folder) ? readdirSync(folder).map((file) => join(folder, file)) : []),
  ];
  for (const file of files.filter((path) => existsSync(path))) {
    const found = /^(?:deb\s+(?:\[[^\]]*\]\s+)?|URIs:\s*)(https?:\S+)/im.exec(readFileSync(file, 'utf8'))?.[1];
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Downloads packages of these suites of Debian from the machine's own source into `scratch`, and returns the problem,
 * if any. Lists and archives are in that folder: the machine's package state stays as it is.
 */
export function downloadFrom(
  suites: readonly string[],
  packages: readonly string[],
  scratch: string,
): string | undefined {
  const source = ownSource();
  if (source === undefined || !existsSync(keys)) return 'this machine has no package source of Debian';
  for (const part of ['lists/partial', 'cache/archives/partial', 'none'])
    mkdirSync(join(scratch, part), { recursive: true });
  writeFileSync(
    join(scratch, 'sources.list'),
    suites.map((suite) => `deb [signed-by=${keys}] ${source} ${suite} main\n`).join(''),
  );
  const options = [
    ...[`Dir::Etc::sourcelist=${scratch}/sources.list`, `Dir::Etc::sourceparts=${scratch}/none`],
    ...[`Dir::State::Lists=${scratch}/lists`, `Dir::Cache=${scratch}/cache`, 'APT::Sandbox::User=root'],
    ...[`Dir::Etc::preferencesparts=${scratch}/none`, 'Dir::Etc::preferences=/dev/null'],
  ].flatMap((option) => ['-o', option]);
  for (const command of [['update'], ['download', ...packages]]) {
    const args = ['-qq', ...options, ...command];
    const { status, error, stderr } = spawnSync('apt-get', args, { cwd: scratch, encoding: 'utf8', timeout: 180_000 });
    if (error !== undefined) return `apt-get: ${error.message}`;
    if (status !== 0) return `apt-get: ${stderr.trim()}`;
  }
  return undefined;
}
