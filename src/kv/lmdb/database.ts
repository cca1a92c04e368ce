import { mkdirSync, realpathSync } from 'node:fs';
import { WakeUp } from '../wake-up.ts';
import { counterKey, decodeCounter, decodeRecord, encodeCounter, encodeRecord, endOf, keyOf, storedKey } from './record.ts';
import type { LmdbDatabase, LmdbModule } from './client.ts';
import type { LmdbRecord } from './record.ts';

/** Expired keys are deleted this often while a process has the folder open; until then they count as gone. */
const sweepMs = 500;

/**
 * The one handle of a folder in this process: to open a folder twice would break its locks. Every write gets the next number of a counter
 * that is stored in the same commit, so that numbers never repeat, whoever opens the folder again.
 */
export class SharedDatabase {
  readonly changed: WakeUp = new WakeUp();
  readonly #path: string;
  readonly #database: LmdbDatabase;
  readonly #sweep: NodeJS.Timeout;
  readonly #polls = new Set<NodeJS.Timeout>();
  #holders = 1;
  #seen: bigint;
  #next = Infinity;

  constructor(path: string, database: LmdbDatabase) {
    this.#path = path;
    this.#database = database;
    // Readers that were killed would keep old pages from being used again.
    database.readerCheck();
    this.#seen = this.counter();
    for (const { record } of this.#all('')) this.#expect(record.expires);
    this.#sweep = setInterval(() => void this.#deleteExpired().catch(() => undefined), sweepMs).unref();
  }

  hold(): this {
    this.#holders++;
    return this;
  }

  async release(): Promise<void> {
    if (--this.#holders > 0) return;
    clearInterval(this.#sweep);
    opened.delete(this.#path);
    closing.set(this.#path, this.#database.close());
    await closing.get(this.#path);
    closing.delete(this.#path);
  }

  /** Looks at the writes of other processes while somebody watches. */
  poll(milliseconds: number): () => void {
    const timer = setInterval(() => {
      const counter = this.counter();
      if (counter === this.#seen) return;
      this.#seen = counter;
      for (const { record } of this.#all('')) this.#expect(record.expires);
      this.changed.notify();
    }, milliseconds);
    this.#polls.add(timer);
    return () => {
      clearInterval(timer);
      this.#polls.delete(timer);
    };
  }

  /** The number of the last write, of any process. */
  counter(): bigint {
    this.#database.resetReadTxn();
    return decodeCounter(this.#database.get(counterKey));
  }

  /** What is there now, seen from a fresh read. */
  read(key: string): LmdbRecord | undefined {
    this.#database.resetReadTxn();
    return this.present(key);
  }

  readAll(prefix: string): readonly { readonly key: string; readonly record: LmdbRecord }[] {
    this.#database.resetReadTxn();
    return this.#all(prefix).filter(({ record }) => !isExpired(record));
  }

  /** For use inside `write`. */
  present(key: string): LmdbRecord | undefined {
    const stored = this.#database.get(storedKey(key));
    if (stored === undefined) return undefined;
    const record = decodeRecord(stored);
    return isExpired(record) ? undefined : record;
  }

  /**
   * Runs `action` in a write transaction. It resolves when the commit is on disk. Until the transaction begins it can be aborted, and then
   * nothing has happened; after that the caller gets what became of it.
   */
  write<T>(signal: AbortSignal | undefined, action: (put: WriteAccess) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      let begun = false;
      const abort = (): void => {
        if (!begun) reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#database
        .transaction(() => {
          if (signal?.aborted === true) return undefined;
          begun = true;
          return { value: this.#apply(action) };
        })
        .then(async (done) => {
          if (done === undefined) return;
          await this.#database.flushed;
          this.changed.notify();
          resolve(done.value);
        })
        .catch(reject)
        .finally(() => signal?.removeEventListener('abort', abort));
    });
  }

  #apply<T>(action: (access: WriteAccess) => T): T {
    let counter: bigint | undefined;
    const number = (): bigint => {
      counter ??= decodeCounter(this.#database.get(counterKey)) + 1n;
      return counter;
    };
    const value = action({
      number,
      put: (key, record) => {
        number();
        this.#expect(record.expires);
        this.#database.putSync(storedKey(key), encodeRecord(record));
      },
      delete: (key) => {
        number();
        this.#database.removeSync(storedKey(key));
      },
      keys: (prefix) => this.#all(prefix).map(({ key }) => key),
    });
    if (counter !== undefined) this.#database.putSync(counterKey, encodeCounter(counter));
    return value;
  }

  async #deleteExpired(): Promise<void> {
    if (Date.now() < this.#next) return;
    this.#next = Infinity;
    await this.write(undefined, (access) => {
      for (const { key, record } of this.#all('')) {
        if (isExpired(record)) access.delete(key);
        else this.#expect(record.expires);
      }
    });
  }

  #expect(expires: number): void {
    if (expires !== 0) this.#next = Math.min(this.#next, expires);
  }

  #all(prefix: string): readonly { readonly key: string; readonly record: LmdbRecord }[] {
    return [...this.#database.getRange({ start: storedKey(prefix), end: endOf(prefix) })].map(({ key, value }) => ({
      key: keyOf(key),
      record: decodeRecord(value),
    }));
  }
}

/** What a write transaction can do. */
export interface WriteAccess {
  /** The number of this write; asking for it makes it one. */
  number(): bigint;
  put(key: string, record: LmdbRecord): void;
  delete(key: string): void;
  /** The keys that start with a prefix, expired ones too. */
  keys(prefix: string): readonly string[];
}

const opened = new Map<string, SharedDatabase>();
const closing = new Map<string, Promise<void>>();

/** The handle of a folder, made if it is not there. */
export async function openShared(client: LmdbModule, folder: string): Promise<SharedDatabase> {
  mkdirSync(folder, { recursive: true });
  const path = realpathSync(folder);
  await closing.get(path);
  const known = opened.get(path);
  if (known !== undefined) return known.hold();
  const database = client.open(path, {
    encoding: 'binary',
    keyEncoding: 'binary',
    // lmdb-js acknowledges a commit before it is on disk unless this is off.
    overlappingSync: false,
    noSubdir: false,
    maxDbs: 1,
  });
  const shared = new SharedDatabase(path, database);
  opened.set(path, shared);
  return shared;
}

function isExpired({ expires }: LmdbRecord): boolean {
  return expires !== 0 && Date.now() >= expires;
}
