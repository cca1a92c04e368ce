import { createReadStream } from 'node:fs';
import { isStoreError, StoreError } from '../errors/store-error.ts';
import type { SnapshotSource } from '../store/contents/snapshot-intake.ts';
import type { RestoreOptions } from '../store/contents/stream-options.ts';

/** A store whose contents can be replaced: a `MemoryStore`, for example. */
export interface RestorableStore {
  restoreFrom(source: SnapshotSource, options?: RestoreOptions): Promise<void>;
}

/** The size of a chunk, in bytes. */
const CHUNK = 256 * 1024;

/**
 * Replaces the contents of a store by those of a file that `saveToFile` or `store.saveTo` wrote, as `store.restoreFrom`
 * does; `sealed: false` takes a `StoreSnapshot` that swarmkit wrote. Rejects with the errors of the file system and of
 * `restoreFrom`, whose messages name the file; then the store is as it was. O(contents).
 */
export async function restoreFromFile(
  store: RestorableStore,
  path: string,
  options: RestoreOptions = {},
): Promise<void> {
  try {
    await store.restoreFrom(chunksOf(path), options);
  } catch (error) {
    if (isStoreError(error, 'ERR_INCOMPLETE_SNAPSHOT')) {
      const { objects, bytes } = error;
      throw new StoreError(error.code, `${path}: ${error.message}`, { objects, bytes }, { cause: error });
    }
    if (isStoreError(error, 'ERR_DECODE')) {
      const { messageType, offset } = error;
      throw new StoreError(error.code, `${path}: ${error.message}`, { messageType, offset }, { cause: error });
    }
    throw error;
  }
}

/** Opens the file with the first chunk: a call that is refused before leaves no file open, and no error unhandled. */
async function* chunksOf(path: string): AsyncGenerator<Uint8Array, void> {
  yield* createReadStream(path, { highWaterMark: CHUNK }) as AsyncIterable<Uint8Array>;
}
