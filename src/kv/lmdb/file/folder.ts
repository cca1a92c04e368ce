import { existsSync, lstatSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The names that lmdb gives its two files. */
export const dataName = 'data.mdb';
export const lockName = 'lock.mdb';

/** A folder with this file was made for writes that resolve before they are on disk. */
const unsyncedName = 'resolves-before-disk';

/** How the writes of a folder resolve. All processes must agree: lmdb's two ways of writing do not mix. */
export type FolderDurability = 'process' | 'disk';

export function durabilityOf(path: string): FolderDurability {
  return existsSync(join(path, unsyncedName)) ? 'process' : 'disk';
}

/** Marks a folder that has no data yet as one whose writes resolve before they are on disk. */
export function markUnsynced(path: string): void {
  const stats = lstatSync(join(path, dataName), { throwIfNoEntry: false });
  if (stats === undefined || stats.size === 0) writeFileSync(join(path, unsyncedName), '', { mode: 0o600 });
}

/** The identities of the two files of a folder; undefined for a file that is not there. */
export interface FolderFiles {
  readonly data: string | undefined;
  readonly lock: string | undefined;
}

/**
 * Says which files lie in a folder now. A path may lead to other files after a folder was deleted, moved or mounted.
 * Files that are open stay the same ones, and no other file gets their inode numbers.
 */
export function filesOf(path: string): FolderFiles {
  return { data: identityOf(join(path, dataName)), lock: identityOf(join(path, lockName)) };
}

export function areSame(one: FolderFiles, other: FolderFiles): boolean {
  return one.data === other.data && one.lock === other.lock;
}

function identityOf(file: string): string | undefined {
  try {
    const { dev, ino } = lstatSync(file, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
