import { join } from 'node:path';
import { onAbort } from '../../base/async/on-abort.ts';
import { KvError } from '../../errors/kv-error.ts';
import { unknownOutcome } from '../backend/unknown-outcome.ts';
import { areSame, dataName, filesOf } from './file/folder.ts';
import { Moment } from './access/moment.ts';
import { ReadAccess } from './access/read-access.ts';
import { Watches } from './watches.ts';
import { WriteAccess } from './access/write-access.ts';
import type { DriverSelection } from '../backend/driver.ts';
import type { FolderDurability, FolderFiles } from './file/folder.ts';
import type { LmdbDatabase } from './access/client.ts';

/**
 * Milliseconds between two rounds that delete expired keys, free the slots of killed readers, and look whether the
 * folder is still there. Reads treat an expired key as absent in the meantime.
 */
const sweepMs = 500;

const sweepTimeoutMs = 60_000;

/** The conditions of a write: when to give it up. */
export interface WriteCall {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
}

/**
 * The one handle of a folder in this process. Every write gets the next number of a counter. The counter is stored in
 * the same commit, so numbers never repeat, in whatever process the folder is opened next.
 */
export class SharedDatabase {
  readonly watches: Watches;
  /** True when the folder was opened for reading: nothing is written, expired keys are not deleted. */
  readonly readOnly: boolean;
  readonly durability: FolderDurability;
  readonly #database: LmdbDatabase;
  readonly #files: FolderFiles;
  readonly #sweep: NodeJS.Timeout;
  /** The writes that may still use the database. */
  readonly #underWay = new Set<Promise<void>>();
  #path: string;
  /** Why the open files are no longer those of the folder; undefined while they are. */
  #problem: KvError | undefined;
  #hasLooked = false;
  #history = 0;
  #isClosed = false;

