import { randomUUID } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Stats } from 'node:fs';
import { dataName, lockName } from './folder.ts';
import { checkPages } from './pages.ts';

/** Only the owner reads and writes the files. */
export const fileMode = 0o600;

/** Bytes that must be free before lmdb creates its files: more than the lock file and the first pages take. */
const roomBytes = 64 * 1024;

/** The size of a new lock file: the table of about 250 readers. */
const lockBytes = 16 * 1024;

/**
 * Throws unless lmdb can open the folder. An opening that fails, and a page of the lock file for which the disk has no
 * room, would end the process inside lmdb. Must not be called for a folder that this process has open: closing any
 * descriptor of the lock file releases the process's lock. (The lock file is not opened here for the same reason.)
 */
export function inspectFolder(path: string): void {
  accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  const data = plainFile(join(path, dataName));
  if (data !== undefined && data.size > 0) inspectData(join(path, dataName));
  const lockFile = join(path, lockName);
  const lock = plainFile(lockFile);
  // A file of zeros is one that nobody has locked; lmdb writes its own table into it.
  if (lock === undefined || hasHoles(lock)) withRoom(path, lock === undefined ? lockFile : undefined);
  else if (data === undefined || data.size === 0) withRoom(path, undefined);
}

/** Throws unless lmdb can open the folder to read only, without making a file. The same folders are forbidden. */
export function inspectFiles(path: string): void {
  for (const name of [dataName, lockName]) {
    const file = join(path, name);
    const stats = plainFile(file);
    if (stats === undefined || stats.size === 0) throw new Error(`there is no ${file}; open it for writing once`);
  }
  inspectData(join(path, dataName));
}

/** The facts about a file; undefined when there is none. Throws unless it is a plain file that may be written. */
function plainFile(file: string): Stats | undefined {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  if (stats.isSymbolicLink()) throw new Error(`${file} is a link`);
  if (!stats.isFile()) throw new Error(`${file} is not a plain file`);
  accessSync(file, constants.R_OK | constants.W_OK);
  return stats;
}

function inspectData(file: string): void {
  const descriptor = openSync(file, 'r');
  try {
    checkPages(file, descriptor, fstatSync(descriptor).size);
  } finally {
    closeSync(descriptor);
  }
}

/** True when the disk may lack room for parts of the file. Systems that count no blocks are taken at their word. */
function hasHoles({ size, blocks }: Stats): boolean {
  return size < lockBytes / 2 || (blocks > 0 && blocks * 512 < size);
}

/** Throws when the disk has no room. Makes the lock file where one is missing, so that none of its pages can fail. */
function withRoom(path: string, lockFile: string | undefined): void {
  const [lock, rest] = ['lock', 'room'].map((name) => join(path, `${name}-${randomUUID()}.tmp`)) as [string, string];
  try {
    writeFileSync(lock, new Uint8Array(lockBytes), { mode: fileMode, flag: 'wx' });
    writeFileSync(rest, new Uint8Array(roomBytes), { mode: fileMode, flag: 'wx' });
    if (lockFile !== undefined) linkUnlessThere(lock, lockFile);
  } finally {
    rmSync(lock, { force: true });
    rmSync(rest, { force: true });
  }
}

/** Another process may have made the file meanwhile, and some file systems have no second names: lmdb then makes it. */
function linkUnlessThere(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    // See above.
  }
}
