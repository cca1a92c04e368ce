import { background } from '../../base/host/background-timer.ts';
import { compareUtf8 } from '../../base/text/utf8-order.ts';
import { ChangeHistory } from '../backend/change-history.ts';
import { TargetMap } from '../backend/target-map.ts';
import { WakeUp } from '../backend/wake-up.ts';
import { compacted } from '../backend/compacted.ts';
import { conditionHolds } from '../backend/condition.ts';
import { isInRange, withoutValue } from '../backend/selection.ts';
import { SortedKeys } from './sorted-keys.ts';
import type {
  CommitResult,
  DriverChange,
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

interface Entry {
  readonly pair: KvPair;
  readonly ttl: number | undefined;
  expires: number;
  timer?: ReturnType<typeof setTimeout>;
}

/** The most unread changes that are kept for a watcher. A watcher with more of them gets the state instead. */
const maxWaiting = 1024;

const mebibyte = 1024 * 1024;

/** The most bytes of past changes, and the most pairs of a page. */
const historyBytes = 64 * mebibyte;
const pageLength = 1000;

/** Each call takes effect at once, in the order of the calls. A listing costs O(log keys + listed keys). */
export class MemoryDriver implements KvDriver {
  readonly limits: KvLimits = {
    valueBytes: 16 * mebibyte,
    transactionBytes: 64 * mebibyte,
    transactionOperations: 10_000,
  };
  readonly durability: KvDurability = 'none';
  readonly #entries = new Map<string, Entry>();
  readonly #keys = new SortedKeys();
  readonly #listeners = new TargetMap<(change: DriverChange) => void>();
  readonly #history: ChangeHistory;

  /** `history` is the number of writes whose changes are kept. */
  constructor(history = 10_000) {
    this.#history = new ChangeHistory({ revisions: history, bytes: historyBytes });
  }

  get(key: string): Promise<KvPair | undefined> {
    const pair = this.#entries.get(key)?.pair;
    return Promise.resolve(pair === undefined ? undefined : copy(pair));
  }

  read(keys: readonly string[]): Promise<DriverRead> {
    const pairs = keys.map((key) => this.#entries.get(key)?.pair);
    return Promise.resolve({
      revision: this.#history.latest,
      pairs: pairs.map((pair) => (pair === undefined ? undefined : copy(pair))),
    });
  }

  list(selection: DriverSelection): Promise<DriverPage> {
    return Promise.resolve({ revision: this.#history.latest, pairs: this.#selected(selection).map(copy) });
  }

  pages(selection: DriverSelection): AsyncIterator<DriverPage, undefined> {
    const revision = this.#history.latest;
    // Stored pairs are never changed, only replaced: this list of them stays as it is.
    const pairs = this.#selected(selection);
    let start = 0;
    const next = (): IteratorResult<DriverPage, undefined> => {
      if (start > 0 && start >= pairs.length) return { done: true, value: undefined };
      const page = pairs.slice(start, start + pageLength).map(copy);
      start += pageLength;
      return { done: false, value: { revision, pairs: page } };
    };
    return { next: () => Promise.resolve(next()) };
  }

  commit(conditions: readonly KvCondition[], operations: readonly DriverOperation[]): Promise<CommitResult> {
    const failed = conditions.findIndex(
      (condition) => !conditionHolds(condition, this.#entries.get(condition.key)?.pair.lastIndex),
    );
    if (failed !== -1) {
      const pair = this.#entries.get((conditions[failed] as KvCondition).key)?.pair;
      return Promise.resolve({ failed, pair: pair === undefined ? undefined : copy(pair) });
    }
    const revision = this.#history.latest + 1n;
    const changes: DriverChange[] = [];
    for (const operation of operations) {
      const { key } = operation;
      if (operation.type === 'put') {
        const pair: KvPair = { key, value: operation.value, lastIndex: revision };
        this.#store({ pair, ttl: operation.ttl, expires: performance.now() + (operation.ttl ?? 0) });
        changes.push({ key, pair, revision });
      } else if (this.#remove(key)) changes.push({ key, pair: undefined, revision });
    }
    this.#tell(revision, changes);
    return Promise.resolve({ lastIndex: revision });
  }

  deleteRange(range: DriverRange): Promise<number> {
    const pairs = this.#selected({ ...range, limit: undefined, reverse: false, keysOnly: false });
    this.#delete(pairs.map(({ key }) => key));
    return Promise.resolve(pairs.length);
  }

  async *follow(target: DriverTarget, signal: AbortSignal): AsyncGenerator<DriverStep, void> {
    const wake = new WakeUp();
    let waiting: DriverChange[] = [];
    let fromStart = true;
    const listener = (change: DriverChange): void => {
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
          yield { state: this.#stateOf(target).map(copy) };
        } else if (waiting.length > 0) {
          const changes = waiting;
          waiting = [];
          yield { changes: changes.map(copyOfChange) };
        } else {
          await wake.wait(signal);
        }
      }
    } finally {
      this.#listeners.delete(target, listener);
    }
  }

  async *changes(prefix: string, from: bigint | undefined, signal: AbortSignal): AsyncGenerator<DriverChanges, void> {
    const wake = new WakeUp();
    /** All changes up to here were given, or concern other keys. */
    let position = from ?? this.#history.latest;
    let hasNews = position < this.#history.latest;
    const listener = ({ revision }: DriverChange): void => {
      if (!hasNews) {
        hasNews = true;
        position = revision - 1n;
      }
      wake.notify();
    };
    const target = { prefix };
    this.#listeners.add(target, listener);
    try {
      if (!this.#history.covers(position)) throw compacted('memory', position, this.#history.oldest);
      yield { revision: position, changes: [] };
      while (!signal.aborted) {
        if (!hasNews) {
          await wake.wait(signal);
          continue;
        }
        const step = this.#history.after(position, prefix);
        if (step === undefined) throw compacted('memory', position, this.#history.oldest);
        position = step.revision;
        hasNews = position < this.#history.latest;
        if (step.changes.length > 0) yield { revision: position, changes: step.changes.map(copyOfChange) };
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

  #stateOf({ key, prefix }: DriverTarget): readonly KvPair[] {
    if (key !== undefined) return [this.#entries.get(key)?.pair].filter((pair) => pair !== undefined);
    return this.#selected({
      prefix,
      after: undefined,
      before: undefined,
      limit: undefined,
      reverse: false,
      keysOnly: false,
    });
  }

  /** The stored pairs, which nobody may change. */
  #selected(selection: DriverSelection): readonly KvPair[] {
    const { limit = Infinity, reverse, keysOnly } = selection;
    const selected: KvPair[] = [];
    for (const key of reverse ? this.#keys.before(endOf(selection)) : this.#keys.from(startOf(selection))) {
      if (isInRange(selection, key)) {
        const { pair } = this.#entries.get(key) as Entry;
        if (selected.push(keysOnly ? withoutValue(pair) : pair) >= limit) break;
      } else if (key !== selection.after || reverse) break;
    }
    return selected;
  }

  #store(entry: Entry): void {
    const { key } = entry.pair;
    const before = this.#entries.get(key);
    if (before === undefined) this.#keys.add(key);
    else clearTimeout(before.timer);
    this.#entries.set(key, entry);
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
          this.#delete([entry.pair.key]);
        },
        Math.ceil(Math.max(1, entry.expires - performance.now())),
      ),
    );
  }

  /** Deletes keys that are there. */
  #delete(keys: readonly string[]): void {
    const revision = this.#history.latest + 1n;
    for (const key of keys) this.#remove(key);
    this.#tell(
      revision,
      keys.map((key) => ({ key, pair: undefined, revision })),
    );
  }

  #remove(key: string): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    clearTimeout(entry.timer);
    this.#entries.delete(key);
    this.#keys.delete(key);
    return true;
  }

  /** A revision without changes does not count. */
  #tell(revision: bigint, changes: readonly DriverChange[]): void {
    if (changes.length === 0) return;
    this.#history.add(revision, changes);
    if (this.#listeners.isEmpty) return;
    for (const change of changes) this.#listeners.forEachOf(change.key, (listener) => listener(change));
  }
}

/** No key of a range comes before it. Of keys from here on, only `after` is none of the range. */
function startOf({ prefix, after }: DriverRange): string {
  return after === undefined || compareUtf8(after, prefix) < 0 ? prefix : after;
}

/** All keys of a range come before it; undefined for no end. A prefix ends with a slash, and `0` follows the slash. */
function endOf({ prefix, before }: DriverRange): string | undefined {
  const end = prefix === '' ? undefined : `${prefix.slice(0, -1)}0`;
  return before === undefined || (end !== undefined && compareUtf8(end, before) < 0) ? end : before;
}

function copy(pair: KvPair): KvPair {
  return { ...pair, value: pair.value.slice() };
}

function copyOfChange({ key, pair, revision }: DriverChange): DriverChange {
  return { key, pair: pair === undefined ? undefined : copy(pair), revision };
}