  /** `path` is the folder, `files` are those that `database` has open. */
  constructor(
    database: LmdbDatabase,
    path: string,
    files: FolderFiles,
    { readOnly, durability }: { readonly readOnly: boolean; readonly durability: FolderDurability },
  ) {
    this.#database = database;
    this.readOnly = readOnly;
    this.durability = durability;
    this.#path = path;
    this.#files = files;
    this.watches = new Watches(
      (action) => this.read(action),
      () => join(this.#path, dataName),
      () => this.#lookAtFolder(),
    );
    this.#sweep = setInterval(() => this.#clean(), sweepMs).unref();
  }

  /** Notes another path that leads to the open files. */
  liesAt(path: string): void {
    this.#path = path;
    this.#lookAtFolder();
  }

  /**
   * Refuses new reads and writes, waits for the writes that are under way, then closes the folder. The result says when
   * that is done. A write that waits for a stopped process may take for ever.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#sweep);
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    await this.#database.close();
  }

  /**
   * Runs `action` on the newest committed state. Throws `ERR_KV_CLOSED` after `close`, `ERR_KV_NOT_REACHABLE` when the
   * folder was replaced, and `ERR_KV_REFUSED` when the database fails.
   */
  read<T>(action: (access: ReadAccess) => T): T {
    this.#check();
    try {
      this.#database.resetReadTxn();
      return action(new ReadAccess(this.#database));
    } catch (error) {
      throw new KvError(
        'ERR_KV_REFUSED',
        `lmdb could not read: ${messageOf(error)}`,
        { backend: 'lmdb' },
        { cause: error },
      );
    }
  }

  /** The pairs of a selection as they are now. The errors are those of `read`. */
  moment(selection: DriverSelection, signal: AbortSignal): Moment {
    return this.read(() => new Moment(this.#database, selection, signal));
  }

  /** Keeps the changes of these many writes. The largest number counts. */
  keeps(history: number): void {
    this.#history = Math.max(this.#history, history);
  }

  /**
   * Runs `action` in a write transaction and resolves when the commit is on disk, or as the folder has it. If `action`
   * throws, nothing is written. Aborting before `action` has written rejects with the reason, and nothing is written.
   * Aborting later, and a failed commit, reject with `ERR_KV_OUTCOME_UNKNOWN`. After `timeoutMs` the write rejects
   * likewise: with `ERR_KV_NOT_REACHABLE` before `action` has written. The other errors are those of `read`.
   */
  write<T>({ signal, timeoutMs }: WriteCall, action: (access: WriteAccess) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#lookOncePerTurn();
      this.#check();
      let written = false;
      let isGivenUp = false;
      const abort = (): void => {
        isGivenUp = true;
        reject(written ? unknownOutcome('lmdb', 'aborted', signal?.reason) : (signal?.reason as Error));
      };
      const forget = signal && onAbort(signal, abort);
      const deadline = setTimeout(() => {
        isGivenUp = true;
        reject(overdue(written, timeoutMs));
      }, timeoutMs);
      const commit = async (): Promise<void> => {
        try {
          const done = await this.#database.childTransaction(() => {
            if (isGivenUp) return undefined;
            const access = new WriteAccess(this.#database);
            const value = action(access);
            access.finish(this.#history);
            written = access.hasWritten;
            return { value };
          });
          if (done === undefined) return;
          if (written && this.durability === 'disk') await this.#database.flushed;
          this.watches.look();
          resolve(done.value);
        } catch (error) {
          const cause = await reasonOf(error);
          const why = messageOf(cause);
          reject(
            written
              ? unknownOutcome('lmdb', why, cause)
              : new KvError(
                  'ERR_KV_REFUSED',
                  `lmdb could not write: ${why}; nothing was written`,
                  { backend: 'lmdb' },
                  { cause },
                ),
          );
        } finally {
          clearTimeout(deadline);
          forget?.();
          this.#underWay.delete(committed);
        }
      };
      const committed = commit();
      this.#underWay.add(committed);
    });
  }

  #check(): void {
    if (this.#isClosed) throw new KvError('ERR_KV_CLOSED', 'the store is closed', { backend: 'lmdb' });
    if (this.#problem !== undefined) throw this.#problem;
  }

  #clean(): void {
    this.#lookAtFolder();
    if (this.readOnly) return;
    try {
      // The slot of a killed reader keeps old pages from being reused: the file would grow with every write.
      this.#database.readerCheck();
      if (!this.read((access) => access.hasExpired())) return;
      const deleting = this.write({ signal: undefined, timeoutMs: sweepTimeoutMs }, (access) => {
        for (const key of access.expiredKeys()) access.delete(key);
      });
      deleting.catch(() => undefined);
    } catch {
      // A failed round needs no handling: the next one does its work.
    }
  }

  /** Looks at the folder in the first write of each turn of the event loop: a write into a deleted file is lost. */
  #lookOncePerTurn(): void {
    if (this.#hasLooked) return;
    this.#hasLooked = true;
    setImmediate(() => (this.#hasLooked = false));
    this.#lookAtFolder();
  }

  #lookAtFolder(): void {
    if (areSame(filesOf(this.#path), this.#files)) {
      this.#problem = undefined;
      return;
    }
    if (this.#problem !== undefined) return;
    const message =
      `the folder ${this.#path} was deleted or replaced while it was open; ` + 'close the store and open another';
    this.#problem = new KvError('ERR_KV_NOT_REACHABLE', message, { backend: 'lmdb' });
    this.watches.wakeAll();
  }
}

function overdue(written: boolean, timeoutMs: number): KvError {
  if (written) return unknownOutcome('lmdb', `it was not on disk after ${timeoutMs} ms`, undefined);
  const why = 'another process holds the write lock; is one of them stopped?';
  return new KvError('ERR_KV_NOT_REACHABLE', `lmdb could not write for ${timeoutMs} ms: ${why}`, { backend: 'lmdb' });
}

/**
 * The reason of a failed commit. lmdb-js rejects every write of the commit with one error, and tells the reason by a
 * promise in it. That promise counts as unhandled unless it is awaited.
 */
async function reasonOf(error: unknown): Promise<unknown> {
  const reason = (error as { readonly commitError?: Partial<Promise<unknown>> } | null | undefined)?.commitError;
  // A test runner gives each file a realm of its own, and the native part may belong to that of another file.
  if (typeof reason?.then !== 'function') return error;
  const rejected = new Promise((resolve) => void reason.then?.(resolve, resolve));
  // The promise rejects before the next task; if it should not, the write still ends.
  return Promise.race([rejected, new Promise((resolve) => setImmediate(resolve, error))]);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
