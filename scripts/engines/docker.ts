import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { enginesFolder } from './engines.ts';

/** The programs of a swarm manager, by their paths in their packages. */
export const dockerPrograms: readonly string[] = [
  'usr/sbin/dockerd',
  'usr/bin/containerd',
  'usr/bin/containerd-shim-runc-v2',
  'usr/sbin/runc',
];

/** The folder with the programs: a folder of the PATH that has all of them, else that of `npm run engines`. */
export function findDocker(root: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), join(enginesFolder(root), 'docker')];
  return folders.find((folder) => dockerPrograms.every((path) => existsSync(join(folder, basename(path)))));
}

/** The reason for which a daemon cannot run here in namespaces of its own; undefined where it can. */
export function whyNoDaemon(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'a daemon needs Linux and root';
  const { status } = spawnSync('unshare', ['--net', '--mount', '--propagation', 'private', '--uts', 'true']);
  return status === 0 ? undefined : 'this machine does not let a process have namespaces of its own';
}
