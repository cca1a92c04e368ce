import { StoreError } from '../../errors/store-error.ts';
import type { Commit } from '../../model/events.ts';
import { isAfter, versionText } from '../../model/version.ts';
import type { Version } from '../../wire/generated/common.ts';

/** The last commits of a store that numbers its transactions itself, for `watchFrom`. Watchers share the commits. */
export class CommitHistory {
  readonly #size: number;
  /** A ring: the n-th commit, counted from 0, is at position n modulo the size. */
  readonly #commits: Commit[] = [];
  /** The number of commits that were ever added. */
  #count = 0;
  /** Commits up to and with this version are not kept: at first the version that the store began with. */
  #dropped: Version | undefined;

  constructor(size: number, start: Version | undefined) {
    this.#size = size;
    this.#dropped = start;
  }

  /** The number of kept commits. */
  get length(): number {
    return Math.min(this.#count, this.#size);
  }

  add(commit: Commit): void {
    // The first commit of a copy may have an older version: it is where the copy's past begins.
    if (this.#count === 0 && !this.#continues(commit.version)) this.#dropped = commit.version;
    if (this.#size === 0) {
      this.#dropped = commit.version;
      return;
    }
    const position = this.#count % this.#size;
    const replaced = this.#commits[position];
    if (replaced !== undefined) this.#dropped = replaced.version;
    this.#commits[position] = commit;
    this.#count += 1;
  }

  /**
   * The commits after `from`, up to and including `to`. Throws `ERR_LOG_COMPACTED` when one of them is not kept, also
   * when the history drops it between two reads: no commit is kept for a reader.
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

  #continues(version: Version | undefined): boolean {
    return version !== undefined && this.#dropped !== undefined && isAfter(version, this.#dropped);
  }

  #assertKept(from: Version): void {
    if (this.#dropped === undefined || !isAfter(this.#dropped, from)) return;
    const oldest = this.#commits[(this.#count - this.length) % Math.max(1, this.#size)]?.version;
    throw new StoreError(
      'ERR_LOG_COMPACTED',
      `the commits after version ${versionText(from)} are not kept any more; the oldest version that is kept: ` +
        `${versionText(oldest)}. ` +
        'View and watch again, or keep a longer history',
      { oldest },
    );
  }

  /** How many commits were added before the first kept one after a version. Versions rise, but may leave gaps. */
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
