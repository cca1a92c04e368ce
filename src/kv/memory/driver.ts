import { background } from '../../base/host/background-timer.ts';
import { TargetMap } from '../backend/target-map.ts';
import { WakeUp } from '../backend/wake-up.ts';
import { conditionHolds } from '../backend/condition.ts';
import { isTarget } from '../backend/target.ts';
import type { CommitResult, DriverOperation, DriverStep, DriverTarget, KvDriver } from '../backend/driver.ts';
import type { KvCondition, KvDurability, KvPair } from '../api/calls.ts';

interface Entry {
  readonly pair: KvPair;
  readonly ttl: number | undefined;
  expires: number;
  timer?: ReturnType<typeof setTimeout>;
}

interface Change {
  readonly key: string;
  readonly pair: KvPair | undefined;
}

/** The most unread changes that are kept for a watcher. A watcher with more of them gets the state instead. */
const maxWaiting = 1024;

/** Each call takes effect at once, in the order of the calls. A listing costs O(keys in the store). */
export class MemoryDriver implements KvDriver {
  readonly maxValueBytes: number = 16 * 1024 * 1024;
  readonly durability: KvDurability = 'none';
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new TargetMap<(change: Change) => void>();
  #index = 0n;

  get(key: string): Promise<KvPair | undefined> {
    const pair = this.#entries.get(key)?.pair;
    return Promise.resolve(pair === undefined ? undefined : copy(pair));
  }

  list(prefix: string): Promise<readonly KvPair[]> {
    return Promise.resolve(this.#pairs({ prefix }).map(copy));
  }

  commit(conditions: readonly KvCondition[], operations: readonly DriverOperation[]): Promise<CommitResult> {
    const failed = conditions.findIndex(
      (condition) => !conditionHolds(condition, this.#entries.get(condition.key)?.pair.lastIndex),
    );
    if (failed !== -1) return Promise.resolve({ failed });
    const lastIndex = ++this.#index;
    const changes: Change[] = [];
    for (const operation of operations) {
      const { key } = operation;
      const existed = this.#remove(key);
      if (operation.type === 'put') {
        const pair: KvPair = { key, value: operation.value, lastIndex };
        this.#store({ pair, ttl: operation.ttl, expires: performance.now() + (operation.ttl ?? 0) });
        changes.push({ key, pair });
      } else if (existed) changes.push({ key, pair: undefined });
    }
    this.#tell(changes);
    return Promise.resolve({ lastIndex });
  }

  deletePrefix(prefix: string): Promise<number> {
    const pairs = this.#pairs({ prefix });
    for (const { key } of pairs) this.#remove(key);
    this.#tell(pairs.map(({ key }) => ({ key, pair: undefined })));
    return Promise.resolve(pairs.length);
  }

  async *follow(target: DriverTarget, signal: AbortSignal): AsyncGenerator<DriverStep, void> {
    const wake = new WakeUp();
    let waiting: Change[] = [];
    let fromStart = true;
    const listener = (change: Change): void => {
      if (fromStart) return;
      waiting.push(change);
      if (waiting.length > maxWaiting) {
        waiting = [];
        fromStart = true;
      }
      wake.notify();
    };
    this.#listeners.add(target, listener);
    try {
      while (!signal.aborted) {
        if (fromStart) {
          fromStart = false;
          yield { state: this.#pairs(target).map(copy) };
        } else if (waiting.length > 0) {
          const changes = waiting;
          waiting = [];
          yield {
            changes: changes.map(({ key, pair }) => ({ key, pair: pair === undefined ? undefined : copy(pair) })),
          };
        } else {
          await wake.wait(signal);
        }
      }
    } finally {
      this.#listeners.delete(target, listener);
    }
  }

  renew(key: string, lastIndex: bigint): Promise<boolean> {
    const entry = this.#entries.get(key);
    if (entry?.pair.lastIndex !== lastIndex) return Promise.resolve(false);
    entry.expires = performance.now() + (entry.ttl ?? 0);
    return Promise.resolve(true);
  }

  close(): Promise<void> {
    for (const { timer } of this.#entries.values()) clearTimeout(timer);
    return Promise.resolve();
  }

  #pairs(target: DriverTarget): readonly KvPair[] {
    return [...this.#entries.values()].map(({ pair }) => pair).filter(({ key }) => isTarget(target, key));
  }

  #store(entry: Entry): void {
    this.#entries.set(entry.pair.key, entry);
    if (entry.ttl !== undefined) this.#arm(entry);
  }

  /**
   * Deletes the entry when its time is over. A timer may fire early, and a renewal moves the end: then it waits again.
   */
  #arm(entry: Entry): void {
    entry.timer = background(
      setTimeout(
        () => {
          if (performance.now() < entry.expires) {
            this.#arm(entry);
            return;
          }
          this.#remove(entry.pair.key);
          this.#tell([{ key: entry.pair.key, pair: undefined }]);
        },
        Math.ceil(Math.max(1, entry.expires - performance.now())),
      ),
    );
  }

  #remove(key: string): boolean {
    clearTimeout(this.#entries.get(key)?.timer);
    return this.#entries.delete(key);
  }

  #tell(changes: readonly Change[]): void {
    if (this.#listeners.isEmpty) return;
    for (const change of changes) this.#listeners.forEachOf(change.key, (listener) => listener(change));
  }
}

function copy(pair: KvPair): KvPair {
  return { ...pair, value: pair.value.slice() };
}
