import { MemoryStore } from 'swarmstate';
import { follow } from 'swarmstate/cache';
import { StoreSnapshot } from 'swarmstate/proto';
import { CommitStates } from './commit-states.ts';
import type { ControlLoop } from './loops/control-loop.ts';

/** Options of a follower. */
export interface FollowerOptions {
  /** Called for each commit after which the copy differs from the source, and for every other error. */
  readonly onError: (error: unknown, loop: string) => void;
  /** The number of events that may wait to be read. Default: the limit of the store. */
  readonly watchLimit?: number | undefined;
}

/** A second store that follows the first one. */
export interface Follower extends ControlLoop {
  readonly copy: MemoryStore;
  /** The number of commits that were applied to the copy and compared. */
  readonly compared: number;
  /** The number of those after which the copy's bytes differed from the source's. */
  readonly different: number;
}

/**
 * Follows a store that has versions: begins with all of its contents, applies every commit, and compares the bytes of
 * both after each commit. A standby, a cache or an audit log is fed in this way; the comparison is only here to show
 * that it works.
 */
export function startFollower(store: MemoryStore, { onError, watchLimit: limit }: FollowerOptions): Follower {
  const copy = new MemoryStore();
  const counts = { compared: 0, different: 0 };
  const states = new CommitStates(store);
  const follower = follow(store, { limit });
  const run = async (): Promise<void> => {
    // The first commit holds all rows. A follower that fell behind gets the difference as one commit.
    for await (const { version, events } of follower) {
      await copy.apply({ events });
      const state = states.take(version);
      if (state === undefined) continue;
      counts.compared++;
      if (Buffer.compare(StoreSnapshot.encode(store.save(state)), StoreSnapshot.encode(copy.save())) !== 0) {
        counts.different++;
        onError(new Error(`after ${counts.compared} commits the copy differs from the store`), 'follower');
      }
      state.close();
    }
  };
  const done = run()
    .catch((error: unknown) => onError(error, 'follower'))
    .finally(() => states.close());
  return {
    name: 'follower',
    copy,
    done,
    get compared() {
      return counts.compared;
    },
    get different() {
      return counts.different;
    },
    stop() {
      follower.close();
      return done;
    },
  };
}
