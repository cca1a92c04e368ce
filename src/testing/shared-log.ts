import { StoreError } from '../errors/store-error.ts';
import type { Change } from '../model/proposer.ts';
import type { Version, VersionInput } from '../wire/generated/common.ts';
import { versionOf } from '../model/version.ts';
import { InternalRaftRequest } from '../wire/generated/raft.ts';
import type { StoreActionInput } from '../wire/generated/raft.ts';
import type { StoreSnapshot } from '../wire/generated/snapshot.ts';
import { Changes } from './model/changes.ts';
import { Contents } from './model/contents.ts';
import { replayActions } from './model/replay.ts';
import { Ticks } from './ticks.ts';

/** Options of a {@link SharedLog}. */
export interface SharedLogOptions {
  /** Time stands still until the test calls `tick` or `settle`. Where not given, it passes by itself. */
  readonly byHand?: boolean | undefined;
}

/**
 * An ordered log in memory, which any number of {@link FaultyProposer}s share: what the store of one commits arrives at
 * the stores of the others. Entries are numbered from 1. They pass through their encoding, so that no two stores share
 * an object.
 *
 * @example
 * ```ts
 * import { MemoryStore } from 'swarmstate';
 * import { FaultyProposer, SharedLog } from 'swarmstate/testing';
 *
 * const log = new SharedLog();
 * const first = new MemoryStore({ proposer: new FaultyProposer({ log }) });
 * const second = new MemoryStore({ proposer: new FaultyProposer({ log }) });
 * await first.update((tx) => tx.nodes.create({ id: 'node-1' }));
 * await log.settle();
 * console.log(second.view((tx) => tx.nodes.get('node-1')?.id));
 * ```
 */
export class SharedLog {
  readonly #ticks: Ticks;
  readonly #entries: Change[] = [];
  /** The contents after each entry, as far as they were asked for; the first are those before all entries. */
  readonly #states: Contents[] = [new Contents()];
  readonly #followers = new Set<() => void>();
  #trimmed = 0;

  constructor(options: SharedLogOptions = {}) {
    this.#ticks = new Ticks(options.byHand === true);
  }

  /** All entries there ever were, trimmed ones included. */
  get entries(): readonly Change[] {
    return this.#entries;
  }

  /** The version of the last entry; 0 when there is none. */
  get version(): Version {
    return versionOf({ index: this.#entries.length });
  }

  /** The version of the last entry that is not served any more; 0 when all are. */
  get trimmed(): Version {
    return versionOf({ index: this.#trimmed });
  }

  /** Appends an entry, as a member that is none of the stores would, and gives its version. */
  append(actions: readonly StoreActionInput[]): Version {
    const bytes = InternalRaftRequest.encode({ action: actions });
    const version = versionOf({ index: this.#entries.length + 1 });
    this.#entries.push(Object.freeze({ version, storeActions: InternalRaftRequest.decode(bytes).action }));
    for (const follow of this.#followers) follow();
    return version;
  }

  /** Stops serving the entries up to and with a version: stores that have not got them yet are reset to a snapshot. */
  trim(through: VersionInput): void {
    this.#trimmed = Math.min(Math.max(this.#trimmed, versionOf(through).index), this.#entries.length);
  }

  /**
   * The entries after one version, up to and with another. Throws `ERR_LOG_COMPACTED`, also when the log is trimmed
   * meanwhile.
   */
  *between(from: VersionInput, to: VersionInput): Generator<Change, void, undefined> {
    const last = versionOf(to).index;
    if (last > this.#entries.length) {
      throw new StoreError('ERR_VERSION_OUT_OF_BOUNDS', `the log ends at version ${this.#entries.length}`, {
        version: versionOf(to),
        current: this.version,
      });
    }
    for (let index = versionOf(from).index; index < last; index += 1) {
      if (index < this.#trimmed) {
        const oldest = versionOf({ index: this.#trimmed + 1 });
        throw new StoreError('ERR_LOG_COMPACTED', `the log was trimmed; its oldest entry is ${oldest.index}`, {
          oldest,
        });
      }
      yield this.#entries[index] as Change;
    }
  }

  /**
   * The contents after an entry (the last one, where no version is given), found by replaying the log on a slow model.
   * Throws when the log makes no sense: when an entry cannot follow those before it.
   */
  contentsAt(version: VersionInput = this.version): StoreSnapshot {
    const { index } = versionOf(version);
    for (let next = this.#states.length; next <= index; next += 1) {
      const entry = this.#entries[next - 1];
      if (entry === undefined)
        throw new RangeError(`the log ends at version ${this.#entries.length}; there is no version ${index}`);
      const contents = (this.#states[next - 1] as Contents).copy();
      try {
        replayActions(new Changes(contents, 'log'), entry.storeActions);
      } catch (cause) {
        throw new Error(`entry ${next} of the log cannot follow the entries before it`, { cause });
      }
      this.#states.push(contents);
    }
    return (this.#states[index] as Contents).save();
  }

  /** Lets one tick of the log's time pass. */
  tick(): void {
    this.#ticks.tick();
  }

  /** Lets time pass until nothing moves by itself any more. A proposal that hangs does not. */
  settle(): Promise<void> {
    return this.#ticks.settle();
  }

  /** @internal The time of everything that uses this log. */
  get ticks(): Ticks {
    return this.#ticks;
  }

  /** @internal Has `follow` called after each entry. */
  follow(follow: () => void): void {
    this.#followers.add(follow);
  }
}
