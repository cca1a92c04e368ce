import { StoreError } from '../../errors/store-error.ts';
import type { Commit } from '../../model/events.ts';
import { isAfter, versionText } from '../../model/version.ts';
import type { Version } from '../../wire/generated/common.ts';

/** The last commits of a store that numbers its transactions itself. The commits are those that watchers share. */
export class CommitHistory {
  readonly #size: number;
  /** A ring: commit number n (from 0) is at n modulo the size. */
  readonly #commits: Commit[] = [];
  #count = 0;
  /** The version of the last commit that is not kept any more. */
  #dropped: Version | undefined;

  constructor(size: number) {
    this.#size = size;
  }

  /** How many commits are kept. */
  get length(): number {
    return Math.min(this.#count, this.#size);
  }

  add(commit: Commit): void {
    if (this.#size === 0) {
      this.#dropped = commit.version;
      return;
    }
    const place = this.#count % this.#size;
    const replaced = this.#commits[place];
    if (replaced !== undefined) this.#dropped = replaced.version;
    this.#commits[place] = commit;
    this.#count += 1;
  }

  /**
   * The commits after `from`, one by one, up to and with `to`. Throws `ERR_LOG_COMPACTED` when one of them is not kept
   * any more, also when that happens while they are read: nothing is kept for the reader.
   */
  *between(from: Version, to: Version): Generator<Commit> {
    this.#assertKept(from);
    let next = this.#firstAfter(from);
    let last = from;
    while (next < this.#count) {
      this.#assertKept(last);
      const commit = this.#commits[next % this.#size];
      if (commit?.version === undefined || isAfter(commit.version, to)) return;
      yield commit;
      last = commit.version;
      next += 1;
    }
  }

  #assertKept(from: Version): void {
    if (this.#dropped === undefined || !isAfter(this.#dropped, from)) return;
    const oldest = this.#commits[(this.#count - this.length) % Math.max(1, this.#size)]?.version;
    throw new StoreError(
      'ERR_LOG_COMPACTED',
      `the commits after version ${versionText(from)} are not kept any more; the oldest version that is kept: ${versionText(oldest)}. ` +
        'View and watch again, or keep a longer history',
      { oldest },
    );
  }

  /** The number of the first kept commit after a version; versions rise, but may leave gaps. */
  #firstAfter(from: Version): number {
    let low = this.#count - this.length;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >> 1;
      const version = this.#commits[middle % this.#size]?.version;
      if (version !== undefined && isAfter(version, from)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
