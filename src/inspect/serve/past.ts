import { Commit } from '../../model/commit-json.ts';
import { commitOf, createEvent, deleteEvent, orphanUpdateEvent, updateEvent } from '../../model/events.ts';
import type { ObjectEvent } from '../../model/events.ts';
import { isAfter, shiftVersion } from '../../model/version.ts';
import { redactObject } from '../../readable/redact.ts';
import type { Redaction } from '../../readable/redact.ts';
import type { ReadableStore } from '../../readable/readable-store.ts';
import type { Version } from '../../wire/generated/common.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import type { JsonValue } from '../../wire/values/types.ts';

/** How far to go back, tried in this order: a store does not say how much of its past it keeps. */
const distances: readonly number[] = [1000, 700, 500, 350, 250, 180, 120, 80, 60, 40, 30, 20, 15, 10, 7, 5, 4, 3, 2, 1];

/** The most changes of one answer. */
const MOST_CHANGES = 20_000;

/** Commits of the past, as the page gets them. */
export interface Past {
  /** The version before the first commit, as decimal text; null where there is no commit. */
  readonly from: string | null;
  readonly commits: readonly JsonValue[];
}

/**
 * The commits that lead to the state at `to`, as far back as the store has them, up to a limit. None where the store
 * keeps no past. The secrets of their objects are emptied.
 */
export async function readPast(store: ReadableStore, to: Version, redaction: Redaction): Promise<Past> {
  for (const distance of distances) {
    const from = shiftVersion(to, -distance);
    if (!isAfter(to, from)) continue;
    const commits = await between(store, from, to, redaction);
    if (commits !== undefined) return { from: String(from.index), commits };
  }
  return { from: null, commits: [] };
}

/** Undefined where the store does not have all of these commits, or where they are too many. */
async function between(
  store: ReadableStore,
  from: Version,
  to: Version,
  redaction: Redaction,
): Promise<readonly JsonValue[] | undefined> {
  const commits: JsonValue[] = [];
  let changes = 0;
  try {
    const watcher = await store.watchFrom(from);
    try {
      for await (const { version, reset, events } of watcher.commits()) {
        changes += events.length;
        if (version === undefined || reset === true || isAfter(version, to) || changes > MOST_CHANGES) return undefined;
        const redacted = events.map((event) => redactEvent(event, redaction));
        commits.push(Commit.toJson(commitOf(redacted, version, undefined)));
        if (!isAfter(to, version)) return commits;
      }
    } finally {
      watcher.close();
    }
  } catch {
    // The log is compacted, the store keeps no versions, or it has closed.
  }
  return undefined;
}

function redactEvent({ kind, action, object, oldObject }: ObjectEvent, redaction: Redaction): ObjectEvent {
  const empty = (value: Kinds[Kind]): Kinds[Kind] => redactObject(kind, value, redaction);
  if (action === 'create') return createEvent(kind, empty(object));
  if (action === 'delete') return deleteEvent(kind, empty(object));
  return oldObject === undefined
    ? orphanUpdateEvent(kind, empty(object))
    : updateEvent(kind, empty(object), empty(oldObject));
}
