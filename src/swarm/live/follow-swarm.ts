import type { Grpc } from '../../grpc/load-grpc.ts';
import { loadGrpc } from '../../grpc/load-grpc.ts';
import { SwarmError } from '../../errors/swarm-error.ts';
import type { ReadableStore } from '../../readable/readable-store.ts';
import { gapsOf } from './gaps.ts';
import type { SwarmGap } from './gaps.ts';
import { findControlSocket } from './manager/default-places.ts';
import { parseTarget } from './manager/target.ts';
import { checkFollowOptions } from './options.ts';
import type { FollowSwarmOptions } from './options.ts';
import type { SwarmEvents, SwarmStatus } from './status.ts';
import { SwarmFollower } from './swarm-follower.ts';
import { usualTimings } from './timings.ts';
import type { Timings } from './timings.ts';

/** A swarm that is followed: a store with its contents, kept in step with a manager. */
export interface Swarm {
  /**
   * The contents of the swarm, for reading. Each message of a manager is one commit. The first contents, and those that
   * were listed again, are one commit marked `reset`. Commits are numbered as in a store with a history.
   */
  readonly store: ReadableStore;
  readonly status: SwarmStatus;
  /**
   * The index in the swarm's own log up to which every change is in the store; undefined until a message of a manager
   * tells one.
   */
  readonly index: number | undefined;
  /** The manager that is followed: `unix:///run/docker/swarm/control.sock`. */
  readonly target: string;
  /** The parts of the swarm's state that the store does not have, or has otherwise. */
  readonly gaps: readonly SwarmGap[];
  /** Registers a handler; returns the function that removes it. */
  on<E extends keyof SwarmEvents>(event: E, handler: (payload: SwarmEvents[E]) => void): () => void;
  /** Ends following, and the watchers of the store after their unread events. Views go on working. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Follows a swarm through one of its managers, and resolves with its first contents. `target` is the control socket of
 * a manager (`unix:///run/docker/swarm/control.sock`), or `host:2377` with the certificate and key of a manager.
 * Without a target, the manager on this machine is found. Needs the package `@grpc/grpc-js`.
 *
 * A lost connection is made again for as long as it takes: the status is then `stale`. Where the manager still has the
 * missed changes they come as commits; else the contents are listed again, and the difference is one commit.
 *
 * Rejects with a `SwarmError` that says what to do, or with the reason of the signal. `ERR_SWARM_NOT_REACHABLE` and
 * `ERR_SWARM_NO_LEADER` come only after `timeoutMs`, because they may pass.
 *
 * @example
 * ```ts
 * import { TaskState, byTaskState } from 'swarmstate';
 * import { followSwarm } from 'swarmstate/swarm';
 *
 * const swarm = await followSwarm('unix:///run/docker/swarm/control.sock');
 * swarm.on('status', ({ status, reason }) => console.log(status, reason ?? ''));
 * const failed = swarm.store.view((tx) => tx.tasks.find(byTaskState(TaskState.FAILED)));
 * console.log(`${failed.length} tasks have failed`);
 * for await (const { events } of swarm.store.watch({ events: [{ kind: 'task' }] }).commits()) {
 *   for (const event of events) if (event.kind === 'task') console.log(event.action, event.object.id);
 * }
 * ```
 */
export async function followSwarm(target?: string, options: FollowSwarmOptions = {}): Promise<Swarm> {
  return followWith(usualTimings, target, options);
}

/** {@link followSwarm} with other times. */
export async function followWith(
  timings: Timings,
  target: string | undefined,
  options: FollowSwarmOptions,
): Promise<Swarm> {
  const checked = checkFollowOptions(options);
  checked.signal?.throwIfAborted();
  const place = parseTarget(target ?? findControlSocket());
  const module: Grpc = await loadGrpc(
    (text, cause) =>
      new SwarmError(
        'ERR_SWARM_CLIENT_MISSING',
        `followSwarm needs the package ${text}`,
        { packageName: '@grpc/grpc-js' },
        { cause },
      ),
  );
  const follower = new SwarmFollower(module, place, checked, timings);
  const { mirror, source } = follower;
  await source.start();
  const close = (): Promise<void> => source.close();
  return {
    store: mirror.store,
    get status() {
      return source.status;
    },
    get index() {
      return mirror.index;
    },
    target: place.text,
    gaps: gapsOf(checked.redact),
    on: (event, handler) => source.events.on(event, handler),
    close,
    [Symbol.asyncDispose]: close,
  };
}
