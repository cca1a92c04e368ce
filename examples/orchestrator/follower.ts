import { MemoryStore } from 'swarmstate';
import { follow } from 'swarmstate/cache';
import { StoreSnapshot } from 'swarmstate/proto';
import { CommitStates } from './commit-states.ts';
import type { ControlLoop } from './loops/control-loop.ts';

/** What a follower takes besides the store. */
export interface FollowerOptions {
  /** Hears of commits that left the copy different from the source, and of everything else that went wrong. */
  readonly onError: (error: unknown, loop: string) => void;
  /** How many events may wait to be read; the store's own limit where not given. */
  readonly watchLimit?: number | undefined;
}

/** A second store that follows the first one. */
export interface Follower extends ControlLoop {
  readonly copy: MemoryStore;
  /** How many commits were applied to the copy and compared. */
  readonly compared: number;
  /** After how many of them the copy's bytes were not the source's. */
  readonly different: number;
}

/**
 * Follows a store that has versions: begins with all of its contents, applies every commit, and compares the bytes of
 * both after each. This is how a standby, a cache or an audit log is fed; the comparing is only there to show that it
 * works.
 */
export function startFollower(store: MemoryStore, { onError, watchLimit: limit }: FollowerOptions): Follower {
  const copy = new MemoryStore();
  const counts = { compared: 0, different: 0 };
  const states = new CommitStates(store);
  const follower = follow(store, { limit });
  const run = async (): Promise<void> => {
    // The first of these holds what there is; one that fell behind gets what differs, as one commit.
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
