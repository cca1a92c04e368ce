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
  /** True: a tick passes only when the test calls `tick` or `settle`. Where not given, ticks pass by themselves. */
  readonly byHand?: boolean | undefined;
}

/**
 * An ordered log in memory that any number of {@link FaultyProposer}s share: the commits of one store arrive at the
 * stores of the others. Entries are numbered from 1. Entries are encoded and decoded, so that no two stores share an
 * object.
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
  /** The contents after each entry, as far as they were asked for. At position 0: the contents before all entries. */
  readonly #states: Contents[] = [new Contents()];
  readonly #followers = new Set<() => void>();
  #trimmed = 0;

  constructor(options: SharedLogOptions = {}) {
    this.#ticks = new Ticks(options.byHand === true);
  }

  /** All entries that were ever appended, trimmed ones included. */
  get entries(): readonly Change[] {
    return this.#entries;
  }

  /** The version of the last entry; 0 for an empty log. */
  get version(): Version {
    return versionOf({ index: this.#entries.length });
  }

  /** The version of the last trimmed entry; 0 when no entry was trimmed. */
  get trimmed(): Version {
    return versionOf({ index: this.#trimmed });
  }

  /** Appends an entry in the name of no store, and returns its version. */
  append(actions: readonly StoreActionInput[]): Version {
    const bytes = InternalRaftRequest.encode({ action: actions });
    const version = versionOf({ index: this.#entries.length + 1 });
    this.#entries.push(Object.freeze({ version, storeActions: InternalRaftRequest.decode(bytes).action }));
    for (const follow of this.#followers) follow();
    return version;
  }

  /** Trims the entries up to and including a version. Stores that lack one of them are reset to a snapshot. */
  trim(through: VersionInput): void {
    this.#trimmed = Math.min(Math.max(this.#trimmed, versionOf(through).index), this.#entries.length);
  }

  /**
   * The entries after `from`, up to and including `to`. Throws `ERR_LOG_COMPACTED` at a trimmed entry, also when it was
   * trimmed during the iteration.
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
   * The contents after an entry; after the last one where no version is given. They are found by a replay of the log on
   * a slow model. Throws when an entry cannot follow the entries before it.
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

  /** Lets one tick pass. */
  tick(): void {
    this.#ticks.tick();
  }

  /** Lets ticks pass until nothing waits for a tick. Proposals that hang go on hanging. */
  settle(): Promise<void> {
    return this.#ticks.settle();
  }

  /** @internal The ticks of all users of this log. */
  get ticks(): Ticks {
    return this.#ticks;
  }

  /** @internal Calls `follow` after each appended entry. */
  follow(follow: () => void): void {
    this.#followers.add(follow);
  }
}
