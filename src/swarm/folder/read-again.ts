import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isSwarmFolderError } from '../../errors/swarm-folder-error.ts';
import type { SwarmFolderErrorCode } from '../../errors/swarm-folder-error.ts';
import { findLayout, unreadable } from './files/layout.ts';

/** The most times that a folder is read that changes all the time. */
const ATTEMPTS = 10;

/** Faults that a copy of a moment shows, when files were written while they were read. */
const passing: readonly SwarmFolderErrorCode[] = [
  'ERR_FOLDER_CHANGED',
  'ERR_FOLDER_DAMAGED',
  'ERR_FOLDER_GAP',
  'ERR_FOLDER_ENTRIES_LOST',
  'ERR_FOLDER_DATA_KEY',
  'ERR_FOLDER_MISMATCH',
];

/**
 * Reads folders, and reads them again while a fault may come from a manager that writes at the same time. A fault of a
 * folder that stayed the same is thrown at once.
 */
export async function readWhileItChanges<T>(
  paths: readonly string[],
  signal: AbortSignal | undefined,
  read: () => Promise<{ readonly value: T; readonly torn: boolean }>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const before = await appearance(paths);
    try {
      const { value, torn } = await read();
      if (!torn || attempt === ATTEMPTS || (await appearance(paths)) === before) return value;
    } catch (error) {
      if (isSystemError(error)) throw unreadable(error.path ?? (paths[0] as string), error);
      const mayPass = passing.some((code) => isSwarmFolderError(error, code));
      if (!mayPass || attempt === ATTEMPTS || (await appearance(paths)) === before) throw error;
    }
    await wait(10 * attempt);
    signal?.throwIfAborted();
  }
}

/** The names, sizes and times of the files, as a text. */
async function appearance(paths: readonly string[]): Promise<string> {
  const lines: string[] = [];
  for (const path of paths) {
    const { snapshots, segments } = await findLayout(path);
    const files = [...snapshots, ...segments].map((file) => file.path);
    for (const file of [...files, join(path, 'certificates', 'swarm-node.key')]) {
      const facts = await stat(file).catch(() => undefined);
      lines.push(`${file} ${facts?.size} ${facts?.mtimeMs}`);
    }
  }
  return lines.join('\n');
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string';
}
