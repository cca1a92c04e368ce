import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { SwarmFolderError } from '../../../errors/swarm-folder-error.ts';
import { isMissing, unreadable } from './layout.ts';

/** Opens a file that was there a moment ago. Rejects with `ERR_FOLDER_CHANGED` and `ERR_FOLDER_UNREADABLE`. */
export async function openForReading(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw isMissing(error) ? changed(path, error) : unreadable(path, error);
  }
}

/**
 * Reads bytes from `position` on into a buffer from `at` on, as many as it has room for. The file is open during the
 * call only, so that a reader who never comes back leaves no open file.
 */
export async function readPiece(path: string, buffer: Buffer, at: number, position: number): Promise<number> {
  const file = await openForReading(path);
  try {
    return (await file.read(buffer, at, buffer.length - at, position)).bytesRead;
  } finally {
    await file.close();
  }
}

/** The error for a file that is no longer what it was. */
export function changed(file: string, cause?: unknown): SwarmFolderError<'ERR_FOLDER_CHANGED'> {
  return new SwarmFolderError(
    'ERR_FOLDER_CHANGED',
    `${file} is no longer what it was when the folder was read: a manager works in it. Read the folder again`,
    { file },
    cause === undefined ? undefined : { cause },
  );
}
