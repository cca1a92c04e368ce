import { StoreActionKind } from '../wire/generated/enums.ts';
import { StoreAction } from '../wire/generated/raft.ts';
import type { Kind, Kinds } from '../wire/generated/kinds.ts';
import type { ObjectEvent } from './events.ts';
import { createEvent, deleteEvent, orphanUpdateEvent, updateEvent } from './events.ts';
import { kinds } from './schema/kinds.ts';

const actionKinds = {
  create: StoreActionKind.CREATE,
  update: StoreActionKind.UPDATE,
  delete: StoreActionKind.REMOVE,
} as const;

/** The store action of a change. The object is shared, not copied. */
export function actionOf(event: ObjectEvent): StoreAction {
  return StoreAction.from({ action: actionKinds[event.action], [event.kind]: event.object });
}

/** The kind of an action's object; undefined when the action has no object. */
export function targetKind(action: StoreAction): Kind | undefined {
  return kinds.find((kind) => action[kind] !== undefined);
}

/**
 * The event of an action. `oldObjectOf` gives the old object of an update, if it is known. Undefined for an action
 * without an object or of an unknown sort.
 */
export function eventOf(
  action: StoreAction,
  oldObjectOf: (kind: Kind, id: string) => Kinds[Kind] | undefined,
): ObjectEvent | undefined {
  const kind = targetKind(action);
  const object = kind === undefined ? undefined : action[kind];
  if (kind === undefined || object === undefined) return undefined;
  switch (action.action) {
    case StoreActionKind.CREATE:
      return createEvent(kind, object);
    case StoreActionKind.UPDATE: {
      const oldObject = oldObjectOf(kind, object.id);
      return oldObject === undefined ? orphanUpdateEvent(kind, object) : updateEvent(kind, object, oldObject);
    }
    case StoreActionKind.REMOVE:
      return deleteEvent(kind, object);
    default:
      return undefined;
  }
}
