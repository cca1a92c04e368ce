import { randomBytes } from 'node:crypto';
import { readdir, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** The beginning of the names of temporary files for `path` that processes of this machine make. */
function prefixOf(path: string): string {
  return `.${basename(path)}.${hostname()}.`;
}

/** The path of a new temporary file in the folder of `path`: a rename within a folder is atomic. */
export function temporaryPath(path: string): string {
  const name = `${prefixOf(path)}${String(process.pid)}.${randomBytes(6).toString('hex')}.tmp`;
  return join(dirname(path), name);
}

/** Removes temporary files for `path` whose process was killed. A file that cannot be removed stays. */
export async function removeAbandoned(path: string): Promise<void> {
  const folder = dirname(path);
  const prefix = prefixOf(path);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix) || !name.endsWith('.tmp')) continue;
    const process = Number(name.slice(prefix.length).split('.', 1)[0]);
    if (!isRunning(process)) await unlink(join(folder, name)).catch(() => undefined);
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
