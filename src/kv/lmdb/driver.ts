import { compacted } from '../backend/compacted.ts';
import { conditionHolds } from '../backend/condition.ts';
import { Feed } from './feed.ts';
import { Watch } from './watch.ts';
import type {
  CommitResult,
  DriverCall,
  DriverChanges,
  DriverOperation,
  DriverPage,
  DriverRange,
  DriverRead,
  DriverSelection,
  DriverStep,
  DriverTarget,
  KvDriver,
} from '../backend/driver.ts';
import type { KvCondition, KvDurability, KvLimits, KvPair } from '../api/calls.ts';
import type { DriverOptions } from './options.ts';
import type { ReadAccess } from './access/read-access.ts';
import type { SharedDatabase } from './database.ts';
import type { HeldDatabase } from './shared-handles.ts';

export class LmdbDriver implements KvDriver {
  readonly limits: KvLimits = {
    valueBytes: 16 * 1024 * 1024,
    transactionBytes: 64 * 1024 * 1024,
    transactionOperations: 10_000,
  };
  readonly durability: KvDurability;
  readonly #held: HeldDatabase;
  readonly #database: SharedDatabase;
  readonly #pollMs: number;
  readonly #timeoutMs: number;

  constructor(held: HeldDatabase, { pollMs, history, timeoutMs }: DriverOptions) {
    this.#held = held;
    this.durability = held.database.durability;
    this.#database = held.database;
    this.#database.keeps(history);
    this.#pollMs = pollMs;
    this.#timeoutMs = timeoutMs;
  }

  get(key: string): Promise<KvPair | undefined> {
    return this.#read((access) => access.pair(key));
  }

  read(keys: readonly string[]): Promise<DriverRead> {
    return this.#read((access) => ({ revision: access.counter(), pairs: keys.map((key) => access.pair(key)) }));
  }

  list(selection: DriverSelection): Promise<DriverPage> {
    return this.#read((access) => ({ revision: access.counter(), pairs: access.selected(selection) }));
  }

  pages(selection: DriverSelection, { signal }: DriverCall): AsyncIterator<DriverPage> {
    return this.#database.moment(selection, signal ?? new AbortController().signal);
  }

  commit(
    conditions: readonly KvCondition[],
    operations: readonly DriverOperation[],
    { signal }: DriverCall,
  ): Promise<CommitResult> {
    return this.#database.write({ signal, timeoutMs: this.#timeoutMs }, (access) => {
      const failed = conditions.findIndex(
        (condition) => !conditionHolds(condition, access.record(condition.key)?.lastIndex),
      );
      if (failed !== -1) return { failed, pair: access.pair((conditions[failed] as KvCondition).key) };
      for (const operation of operations) {
        if (operation.type === 'delete') access.delete(operation.key);
        else access.put(operation.key, operation.value, operation.ttl);
      }
      return { lastIndex: access.number };
    });
  }

  deleteRange(range: DriverRange, { signal }: DriverCall): Promise<number> {
    return this.#database.write(
      { signal, timeoutMs: this.#timeoutMs },
      (access) => access.keys(range).filter((key) => access.delete(key)).length,
    );
  }

  /**
   * Looks at the database after each write. A key that changed several times between two looks gives one change. A look
   * costs O(changes); the first look, and a look after more writes than are kept, cost O(keys).
   */
  async *follow(target: DriverTarget, signal: AbortSignal): AsyncGenerator<DriverStep, void> {
    const { watches } = this.#database;
    const watch = new Watch(target);
    watches.add(watch, this.#pollMs);
    try {
      while (!signal.aborted) {
        if (watch.hasNews) yield this.#database.read((access) => watch.step(access));
        else await watch.wait(signal);
      }
    } finally {
      watches.remove(watch, this.#pollMs);
    }
  }

  async *changes(prefix: string, from: bigint | undefined, signal: AbortSignal): AsyncGenerator<DriverChanges, void> {
    const { watches } = this.#database;
    const feed = new Feed(prefix, from ?? this.#database.read((access) => access.counter()));
    watches.add(feed, this.#pollMs);
    try {
      const start = this.#database.read((access) => access.history());
      if (feed.position < start.oldest || feed.position > start.number)
        throw compacted('lmdb', feed.position, start.oldest);
      feed.begin(start.number);
      yield { revision: feed.position, changes: [] };
      while (!signal.aborted) {
        if (!feed.hasNews) {
          await feed.wait(signal);
          continue;
        }
        const { oldest, step } = this.#database.read((access) => ({
          oldest: access.history().oldest,
          step: feed.step(access),
        }));
        if (step === undefined) throw compacted('lmdb', feed.position, oldest);
        if (step.changes.length > 0) yield step;
      }
    } finally {
      watches.remove(feed, this.#pollMs);
    }
  }

  renew(key: string, lastIndex: bigint, { signal }: DriverCall): Promise<boolean> {
    return this.#database.write({ signal, timeoutMs: this.#timeoutMs }, (access) => {
      const record = access.record(key);
      if (record?.lastIndex !== lastIndex) return false;
      access.renew(key, record);
      return true;
    });
  }

  close(): Promise<void> {
    return this.#held.release(this.#timeoutMs);
  }

  /** Reads at once: a read that waited could find the database closed. An error becomes a rejection. */
  #read<T>(action: (access: ReadAccess) => T): Promise<T> {
    try {
      return Promise.resolve(this.#database.read(action));
    } catch (error) {
      return Promise.reject(error);
    }
  }
}
