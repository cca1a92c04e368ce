import { open, realpath, rename, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Writable } from 'node:stream';
import type { SaveOptions } from '../store/contents/stream-options.ts';
import { removeAbandoned, temporaryPath } from './temporary-file.ts';

/** A store that can be saved: a `MemoryStore`, for example. */
export interface SavableStore {
  saveTo(writable: Writable, options?: SaveOptions): Promise<void>;
}

/** Secrets and join tokens are in a snapshot: only the owner may read it. */
const MODE = 0o600;

/**
 * Writes the contents of a store to a file, as `store.saveTo` does. The bytes go to a temporary file in the same
 * folder, reach the disk, and then replace the file at `path` in one step: at every moment, also after a crash of the
 * process or the machine, `path` has the old contents or the new ones, complete and sealed. The file has mode 0600. A
 * symbolic link is followed.
 *
 * Rejects with the errors of the file system and of `saveTo`; then the old file is as it was, and no temporary file is
 * left. Temporary files of processes that were killed are removed by the next call. O(contents).
 *
 * @example
 * ```ts
 * import { MemoryStore } from 'swarmstate';
 * import { restoreFromFile, saveToFile } from 'swarmstate/files';
 *
 * const store = new MemoryStore();
 * await saveToFile(store, 'cluster.snapshot');
 * await restoreFromFile(store, 'cluster.snapshot');
 * ```
 */
export async function saveToFile(store: SavableStore, path: string, options: SaveOptions = {}): Promise<void> {
  const target = await realpath(path).catch(() => path);
  await removeAbandoned(target);
  const temporary = temporaryPath(target);
  const file = await open(temporary, 'wx', MODE);
  try {
    await writeAndClose(store, file, options);
    await rename(temporary, target);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncFolder(dirname(target));
}

async function writeAndClose(store: SavableStore, file: FileHandle, options: SaveOptions): Promise<void> {
  try {
    await store.saveTo(writableOf(file), options);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A stream into an open file, which stays open. */
function writableOf(file: FileHandle): Writable {
  return new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      writeAll(file, chunk).then(() => {
        done();
      }, done);
    },
  });
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at)).bytesWritten;
}

/** Errors of systems that cannot flush a folder, or do it by themselves. */
const unsupported: readonly (string | undefined)[] = ['EINVAL', 'EISDIR', 'EPERM', 'ENOTSUP'];

/** Makes the rename itself reach the disk. */
async function syncFolder(path: string): Promise<void> {
  let folder: FileHandle | undefined;
  try {
    folder = await open(path, 'r');
    await folder.sync();
  } catch (error) {
    if (!unsupported.includes((error as NodeJS.ErrnoException).code)) throw error;
  } finally {
    await folder?.close();
  }
}
