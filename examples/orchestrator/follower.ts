import { MemoryStore, isStoreError } from 'swarmstate';
import { StoreSnapshot } from 'swarmstate/proto';
import { watchStates } from './commit-states.ts';
import type { ControlLoop } from './loops/control-loop.ts';

/** What a follower takes besides the store. */
export interface FollowerOptions {
  /** Hears of commits that left the copy different from the source, and of everything else that went wrong. */
  readonly onError: (error: unknown, loop: string) => void;
  /** Called for each commit, once the copies were compared. */
  readonly onCommit?: ((copy: MemoryStore) => void) | undefined;
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
 * Follows a store: begins with all of its contents, applies every commit, and compares the bytes of both after each. This is how a standby, a cache or an audit log is
 * fed; the comparing is only there to show that it works.
 */
export function startFollower(store: MemoryStore, options: FollowerOptions): Follower {
  const copy = new MemoryStore();
  let compared = 0;
  let different = 0;
  const stopping = new AbortController();
  let endWatch: () => void = () => undefined;
  const done = (async () => {
    while (!stopping.signal.aborted) {
      const watch = watchStates(store, options.watchLimit);
      endWatch = () => watch.watcher.close();
      try {
        await copy.restore(watch.initial);
        for await (const { events, state } of watch.states()) {
          await copy.apply({ events });
          compared++;
          if (Buffer.compare(StoreSnapshot.encode(store.save(state)), StoreSnapshot.encode(copy.save())) !== 0) {
            different++;
            options.onError(new Error(`after ${compared} commits the copy differs from the store`), 'follower');
          }
          options.onCommit?.(copy);
        }
        return;
      } catch (error) {
        // Fell behind: begin anew with the contents as they are now, of which only the differences are written.
        if (isStoreError(error, 'ERR_WATCH_OVERFLOW')) continue;
        options.onError(error, 'follower');
        return;
      }
    }
  })();
  return {
    name: 'follower',
    copy,
    done,
    get compared() {
      return compared;
    },
    get different() {
      return different;
    },
    stop() {
      stopping.abort();
      endWatch();
      return done;
    },
  };
}
