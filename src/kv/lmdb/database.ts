import { KvError } from '../../errors/kv-error.ts';
import { WakeUp } from '../backend/wake-up.ts';
import { unknownOutcome } from '../backend/unknown-outcome.ts';
import { ReadAccess } from './read-access.ts';
import { WriteAccess } from './write-access.ts';
import type { LmdbDatabase } from './client.ts';

/** Milliseconds between two deletions of expired keys. Reads treat an expired key as absent in the meantime. */
const sweepMs = 500;

/**
 * The one handle of a folder in this process. Every write gets the next number of a counter. The counter is stored in
 * the same commit, so numbers never repeat, in whatever process the folder is opened next.
 */
export class SharedDatabase {
  /** Notified after each write of this process, and when a poll has found writes of other processes. */
  readonly changed: WakeUp = new WakeUp();
  readonly #database: LmdbDatabase;
  readonly #sweep: NodeJS.Timeout;
  #polled: bigint;

  constructor(database: LmdbDatabase) {
    this.#database = database;
    // Frees the slots of killed readers; they would keep old pages from being reused.
    database.readerCheck();
    this.#polled = this.read((access) => access.counter());
    // A failed sweep needs no handling: the next one does its work.
    this.#sweep = setInterval(() => void this.#deleteExpired().catch(() => undefined), sweepMs).unref();
  }

  /** Waits for the running writes, then closes the folder. */
  close(): Promise<void> {
    clearInterval(this.#sweep);
    return this.#database.close();
  }

  /** Looks for writes of other processes at this interval, until the returned function is called. */
  poll(milliseconds: number): () => void {
    const timer = setInterval(() => {
      try {
        const counter = this.read((access) => access.counter());
        if (counter === this.#polled) return;
        this.#polled = counter;
      } catch {
        // The watchers are woken; their own reads get the error.
      }
      this.changed.notify();
    }, milliseconds);
    return () => clearInterval(timer);
  }

  /** Runs `action` on the newest committed state. Throws `ERR_KV_REFUSED` when the database fails. */
  read<T>(action: (access: ReadAccess) => T): T {
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

  /**
   * Runs `action` in a write transaction and resolves when the commit is on disk. If `action` throws, nothing is
   * written. Aborting before `action` has written rejects with the reason, and nothing is written. Aborting later, and
   * a failed commit, reject with `ERR_KV_OUTCOME_UNKNOWN`.
   */
  write<T>(signal: AbortSignal | undefined, action: (access: WriteAccess) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      let written = false;
      const abort = (): void =>
        reject(written ? unknownOutcome('lmdb', 'aborted', signal?.reason) : (signal?.reason as Error));
      signal?.addEventListener('abort', abort, { once: true });
      const commit = async (): Promise<void> => {
        try {
          const done = await this.#database.childTransaction(() => {
            if (signal?.aborted === true) return undefined;
            const access = new WriteAccess(this.#database);
            const value = action(access);
            access.finish();
            written = access.hasWritten;
            return { value };
          });
          if (done === undefined) return;
          if (written) await this.#database.flushed;
          this.changed.notify();
          resolve(done.value);
        } catch (error) {
          const why = messageOf(error);
          reject(
            written
              ? unknownOutcome('lmdb', why, error)
              : new KvError(
                  'ERR_KV_REFUSED',
                  `lmdb could not write: ${why}; nothing was written`,
                  { backend: 'lmdb' },
                  { cause: error },
                ),
          );
        } finally {
          signal?.removeEventListener('abort', abort);
        }
      };
      void commit();
    });
  }

  async #deleteExpired(): Promise<void> {
    if (!this.read((access) => access.hasExpired())) return;
    await this.write(undefined, (access) => {
      for (const key of access.expiredKeys()) access.delete(key);
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
