import { StoreError } from '../../errors/store-error.ts';
import type { Change } from '../../model/proposer.ts';
import { isAfter, shiftVersion, versionOf, versionText } from '../../model/version.ts';
import type { StoreAction } from '../../wire/generated/raft.ts';
import type { Version } from '../../wire/generated/common.ts';
import type { ReadableLog } from '../readable-store.ts';

/**
 * Numbers the commits of a followed swarm and keeps the last ones for `watchFrom`. Versions start at the microseconds
 * since 1970, as in a store with a history. So the version of an earlier process is never taken for one of this
 * process.
 */
export class CommitLog implements ReadableLog {
  readonly #limit: number;
  #changes: Change[] = [];
  /** The version before the first kept change. */
  #oldest: Version;
  #version: Version;

  /** `limit` is the number of commits that are kept. */
  constructor(limit: number) {
    this.#limit = limit;
    this.#version = versionOf({ index: Math.floor((performance.timeOrigin + performance.now()) * 1000) });
    this.#oldest = this.#version;
  }

  getVersion(): Version {
    return this.#version;
  }

  /** Adds a commit and returns its version. O(1) on average. */
  append(storeActions: readonly StoreAction[]): Version {
    this.#version = shiftVersion(this.#version, 1);
    this.#changes.push({ version: this.#version, storeActions });
    // Every element is moved once in `limit` commits.
    if (this.#changes.length >= 2 * this.#limit) this.#forget(this.#changes.length - this.#limit);
    return this.#version;
  }

  /** Forgets all commits and returns the version of contents that replace the present contents. */
  reset(): Version {
    this.#version = shiftVersion(this.#version, 1);
    this.#changes = [];
    this.#oldest = this.#version;
    return this.#version;
  }

  changesBetween(from: Version, to: Version): readonly Change[] {
    if (isAfter(this.#oldest, from)) {
      throw new StoreError(
        'ERR_LOG_COMPACTED',
        `the commits after version ${versionText(from)} are not kept any more; view the contents again, or raise the option history of followSwarm`,
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
