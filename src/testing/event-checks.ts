import type { ObjectEvent, StoreEvent } from '../model/events.ts';
import type { Change } from '../model/proposer.ts';
import { actionOf } from '../model/store-actions.ts';
import { StoreAction } from '../wire/generated/raft.ts';
import type { StoreSnapshot } from '../wire/generated/snapshot.ts';
import type { Kind } from '../wire/generated/kinds.ts';
import { eventFault } from './event-text.ts';
import { Changes } from './model/changes.ts';
import { Contents } from './model/contents.ts';
import { equalObjects, kinds, tableNames } from './model/kinds.ts';
import { replayEvents, restoreKind } from './model/replay.ts';

/** See `EventRecorder.assertOrdered`. */
export function checkOrdered(events: readonly StoreEvent[]): void {
  let last: { readonly index: number } | undefined;
  let versioned: boolean | undefined;
  let open = 0;
  events.forEach((event, position) => {
    if (event.action !== 'commit') {
      open += 1;
      return;
    }
    const { version } = event;
    if (open === 0 && event.reset !== true) throw eventFault(events, position, 'a commit without changes before it');
    if (versioned !== undefined && versioned !== (version !== undefined)) {
      throw eventFault(events, position, 'some commits have a version and others have none');
    }
    if (version !== undefined && last !== undefined && version.index <= last.index) {
      throw eventFault(events, position, `version ${version.index} comes after version ${last.index}`);
    }
    versioned = version !== undefined;
    last = version;
    open = 0;
  });
  if (open > 0) throw eventFault(events, events.length, 'no commit closes the last changes');
}

/** See `EventRecorder.assertUnique`. */
export function checkUnique(events: readonly StoreEvent[]): void {
  const seen = new Map<unknown, number>();
  events.forEach((event, position) => {
    const key: unknown = event.action === 'commit' && event.version !== undefined ? String(event.version.index) : event;
    const first = seen.get(key);
    if (first !== undefined) throw eventFault(events, position, `the same was delivered at ${first}`);
    seen.set(key, position);
  });
}

/** See `EventRecorder.assertAtomic`. */
export function checkAtomic(events: readonly StoreEvent[], log: Iterable<Change>): void {
  const entries = [...log];
  const numbers = new Map(entries.map(({ version }, number) => [version.index, number]));
  let expected: number | undefined;
  let changes: ObjectEvent[] = [];
  events.forEach((event, position) => {
    if (event.action !== 'commit') {
      changes.push(event);
      return;
    }
    const { version } = event;
    if (version === undefined)
      throw eventFault(events, position, 'a commit without a version cannot be compared with a log');
    const number = numbers.get(version.index);
    if (event.reset !== true) {
      if (number === undefined) throw eventFault(events, position, `the log has no entry of version ${version.index}`);
      if (expected !== undefined && number !== expected) {
        throw eventFault(
          events,
          position,
          `the next entry of the log has version ${String(entries[expected]?.version.index)}`,
        );
      }
      compareChanges(events, position, changes, entries[number]?.storeActions ?? []);
    }
    expected = number === undefined ? undefined : number + 1;
    changes = [];
  });
}

/** See `EventRecorder.assertComplete`. */
export function checkComplete(events: readonly StoreEvent[], initial: StoreSnapshot, present: StoreSnapshot): void {
  const changes = new Changes(contentsOf(initial), 'copy');
  events.forEach((event, position) => {
    try {
      replayEvents(changes, [event]);
    } catch (cause) {
      throw eventFault(
        events,
        position,
        `it cannot follow the events before it: ${String((cause as { readonly code?: unknown }).code)}`,
      );
    }
  });
  const replayed = changes.contents.save();
  for (const kind of kinds) {
    const expected = new Map(
      (replayed[tableNames[kind]] as readonly { readonly id: string }[]).map((object) => [object.id, object] as const),
    );
    for (const object of present[tableNames[kind]] as readonly { readonly id: string }[]) {
      const other = expected.get(object.id);
      expected.delete(object.id);
      if (other === undefined) throw new Error(`the store holds ${kind} ${object.id}, which no event has told of`);
      if (!equalObjects(kind, object as never, other as never)) {
        throw new Error(`the store holds another ${kind} ${object.id} than the events have told of`);
      }
    }
    for (const id of expected.keys())
      throw new Error(`the store does not hold ${kind} ${id}, and no event has told that it is gone`);
  }
}

/** See `EventRecorder.assertOldObjects`. */
export function checkOldObjects(events: readonly StoreEvent[], initial: StoreSnapshot): void {
  const contents = contentsOf(initial);
  events.forEach((event, position) => {
    if (event.action === 'commit') return;
    const { action, kind, object } = event;
    const table = contents.table<Kind>(kind);
    const before = table.get(object.id);
    const told = action === 'update' ? event.oldObject : action === 'delete' ? object : undefined;
    if (action === 'create' && before !== undefined) throw eventFault(events, position, 'the object was there before');
    if (action !== 'create' && before === undefined)
      throw eventFault(events, position, 'the object was not there before');
    if (told !== undefined && before !== undefined && !equalObjects(kind, told as never, before as never)) {
      throw eventFault(
        events,
        position,
        `the ${action === 'delete' ? 'deleted' : 'old'} object is not what was there before`,
      );
    }
    if (action === 'delete') table.delete(object.id);
    else table.set(object.id, object);
  });
}

function compareChanges(
  events: readonly StoreEvent[],
  position: number,
  changes: readonly ObjectEvent[],
  actions: readonly StoreAction[],
): void {
  if (changes.length !== actions.length) {
    throw eventFault(
      events,
      position,
      `${changes.length} changes were delivered, and the entry of the log has ${actions.length}`,
    );
  }
  changes.forEach((change, n) => {
    const action = actions[n] as StoreAction;
    if (Buffer.compare(StoreAction.encode(actionOf(change)), StoreAction.encode(action)) !== 0) {
      throw eventFault(events, position - changes.length + n, `it is not change ${n} of the log's entry`);
    }
  });
}

function contentsOf(snapshot: StoreSnapshot): Contents {
  const changes = new Changes(new Contents(), 'copy');
  for (const kind of kinds) restoreKind(changes, kind, snapshot[tableNames[kind]] as readonly never[]);
  return changes.contents;
}
