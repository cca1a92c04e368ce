import { StoreError } from '../errors/store-error.ts';
import type { Commit, ObjectEvent } from '../model/events.ts';
import type { Change, Proposer } from '../model/proposer.ts';
import { eventOf } from '../model/store-actions.ts';
import { isAfter, versionOf, versionText } from '../model/version.ts';
import type { Version, VersionInput } from '../wire/generated/common.ts';
import { StoreAction } from '../wire/generated/raft.ts';
import type { Kind, Kinds } from '../wire/kinds.ts';
import type { WatchOptions } from './selector.ts';
import type { WatchHub } from './watch-hub.ts';
import type { Watcher } from './watcher.ts';

/** What a resumed watch needs of its store. */
export interface WatchFromParts {
  readonly hub: WatchHub;
  readonly proposer: Proposer | undefined;
  readonly current: () => Version | undefined;
}

/** See `MemoryStore.watchFrom`. */
export async function watchFrom(
  parts: WatchFromParts,
  from: VersionInput | undefined,
  options: WatchOptions,
): Promise<Watcher> {
  const { hub, proposer } = parts;
  options.signal?.throwIfAborted();
  if (from === undefined) return hub.watch(options);
  const version = versionOf(from);
  if (proposer === undefined && hub.history === undefined) {
    throw new StoreError(
      'ERR_VERSIONING_UNSUPPORTED',
      'this store has no versions to watch from; give it a proposer, or a history: new MemoryStore({ history: 1000 })',
      {},
    );
  }
  const current = parts.current();
  if (current === undefined) {
    throw new StoreError(
      'ERR_VERSIONING_UNSUPPORTED',
      'the proposer has no version now, so there is nothing to watch from; try again later',
      {},
    );
  }
  if (isAfter(version, current)) {
    throw new StoreError(
      'ERR_VERSION_OUT_OF_BOUNDS',
      `version ${versionText(version)} is not reached yet; this store is at ${versionText(current)}`,
      { version, current },
    );
  }
  // Nothing is missed, and nothing comes any more.
  if (hub.closed && !isAfter(current, version)) return hub.watch(options);
  const between = hub.history === undefined ? replayLog(proposer) : hub.history.between.bind(hub.history);
  return hub.watchFrom(version, options, { current: parts.current, between });
}

/**
 * The commits of a proposer's log. Objects that the replayed range has shown before are the old objects of later
 * updates.
 */
function replayLog(proposer: Proposer | undefined): (from: Version, to: Version) => AsyncIterable<Commit> {
  const known = new Map<string, Kinds[Kind]>();
  return async function* (from, to) {
    if (proposer === undefined) return;
    for await (const change of proposer.changesBetween(from, to)) yield commitOf(change, known);
  };
}

function commitOf(change: Change, known: Map<string, Kinds[Kind]>): Commit {
  const events: ObjectEvent[] = [];
  for (const action of change.storeActions) {
    // Canonical, and so deeply frozen, also where the log keeps its actions otherwise.
    const event = eventOf(StoreAction.from(action), (kind, id) => known.get(knownKey(kind, id)));
    if (event === undefined) continue;
    const key = knownKey(event.kind, event.object.id);
    if (event.action === 'delete') known.delete(key);
    else known.set(key, event.object);
    events.push(event);
  }
  return Object.freeze<Commit>({ version: versionOf(change.version), events: Object.freeze(events) });
}

function knownKey(kind: Kind, id: string): string {
  return `${kind} ${id}`;
}
