import { mkdirSync, realpathSync } from 'node:fs';
import { KvError } from '../../errors/kv-error.ts';
import { SharedDatabase } from './database.ts';
import { areSame, durabilityOf, filesOf, markUnsynced } from './file/folder.ts';
import { fileMode, inspectFiles, inspectFolder } from './file/inspection.ts';
import type { FolderDurability, FolderFiles } from './file/folder.ts';
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
  /**
   * Closes the database when no other store holds it. Does nothing when called again. Rejects with
   * `ERR_KV_NOT_REACHABLE` after a time when a write still waits for a stopped process; the database is closed later.
   */
  release(timeoutMs?: number): Promise<void>;
}

export interface HoldOptions {
  readonly readOnly?: boolean;
  /** The way that a new folder is made for, and that another folder must have. */
  readonly durability?: FolderDurability | undefined;
}

/** Opens the database in a folder, or shares the open one. Creates the folder if needed, but not to read only. */
export async function holdDatabase(
  client: LmdbModule,
  folder: string,
  { readOnly = false, durability }: HoldOptions = {},
): Promise<HeldDatabase> {
  const path = prepared(folder, readOnly);
  let found = handleOf(filesOf(path));
  while (found?.closing !== undefined) {
    await found.closing;
    found = handleOf(filesOf(path));
  }
  const handle = found ?? opened(client, path, readOnly, durability === 'process');
  if (durability !== undefined && durability !== handle.database.durability) {
    const actual = handle.database.durability;
    await closeUnlessHeld(handle);
    throw new KvError(
      'ERR_KV_INVALID_ARGUMENT',
      `${path} was made with the durability ${actual}; make another folder`,
      {
        argument: 'durability',
      },
    );
  }
  if (handle.database.readOnly && !readOnly) {
    throw notOpened(path, new Error('a store of this process has it open to read only; close that store first'));
  }
  if (!areSame(handle.files, filesOf(path))) {
    throw notOpened(path, new Error('one of its files was replaced while a store of this process has it open'));
  }
  handle.holders++;
  handle.database.liesAt(path);
  let end: Promise<void> | undefined;
  return { database: handle.database, release: (timeoutMs) => (end ??= release(handle, timeoutMs)) };
}

function handleOf({ data, lock }: FolderFiles): Handle | undefined {
  for (const handle of handles) {
    const { files } = handle;
    if ((data !== undefined && files.data === data) || (lock !== undefined && files.lock === lock)) return handle;
  }
  return undefined;
}

async function release(handle: Handle, timeoutMs: number | undefined): Promise<void> {
  if (--handle.holders > 0) return;
  const end = handle.database.close().finally(() => handles.delete(handle));
  handle.closing = end.catch(() => undefined);
  await (timeoutMs === undefined ? end : within(timeoutMs, end));
}

async function within(timeoutMs: number, end: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const message = `lmdb could not be closed within ${timeoutMs} ms, because a write waits for another process`;
  const overdue = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new KvError('ERR_KV_NOT_REACHABLE', message, { backend: 'lmdb' })), timeoutMs);
  });
  try {
    await Promise.race([end, overdue]);
  } finally {
    clearTimeout(timer);
  }
}

function prepared(folder: string, readOnly: boolean): string {
  try {
    if (!readOnly) mkdirSync(folder, { recursive: true, mode: 0o700 });
    return realpathSync(folder);
  } catch (error) {
    throw notOpened(folder, error);
  }
}

async function closeUnlessHeld(handle: Handle): Promise<void> {
  handle.holders++;
  await release(handle, undefined);
}

function opened(client: LmdbModule, path: string, readOnly: boolean, isUnsynced: boolean): Handle {
  try {
    if (isUnsynced && !readOnly) markUnsynced(path);
    if (readOnly) inspectFiles(path);
    else inspectFolder(path);
    const durability = durabilityOf(path);
    const database = client.open(path, {
      encoding: 'binary',
      keyEncoding: 'binary',
      // With it on, lmdb-js may acknowledge a commit before it is on disk. Release 3.5.6 flushes first all the same.
      overlappingSync: durability === 'process' && !readOnly,
      // With it on, a failed commit rejects a promise that nobody gets.
      eventTurnBatching: false,
      permissionsMode: fileMode,
      noSubdir: false,
      maxDbs: 1,
      readOnly,
    });
    const files = filesOf(path);
    const shared = new SharedDatabase(database, path, files, { readOnly, durability });
    const handle: Handle = { database: shared, files, holders: 0 };
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
