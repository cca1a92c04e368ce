import { StoreError } from '../errors/store-error.ts';
import type { Change } from '../model/proposer.ts';
import { isAfter, shiftVersion, versionOf, versionText } from '../model/version.ts';
import type { StoreAction } from '../wire/generated/raft.ts';
import type { Version } from '../wire/generated/common.ts';
import type { ReadableLog } from './readable-store.ts';

/**
 * Numbers the commits of a copy and keeps the last ones for `watchFrom`. A commit has the version of the source. Where
 * the source gives none, versions start at the microseconds since 1970, as in a store with a history. So the version of
 * an earlier process is never taken for one of this process.
 */
export class CommitLog implements ReadableLog {
  readonly #limit: number;
  #changes: Change[] = [];
  /** The version before the first kept change. */
  #oldest: Version;
  #version: Version;
  /** True once a version is the source's. */
  #sourced = false;
  /** The distance from a version of the source to the version here; 0 unless the source has gone back. */
  #ahead = 0;

  /** `limit` is the number of commits that are kept. */
  constructor(limit: number) {
    this.#limit = limit;
    this.#version = versionOf({ index: Math.floor((performance.timeOrigin + performance.now()) * 1000) });
    this.#oldest = this.#version;
  }

  getVersion(): Version {
    return this.#version;
  }

  /** Adds a commit and returns its version. `source` is its version in the source. O(1) on average. */
  append(storeActions: readonly StoreAction[], source?: Version): Version {
    this.#version = shiftVersion(source ?? this.#version, source === undefined ? 1 : this.#ahead);
    this.#changes.push({ version: this.#version, storeActions });
    // Every element is moved once in `limit` commits.
    if (this.#changes.length >= 2 * this.#limit) this.#forget(this.#changes.length - this.#limit);
    return this.#version;
  }

  /**
   * Forgets all commits, for contents that replace the present contents. `version` is their version: that of the
   * source. The versions of a store never fall. A source that has gone back gets the next version here, and a distance
   * is added to its later versions. Call `end` with false where the present contents stay.
   */
  reset(source?: Version): { readonly version: Version; end(replaced: boolean): void } {
    const next = shiftVersion(this.#version, 1);
    const kept = source !== undefined && (!this.#sourced || isAfter(source, this.#version));
    const version = kept ? source : next;
    // A watcher must not resume across the replacement, once the contents have the new version.
    this.#changes = [];
    this.#oldest = version;
    const end = (replaced: boolean): void => {
      if (replaced) {
        this.#ahead = kept || source === undefined ? 0 : Number(BigInt(next.index) - BigInt(source.index));
        this.#sourced ||= source !== undefined;
        this.#version = version;
      } else this.#oldest = this.#version;
    };
    return { version, end };
  }

  changesBetween(from: Version, to: Version): readonly Change[] {
    if (isAfter(this.#oldest, from)) {
      throw new StoreError(
        'ERR_LOG_COMPACTED',
        `the commits after version ${versionText(from)} are not kept any more; ` +
          'view the contents again, or raise the option history',
        { oldest: this.#oldest },
      );
    }
    return this.#changes.filter(({ version }) => isAfter(version, from) && !isAfter(version, to));
  }

  #forget(count: number): void {
    const last = this.#changes[count - 1];
    if (last !== undefined) this.#oldest = last.version;
    this.#changes = this.#changes.slice(count);
  }
}
