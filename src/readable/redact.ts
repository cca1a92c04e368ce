import { isUint8Array } from '../base/host/bytes.ts';
import { kinds, tableNames } from '../model/schema/kinds.ts';
import { targetKind } from '../model/store-actions.ts';
import { kindTypes } from '../wire/generated/kinds.ts';
import type { Kind, KindInputs, Kinds } from '../wire/generated/kinds.ts';
import { StoreAction } from '../wire/generated/raft.ts';
import { StoreSnapshot } from '../wire/generated/snapshot.ts';
import type { MessageType } from '../wire/codec/message-type.ts';
import { doubtfulFields, secretFields } from './secret-fields.ts';

/**
 * Which fields are emptied. `true`: data of secrets, keys of certificate authorities and networks, unlock keys, join
 * tokens, credentials for registries. `'strict'`: also fields into which users may have put passwords, among them the
 * data of configs, environments, commands, and options of drivers. `false`: none.
 */
export type Redaction = boolean | 'strict';

/** The fields of a message on the way to emptied fields. An empty map stands for a field that is emptied. */
type FieldTree = Map<string, FieldTree>;

const secretTrees = treesOf((kind) => secretFields[kind]);
const strictTrees = treesOf((kind) => [...secretFields[kind], ...doubtfulFields[kind]]);

const NO_BYTES = new Uint8Array(0);

/**
 * The object with its secrets emptied: a field becomes empty bytes, an empty text, list or map, and is never removed.
 * An object without secrets is returned as it is; else the parts without secrets are shared. The object has to be one
 * that a store or a codec made. O(fields on the way to secrets).
 *
 * @example
 * ```ts
 * import { Secret } from 'swarmstate/proto';
 * import { redactObject } from 'swarmstate/swarm';
 *
 * const secret = Secret.from({ id: 's1', spec: { annotations: { name: 'db' }, data: Buffer.from('hunter2') } });
 * console.log(redactObject('secret', secret).spec.data.length); // 0
 * ```
 */
export function redactObject<K extends Kind>(kind: K, object: Kinds[K], redaction: Redaction = true): Kinds[K] {
  if (redaction === false) return object;
  const tree = (redaction === 'strict' ? strictTrees : secretTrees)[kind];
  const emptied = emptiedMessage(object, tree);
  if (emptied === object) return object;
  const type: MessageType<Kinds[K], KindInputs[K]> = kindTypes[kind];
  return type.from(emptied as KindInputs[K]);
}

/** Log entries with the secrets of their objects emptied, see {@link redactObject}. */
export function redactActions(actions: readonly StoreAction[], redaction: Redaction): readonly StoreAction[] {
  if (redaction === false) return actions;
  return actions.map((action) => {
    const kind = targetKind(action);
    const object = kind === undefined ? undefined : action[kind];
    if (kind === undefined || object === undefined) return action;
    const emptied = redactObject(kind, object, redaction);
    return emptied === object ? action : StoreAction.from({ action: action.action, [kind]: emptied });
  });
}

/** Contents with the secrets of their objects emptied, see {@link redactObject}. */
export function redactSnapshot(snapshot: StoreSnapshot, redaction: Redaction): StoreSnapshot {
  if (redaction === false) return snapshot;
  const lists = kinds.map((kind) => [
    tableNames[kind],
    (snapshot[tableNames[kind]] as readonly Kinds[typeof kind][]).map((object) =>
      redactObject(kind, object, redaction),
    ),
  ]);
  return StoreSnapshot.from(Object.fromEntries(lists) as StoreSnapshot);
}

function treesOf(fields: (kind: Kind) => readonly string[]): Readonly<Record<Kind, FieldTree>> {
  const entries = kinds.map((kind): [Kind, FieldTree] => {
    const root: FieldTree = new Map();
    for (const path of fields(kind)) {
      let tree = root;
      // A list is known by its value; the brackets are for the reader.
      for (const name of path.replaceAll('[]', '').split('.')) {
        const inner = tree.get(name) ?? new Map<string, FieldTree>();
        tree.set(name, inner);
        tree = inner;
      }
    }
    return [kind, root];
  });
  return Object.fromEntries(entries) as Record<Kind, FieldTree>;
}

function emptiedMessage(message: object, tree: FieldTree): object {
  let changed: Record<string, unknown> | undefined;
  for (const [name, inner] of tree) {
    const value = (message as Record<string, unknown>)[name];
    const emptied = inner.size === 0 ? emptyLike(value) : emptiedPart(value, inner);
    if (emptied !== value) (changed ??= { ...message })[name] = emptied;
  }
  return changed ?? message;
}

function emptiedPart(value: unknown, tree: FieldTree): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value)) return emptiedMessage(value, tree);
  const elements = value as readonly object[];
  const emptied = elements.map((element) => emptiedMessage(element, tree));
  return emptied.some((element, position) => element !== elements[position]) ? emptied : value;
}

/** The empty value of the same type; the value itself where it is empty or absent. */
function emptyLike(value: unknown): unknown {
  if (typeof value === 'string') return '';
  if (isUint8Array(value)) return value.length === 0 ? value : NO_BYTES;
  if (Array.isArray(value)) return value.length === 0 ? value : [];
  if (typeof value !== 'object' || value === null) return value;
  return Object.keys(value).length === 0 ? value : {};
}
