import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { dockerPrograms } from './docker.ts';

const keys = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** The suites of Debian whose versions fit together, and the packages that come from each. */
const packages = ['docker.io/trixie', 'containerd/trixie', 'runc/bookworm'];
const suites = ['trixie', 'bookworm'];

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
 * Fetches Docker, containerd and runc into `folder` and returns the problem, if any. Lists and archives are in a folder
 * of their own: the machine's package state stays as it is.
 */
export function fetchDocker(folder: string): string | undefined {
  const source = ownSource();
  if (source === undefined || !existsSync(keys)) return 'this machine has no package source of Debian';
  const scratch = mkdtempSync(join(tmpdir(), 'swarmstate-docker-'));
  try {
    for (const part of ['lists/partial', 'cache/archives/partial', 'none', 'root'])
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
    const run = (program: string, args: readonly string[]): string | undefined => {
      const { status, error, stderr } = spawnSync(program, args, { cwd: scratch, encoding: 'utf8', timeout: 180_000 });
      if (error !== undefined) return `${program}: ${error.message}`;
      return status === 0 ? undefined : `${program}: ${stderr.trim()}`;
    };
    const problem =
      run('apt-get', ['-qq', ...options, 'update']) ?? run('apt-get', ['-qq', ...options, 'download', ...packages]);
    if (problem !== undefined) return problem;
    for (const archive of readdirSync(scratch).filter((file) => file.endsWith('.deb'))) {
      const unpacked = run('dpkg', ['-x', archive, 'root']);
      if (unpacked !== undefined) return unpacked;
    }
    mkdirSync(folder, { recursive: true });
    const ready = mkdtempSync(join(folder, 'fetch-'));
    for (const path of dockerPrograms) {
      const copied = run('cp', ['-p', join('root', path), join(ready, basename(path))]);
      if (copied !== undefined) return copied;
    }
    rmSync(join(folder, 'docker'), { recursive: true, force: true });
    renameSync(ready, join(folder, 'docker'));
    return undefined;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
