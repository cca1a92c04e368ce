import { mkdirSync, realpathSync } from 'node:fs';
import { KvError } from '../../errors/kv-error.ts';
import { SharedDatabase } from './database.ts';
import type { LmdbModule } from './client.ts';

/** An open database and the number of stores of this process that hold it. */
interface Handle {
  readonly database: SharedDatabase;
  holders: number;
}

/**
 * The handles of this process by the real path of their folders. A process must not open a folder twice: closing one
 * handle would release the file locks of the other.
 */
const opened = new Map<string, Handle>();
const closing = new Map<string, Promise<void>>();

export interface HeldDatabase {
  readonly database: SharedDatabase;
  /** Closes the database when no other store holds it. */
  release(): Promise<void>;
}

/** Opens the database in a folder, or shares the open one. Creates the folder if needed. */
export async function holdDatabase(client: LmdbModule, folder: string): Promise<HeldDatabase> {
  const path = prepared(folder);
  for (let end = closing.get(path); end !== undefined; end = closing.get(path)) await end;
  const handle = opened.get(path) ?? { database: openDatabase(client, path), holders: 0 };
  handle.holders++;
  opened.set(path, handle);
  return { database: handle.database, release: () => release(path, handle) };
}

async function release(path: string, handle: Handle): Promise<void> {
  if (--handle.holders > 0) return;
  opened.delete(path);
  const end = handle.database.close().finally(() => closing.delete(path));
  closing.set(
    path,
    end.catch(() => undefined),
  );
  await end;
}

function prepared(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true });
    return realpathSync(folder);
  } catch (error) {
    throw notOpened(folder, error);
  }
}

function openDatabase(client: LmdbModule, path: string): SharedDatabase {
  try {
    return new SharedDatabase(
      client.open(path, {
        encoding: 'binary',
        keyEncoding: 'binary',
        // lmdb-js acknowledges a commit before it is on disk unless this is off.
        overlappingSync: false,
        noSubdir: false,
        maxDbs: 1,
      }),
    );
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
