import type { Commit, ObjectEvent } from '../../model/events.ts';
import type { Change, Proposer } from '../../model/proposer.ts';
import { eventOf } from '../../model/store-actions.ts';
import { versionOf } from '../../model/version.ts';
import type { Version } from '../../wire/generated/common.ts';
import { StoreAction } from '../../wire/generated/raft.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';

/**
 * The commits of a proposer's log. Objects that the replayed range has shown before are the old objects of later
 * updates.
 */
export function replayLog(proposer: Proposer | undefined): (from: Version, to: Version) => AsyncIterable<Commit> {
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
