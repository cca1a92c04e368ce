import { StoreError } from '../../errors/store-error.ts';
import { StoreActionKind } from '../../wire/generated/enums.ts';
import type { ObjectEvent, StoreEvent } from '../../model/events.ts';
import type { StoreAction } from '../../wire/generated/raft.ts';
import type { Kind, KindInputs, Kinds } from '../../wire/generated/kinds.ts';
import type { MessageCodec } from '../../wire/codec/message-codec.ts';
import type { Changes } from './changes.ts';
import { codecs, equalObjects, kinds } from './kinds.ts';

/**
 * Replaces the objects of one kind. Objects that are not given are deleted first, in id order. Then new and different
 * objects are created or updated, in the given order.
 */
export function restoreKind<K extends Kind>(changes: Changes, kind: K, objects: readonly Kinds[K][]): void {
  const wanted = new Map(objects.map((object) => [object.id, object]));
  for (const stored of changes.contents.list(kind)) if (!wanted.has(stored.id)) changes.delete(kind, stored.id);
  for (const [id, object] of wanted) {
    const stored = changes.contents.table(kind).get(id);
    if (stored === undefined) changes.create(kind, object);
    else if (!equalObjects(kind, stored, object)) changes.update(kind, object);
  }
}

/** Replays a log entry. */
export function replayActions(changes: Changes, actions: readonly StoreAction[]): void {
  actions.forEach((action, index) => {
    const kind = kinds.find((candidate) => action[candidate] !== undefined);
    if (kind === undefined) throw new StoreError('ERR_UNKNOWN_ACTION', 'model', { index });
    if (action.action === StoreActionKind.CREATE) changes.create(kind, action[kind] as never);
    else if (action.action === StoreActionKind.UPDATE) changes.update(kind, action[kind] as never);
    else if (action.action === StoreActionKind.REMOVE) changes.delete(kind, action[kind]?.id ?? '');
    else throw new StoreError('ERR_UNKNOWN_ACTION', 'model', { index });
  });
}

/** Replays another store's commit. */
export function replayEvents(changes: Changes, events: readonly StoreEvent[]): void {
  for (const event of events) if (event.action !== 'commit') replayEvent(changes, event);
}

function replayEvent(changes: Changes, { action, kind, object }: ObjectEvent): void {
  const codec = codecs[kind] as unknown as MessageCodec<Kinds[Kind], KindInputs[Kind]>;
  const canonical = codec.from(object);
  if (action === 'create') changes.create(kind, canonical);
  else if (action === 'update') changes.update(kind, canonical);
  else changes.delete(kind, canonical.id);
}
