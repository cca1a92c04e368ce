import type { Kind } from '../wire/generated/kinds.ts';
import type { FollowOptions, Followed, KindOf } from './follow-options.ts';
import type { FollowSource } from './follow-source.ts';
import { Follower } from './follower.ts';

/**
 * Follows tables of a source: first their rows, then every change of them, commit by commit, without a gap. A follower
 * can lose its place in the log: it was too slow, the source was restored or reloaded, the log was compacted, or the
 * connection broke. It then compares all rows by itself and reports only the differences.
 *
 * Throws `ERR_INVALID_OBJECT` for an option that is wrong or unknown, and the errors of the source about the options,
 * such as `ERR_INVALID_FIND_BY`.
 *
 * @example
 * ```ts
 * import { MemoryStore, byNodeId } from 'swarmstate';
 * import { follow } from 'swarmstate/cache';
 *
 * const store = new MemoryStore({ history: 100 });
 * using follower = follow(store, { tables: ['node', { kind: 'task', by: byNodeId('node-1') }] });
 * await follower.synced;
 * await store.update((tx) => tx.tasks.create({ id: 'task-1', nodeId: 'node-1' }));
 * await follower.waitFor(store.version);
 * console.log(follower.table('task').size); // 1
 *
 * for await (const { cause, events } of follower) {
 *   console.log(cause, events.length); // initial 1
 *   break;
 * }
 * ```
 */
export function follow<T extends Followed = Kind>(
  source: FollowSource,
  options: FollowOptions<T> = {},
): Follower<KindOf<T>> {
  return new Follower<KindOf<T>>(source, options as unknown as FollowOptions);
}
