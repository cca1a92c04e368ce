import { conditionHolds } from '../backend/condition.ts';
import type {
  CommitResult,
  DriverCall,
  DriverOperation,
  DriverStep,
  DriverTarget,
  KvDriver,
} from '../backend/driver.ts';
import type { KvCondition, KvDurability, KvPair } from '../api/calls.ts';
import type { ReadAccess } from './read-access.ts';
import type { SharedDatabase } from './database.ts';
import type { HeldDatabase } from './shared-handles.ts';

export class LmdbDriver implements KvDriver {
  readonly maxValueBytes: number = 16 * 1024 * 1024;
  readonly durability: KvDurability = 'disk';
  readonly #held: HeldDatabase;
  readonly #database: SharedDatabase;
  readonly #pollMs: number;

  constructor(held: HeldDatabase, pollMs: number) {
    this.#held = held;
    this.#database = held.database;
    this.#pollMs = pollMs;
  }

  get(key: string): Promise<KvPair | undefined> {
    return this.#read((access) => access.pair(key));
  }

  list(prefix: string): Promise<readonly KvPair[]> {
    return this.#read((access) => access.pairs(prefix));
  }

  commit(
    conditions: readonly KvCondition[],
    operations: readonly DriverOperation[],
    { signal }: DriverCall,
  ): Promise<CommitResult> {
    return this.#database.write(signal, (access) => {
      const failed = conditions.findIndex(
        (condition) => !conditionHolds(condition, access.record(condition.key)?.lastIndex),
      );
      if (failed !== -1) return { failed };
      for (const operation of operations) {
        if (operation.type === 'delete') access.delete(operation.key);
        else access.put(operation.key, operation.value, operation.ttl);
      }
      return { lastIndex: access.number };
    });
  }

  deletePrefix(prefix: string, { signal }: DriverCall): Promise<number> {
    return this.#database.write(signal, (access) => access.keys(prefix).filter((key) => access.delete(key)).length);
  }

  /**
   * Looks at the database after each write. A key that changed several times between two looks gives one change. A look
   * costs O(changes); the first look, and a look after more writes than are kept, cost O(keys).
   */
  async *follow(target: DriverTarget, signal: AbortSignal): AsyncGenerator<DriverStep, void> {
    const { watches } = this.#database;
    const watch = watches.add(target, this.#pollMs);
    try {
      while (!signal.aborted) {
        if (watch.hasNews) yield this.#database.read((access) => watch.step(access));
        else await watch.wait(signal);
      }
    } finally {
      watches.remove(watch, this.#pollMs);
    }
  }

  renew(key: string, lastIndex: bigint, { signal }: DriverCall): Promise<boolean> {
    return this.#database.write(signal, (access) => {
      const record = access.record(key);
      if (record?.lastIndex !== lastIndex) return false;
      access.renew(key, record);
      return true;
    });
  }

  close(): Promise<void> {
    return this.#held.release();
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
