import { KvError } from '../../errors/kv-error.ts';
import { WakeUp } from '../backend/wake-up.ts';
import { unknownOutcome } from '../backend/unknown-outcome.ts';
import { ReadAccess } from './read-access.ts';
import { WriteAccess } from './write-access.ts';
import type { LmdbDatabase } from './client.ts';

/** Expired keys are deleted this often while a process has the folder open; until then they count as gone. */
const sweepMs = 500;

/**
 * The one handle of a folder in this process. Every write gets the next number of a counter that is stored in the same
 * commit, so that numbers never repeat, whoever opens the folder again.
 */
export class SharedDatabase {
  /** Notified after each write of this process, and of other processes once a poll has seen them. */
  readonly changed: WakeUp = new WakeUp();
  readonly #database: LmdbDatabase;
  readonly #sweep: NodeJS.Timeout;
  #polled: bigint;

  constructor(database: LmdbDatabase) {
    this.#database = database;
    // Readers that were killed would keep old pages from being used again.
    database.readerCheck();
    this.#polled = this.read((access) => access.counter());
    // A sweep that fails is done by the next one.
    this.#sweep = setInterval(() => void this.#deleteExpired().catch(() => undefined), sweepMs).unref();
  }

  /** Writes that have begun end first. */
  close(): Promise<void> {
    clearInterval(this.#sweep);
    return this.#database.close();
  }

  /** Looks for writes of other processes until the returned function is called. */
  poll(milliseconds: number): () => void {
    const timer = setInterval(() => {
      try {
        const counter = this.read((access) => access.counter());
        if (counter === this.#polled) return;
        this.#polled = counter;
      } catch {
        // Those who are woken read, and get the error.
      }
      this.changed.notify();
    }, milliseconds);
    return () => clearInterval(timer);
  }

  /** Reads of one moment: the newest one. */
  read<T>(action: (access: ReadAccess) => T): T {
    try {
      this.#database.resetReadTxn();
      return action(new ReadAccess(this.#database));
    } catch (error) {
      throw new KvError('ERR_KV_REFUSED', `lmdb could not read: ${messageOf(error)}`, { cause: error });
    }
  }

  /**
   * Runs `action` in a write transaction, and resolves when the commit is on disk. Aborting before it has written
   * anything rejects with the reason, and nothing happens; after that the outcome is unknown, as it is when the commit
   * fails. What throws writes nothing.
   */
  write<T>(signal: AbortSignal | undefined, action: (access: WriteAccess) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      let written = false;
      const abort = (): void => reject(written ? unknownOutcome('aborted', signal?.reason) : (signal?.reason as Error));
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
              ? unknownOutcome(why, error)
              : new KvError('ERR_KV_REFUSED', `lmdb could not write: ${why}; nothing was written`, { cause: error }),
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
