import type { ReadableStore } from '../../readable/readable-store.ts';
import type { Version } from '../../wire/generated/common.ts';
import type { RemoteFollower } from './remote-follower.ts';
import type { RemoteEvents, RemoteStatus } from './status.ts';

/** A store of another process: a copy for reading, kept in step with a server. */
export interface RemoteStore {
  /**
   * The contents, for reading. Each commit of the server's store is one commit with the same version. Contents that had
   * to be read anew are one commit of the difference, marked `reset`. Versions never fall: where the server's store has
   * gone back, the versions here run ahead of those there.
   */
  readonly store: ReadableStore;
  readonly status: RemoteStatus;
  /** The version of the server's store that the copy has; undefined where that store has no versions. */
  readonly version: Version | undefined;
  /** The server that is followed. */
  readonly target: string;
  /** Registers a handler; returns the function that removes it. */
  on<E extends keyof RemoteEvents>(event: E, handler: (payload: RemoteEvents[E]) => void): () => void;
  /** Ends following, and the watchers of the store after their unread events. Views go on working. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a follower, and resolves with the first contents. */
export async function startFollowing(follower: RemoteFollower, target: string): Promise<RemoteStore> {
  const { copy, source } = follower;
  await source.start();
  const close = (): Promise<void> => source.close();
  return {
    store: copy.store,
    get status() {
      return source.status;
    },
    get version() {
      return follower.place?.version;
    },
    target,
    on: (event, handler) => source.events.on(event, handler),
    close,
    [Symbol.asyncDispose]: close,
  };
}
