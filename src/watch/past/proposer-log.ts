import { commitOf } from '../../model/events.ts';
import type { Commit, ObjectEvent } from '../../model/events.ts';
import type { Change, Proposer } from '../../model/proposer.ts';
import { eventOf } from '../../model/store-actions.ts';
import { versionOf } from '../../model/version.ts';
import type { Version } from '../../wire/generated/common.ts';
import { StoreAction } from '../../wire/generated/raft.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';

/**
 * Reads commits from a proposer's log. The log has no old objects: an update gets one only where an earlier entry of
 * the replay had the object.
 */
export function replayLog(proposer: Proposer | undefined): (from: Version, to: Version) => AsyncIterable<Commit> {
  const known = new Map<string, Kinds[Kind]>();
  return async function* (from, to) {
    if (proposer === undefined) return;
    for await (const change of proposer.changesBetween(from, to)) yield replayedCommit(change, known);
  };
}

function replayedCommit(change: Change, known: Map<string, Kinds[Kind]>): Commit {
  const events: ObjectEvent[] = [];
  for (const action of change.storeActions) {
    // `from` makes the action canonical and deeply frozen, in whatever form the log keeps it.
    const event = eventOf(StoreAction.from(action), (kind, id) => known.get(knownKey(kind, id)));
    if (event === undefined) continue;
    const key = knownKey(event.kind, event.object.id);
    if (event.action === 'delete') known.delete(key);
    else known.set(key, event.object);
    events.push(event);
  }
  return Object.freeze(commitOf(Object.freeze(events), versionOf(change.version), undefined));
}

function knownKey(kind: Kind, id: string): string {
  return `${kind} ${id}`;
}
