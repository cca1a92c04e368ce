import type { DriverChange, DriverChanges } from './driver.ts';

export interface ChangeHistoryOptions {
  /** The most revisions that are kept. */
  readonly revisions: number;
  /** The most bytes of keys and values that are kept. */
  readonly bytes: number;
}

interface Kept {
  readonly revision: bigint;
  readonly changes: readonly DriverChange[];
  readonly bytes: number;
}

/** The most changes that one look gives, unless a single revision has more. */
const changesPerLook = 1000;

/**
 * The latest changes of a store, for the `changes` of its driver. Old ones are dropped when there are too many, the
 * latest revision never. Adding costs O(1) on average, a look O(log revisions + changes).
 */
export class ChangeHistory {
  readonly #limits: ChangeHistoryOptions;
  #kept: (Kept | undefined)[] = [];
  /** The position of the oldest revision that is kept. */
  #start = 0;
  #bytes = 0;
  #oldest: bigint;
  #latest: bigint;

  /** `revision` is that of the store at the start. */
  constructor(limits: ChangeHistoryOptions, revision = 0n) {
    this.#limits = limits;
    this.#oldest = revision;
    this.#latest = revision;
  }

  /** The oldest revision after which all changes are kept. */
  get oldest(): bigint {
    return this.#oldest;
  }

  /** The revision of the latest changes. */
  get latest(): bigint {
    return this.#latest;
  }

  /** Adds the changes of one revision, which must be larger than those before. */
  add(revision: bigint, changes: readonly DriverChange[]): void {
    let bytes = 0;
    for (const { key, pair } of changes) bytes += 2 * key.length + (pair?.value.byteLength ?? 0);
    this.#kept.push({ revision, changes, bytes });
    this.#bytes += bytes;
    this.#latest = revision;
    while (
      this.#kept.length - this.#start > 1 &&
      (this.#kept.length - this.#start > this.#limits.revisions || this.#bytes > this.#limits.bytes)
    ) {
      this.#dropOldest();
    }
  }

  /** True when all changes after that revision are kept, and the store has come so far. */
  covers(revision: bigint): boolean {
    return revision >= this.#oldest && revision <= this.#latest;
  }

  /**
   * The changes after `from` that concern keys with that prefix: those of whole revisions, until there are a thousand.
   * Undefined when they are not kept. `revision` says how far the look went.
   */
  after(from: bigint, prefix: string): DriverChanges | undefined {
    if (!this.covers(from)) return undefined;
    const changes: DriverChange[] = [];
    let revision = from;
    for (let at = this.#firstAfter(from); at < this.#kept.length && changes.length < changesPerLook; at++) {
      const kept = this.#kept[at] as Kept;
      for (const change of kept.changes) if (change.key.startsWith(prefix)) changes.push(change);
      revision = kept.revision;
    }
    return { revision, changes };
  }

  #firstAfter(revision: bigint): number {
    let [low, high] = [this.#start, this.#kept.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#kept[middle] as Kept).revision > revision) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #dropOldest(): void {
    const { revision, bytes } = this.#kept[this.#start] as Kept;
    this.#bytes -= bytes;
    this.#oldest = revision;
    this.#kept[this.#start++] = undefined;
    if (this.#start >= 1000 && this.#start * 2 >= this.#kept.length) {
      this.#kept = this.#kept.slice(this.#start);
      this.#start = 0;
    }
  }
}
