import { isList } from '../../base/host/is-revoked.ts';
import { quote } from '../../base/text/describe.ts';
import { StoreError } from '../../errors/store-error.ts';
import { isKindName } from '../../model/schema/kinds.ts';
import { targetKind } from '../../model/store-actions.ts';
import { StoreActionKind } from '../../wire/generated/enums.ts';
import type { StoreAction } from '../../wire/generated/raft.ts';
import type { Kind, KindInputs, Kinds } from '../../wire/generated/kinds.ts';
import type { ChangeList } from '../transaction/change-list.ts';
import type { StoreTable } from '../transaction/store-tables.ts';
import { TableWriter } from '../transaction/table-writer.ts';

type ActionName = 'create' | 'update' | 'delete';

const actionNames: { readonly [kind: number]: ActionName } = {
  [StoreActionKind.CREATE]: 'create',
  [StoreActionKind.UPDATE]: 'update',
  [StoreActionKind.REMOVE]: 'delete',
};

/**
 * Replays the actions of one log entry into the open transaction. Throws at the first action that cannot be replayed:
 * `ERR_UNKNOWN_ACTION`, `ERR_INVALID_OBJECT`, `ERR_EXIST`, `ERR_NOT_EXIST`, `ERR_NO_KIND`, `ERR_EXTENSION_IMMUTABLE`,
 * `ERR_EXTENSION_IN_USE`. O(changes).
 */
export function replayActions(change: ChangeList, actions: readonly StoreAction[]): void {
  actions.forEach((action, position) => {
    const kind = targetKind(action);
    const name: ActionName | undefined = actionNames[action.action];
    if (kind === undefined || name === undefined) {
      const fault = kind === undefined ? 'has no target' : `is of kind ${action.action}`;
      throw new StoreError(
        'ERR_UNKNOWN_ACTION',
        `store action ${position} ${fault}; this release knows create (1), update (2) and remove (3)`,
        {
          index: position,
        },
      );
    }
    replayChange(change, kind, name, action[kind]);
  });
}

/**
 * Replays the events of another store's commit into the open transaction, in order. Throws at the first that cannot be:
 * `ERR_UNKNOWN_ACTION`, `ERR_INVALID_OBJECT`, `ERR_EXIST`, `ERR_NOT_EXIST`. O(changes).
 */
export function replayEvents(change: ChangeList, events: readonly unknown[]): void {
  events.forEach((event, position) => {
    const { action, kind, object } = (event ?? {}) as {
      readonly action?: unknown;
      readonly kind?: unknown;
      readonly object?: unknown;
    };
    if (action === 'commit') return;
    if (!isKindName(kind) || !(action === 'create' || action === 'update' || action === 'delete')) {
      throw new StoreError(
        'ERR_UNKNOWN_ACTION',
        `event ${position} is ${quote(action)} of ${quote(kind)}, which no store publishes`,
        {
          index: position,
        },
      );
    }
    replayChange(change, kind, action, object);
  });
}

/**
 * Throws `ERR_INVALID_OBJECT` unless `list` is an array: a missing list must not count as an empty list, which would
 * empty a table.
 */
export function requireList(list: unknown, name: string): readonly unknown[] {
  if (isList(list)) return list;
  throw new StoreError('ERR_INVALID_OBJECT', `${name}: expected an array, found ${quote(list)}`, {
    messageType: 'StoreSnapshot',
    path: [name],
  });
}

function replayChange<K extends Kind>(change: ChangeList, kind: K, action: ActionName, input: unknown): void {
  const table: StoreTable<K> = change.table(kind);
  const writer = new TableWriter(table, change);
  const id: unknown = (input as { readonly id?: unknown } | undefined)?.id;
  const stored: Kinds[K] | undefined = typeof id === 'string' ? table.rows.head.get(id) : undefined;
  const object = table.codec.from(input as KindInputs[K], stored);
  if (action === 'create') writer.create(object);
  else if (action === 'update') writer.update(object, stored, true);
  else writer.delete(object.id);
}
