import { mkdirSync, realpathSync } from 'node:fs';
import { KvError } from '../../errors/kv-error.ts';
import { SharedDatabase } from './database.ts';
import { areSame, filesOf } from './file/folder.ts';
import { fileMode, inspectFolder } from './file/inspection.ts';
import type { FolderFiles } from './file/folder.ts';
import type { LmdbModule } from './access/client.ts';

/** An open database and the number of stores of this process that hold it. */
interface Handle {
  readonly database: SharedDatabase;
  readonly files: FolderFiles;
  holders: number;
  /** Resolves when the database is closed; undefined while a store holds it. */
  closing?: Promise<void>;
}

/**
 * The handles of this process. They are found by their files, not by their paths: a path may lead to another folder by
 * now. A process must not open a file twice: closing one handle would release the file locks of the other.
 */
const handles = new Set<Handle>();

export interface HeldDatabase {
  readonly database: SharedDatabase;
  /** Closes the database when no other store holds it. Does nothing when called again. */
  release(): Promise<void>;
}

/** Opens the database in a folder, or shares the open one. Creates the folder if needed. */
export async function holdDatabase(client: LmdbModule, folder: string): Promise<HeldDatabase> {
  const path = prepared(folder);
  let found = handleOf(filesOf(path));
  while (found?.closing !== undefined) {
    await found.closing;
    found = handleOf(filesOf(path));
  }
  const handle = found ?? opened(client, path);
  if (!areSame(handle.files, filesOf(path))) {
    throw notOpened(path, new Error('one of its files was replaced while a store of this process has it open'));
  }
  handle.holders++;
  handle.database.liesAt(path);
  let end: Promise<void> | undefined;
  return { database: handle.database, release: () => (end ??= release(handle)) };
}

function handleOf({ data, lock }: FolderFiles): Handle | undefined {
  for (const handle of handles) {
    const { files } = handle;
    if ((data !== undefined && files.data === data) || (lock !== undefined && files.lock === lock)) return handle;
  }
  return undefined;
}

async function release(handle: Handle): Promise<void> {
  if (--handle.holders > 0) return;
  const end = handle.database.close().finally(() => handles.delete(handle));
  handle.closing = end.catch(() => undefined);
  await end;
}

function prepared(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return realpathSync(folder);
  } catch (error) {
    throw notOpened(folder, error);
  }
}

function opened(client: LmdbModule, path: string): Handle {
  try {
    inspectFolder(path);
    const database = client.open(path, {
      encoding: 'binary',
      keyEncoding: 'binary',
      // lmdb-js acknowledges a commit before it is on disk unless this is off.
      overlappingSync: false,
      // With it on, a failed commit rejects a promise that nobody gets.
      eventTurnBatching: false,
      permissionsMode: fileMode,
      noSubdir: false,
      maxDbs: 1,
    });
    const files = filesOf(path);
    const handle: Handle = { database: new SharedDatabase(database, path, files), files, holders: 0 };
    handles.add(handle);
    return handle;
  } catch (error) {
    throw notOpened(path, error);
  }
}

function notOpened(folder: string, cause: unknown): KvError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new KvError(
    'ERR_KV_NOT_REACHABLE',
    `lmdb could not open ${folder}: ${why}; it takes a folder that can be written`,
    { backend: 'lmdb' },
    { cause },
  );
}
