import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { dockerPrograms } from './docker.ts';
import { downloadFrom } from './other-suites.ts';

/** The suites of Debian whose versions fit together, and the packages that come from each. */
const packages = ['docker.io/trixie', 'containerd/trixie', 'runc/bookworm'];
const suites = ['trixie', 'bookworm'];

/**
 * Fetches Docker, containerd and runc into `folder` and returns the problem, if any. Lists and archives are in a folder
 * of their own: the machine's package state stays as it is.
 */
export function fetchDocker(folder: string): string | undefined {
  const scratch = mkdtempSync(join(tmpdir(), 'swarmstate-docker-'));
  try {
    mkdirSync(join(scratch, 'root'));
    const run = (program: string, args: readonly string[]): string | undefined => {
      const { status, error, stderr } = spawnSync(program, args, { cwd: scratch, encoding: 'utf8', timeout: 180_000 });
      if (error !== undefined) return `${program}: ${error.message}`;
      return status === 0 ? undefined : `${program}: ${stderr.trim()}`;
    };
    const problem = downloadFrom(suites, packages, scratch);
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
