import { conditionHolds } from '../condition.ts';
import { pairOf } from './record.ts';
import type { CommitResult, DriverCall, DriverOperation, DriverStep, DriverTarget, KvDriver } from '../driver.ts';
import type { KvCondition, KvDurability, KvPair } from '../kv-store.ts';
import type { SharedDatabase } from './database.ts';

export class LmdbDriver implements KvDriver {
  readonly maxValueBytes: number = 16 * 1024 * 1024;
  readonly durability: KvDurability = 'disk';
  readonly #database: SharedDatabase;
  readonly #pollMs: number;

  constructor(database: SharedDatabase, pollMs: number) {
    this.#database = database;
    this.#pollMs = pollMs;
  }

  get(key: string): Promise<KvPair | undefined> {
    const record = this.#database.read(key);
    return Promise.resolve(record === undefined ? undefined : pairOf(key, record));
  }

  list(prefix: string): Promise<readonly KvPair[]> {
    return Promise.resolve(this.#pairs(prefix));
  }

  commit(conditions: readonly KvCondition[], operations: readonly DriverOperation[], { signal }: DriverCall): Promise<CommitResult> {
    return this.#database.write(signal, (access) => {
      const failed = conditions.findIndex((condition) => !conditionHolds(condition, this.#database.present(condition.key)?.lastIndex));
      if (failed !== -1) return { failed };
      const lastIndex = access.number();
      for (const operation of operations) {
        if (operation.type === 'delete') {
          access.delete(operation.key);
          continue;
        }
        const ttl = operation.ttl ?? 0;
        access.put(operation.key, { lastIndex, ttl, expires: ttl === 0 ? 0 : Date.now() + ttl, value: operation.value });
      }
      return { lastIndex };
    });
  }

  deletePrefix(prefix: string, { signal }: DriverCall): Promise<number> {
    return this.#database.write(signal, (access) => {
      const keys = access.keys(prefix);
      const present = keys.filter((key) => this.#database.present(key) !== undefined).length;
      for (const key of keys) access.delete(key);
      return present;
    });
  }

  /** Compares listings: what changed more than once between two looks is told once. A look costs O(keys of the target). */
  async *follow(target: DriverTarget, signal: AbortSignal): AsyncGenerator<DriverStep, void> {
    const stopPolling = this.#database.poll(this.#pollMs);
    let known = new Map<string, bigint>();
    let first = true;
    try {
      while (!signal.aborted) {
        const changed = this.#database.changed.wait(signal);
        const pairs = this.#state(target);
        const now = new Map(pairs.map(({ key, lastIndex }) => [key, lastIndex]));
        const before = known;
        known = now;
        if (first) {
          first = false;
          yield { state: pairs };
        } else {
          const gone = [...before.keys()].filter((key) => !now.has(key)).map((key) => ({ key, pair: undefined }));
          const put = pairs.filter(({ key, lastIndex }) => before.get(key) !== lastIndex).map((pair) => ({ key: pair.key, pair }));
          if (gone.length + put.length > 0) yield { changes: [...gone, ...put] };
        }
        await changed;
      }
    } finally {
      stopPolling();
    }
  }

  renew(key: string, lastIndex: bigint, { signal }: DriverCall): Promise<boolean> {
    return this.#database.write(signal, (access) => {
      const record = this.#database.present(key);
      if (record?.lastIndex !== lastIndex) return false;
      if (record.ttl > 0) access.put(key, { ...record, expires: Date.now() + record.ttl });
      return true;
    });
  }

  close(): Promise<void> {
    return this.#database.release();
  }

  #state({ key, prefix }: DriverTarget): readonly KvPair[] {
    if (key === undefined) return this.#pairs(prefix);
    const record = this.#database.read(key);
    return record === undefined ? [] : [pairOf(key, record)];
  }

  #pairs(prefix: string): readonly KvPair[] {
    return this.#database.readAll(prefix).map(({ key, record }) => pairOf(key, record));
  }
}
