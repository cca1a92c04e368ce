import { isList, isRecord } from '../base/host/is-revoked.ts';
import { InputWalk } from '../wire/input/input-walk.ts';
import { jsonToMessage } from '../wire/json/from-json.ts';
import { jsonForm } from '../wire/json/json-options.ts';
import type { JsonForm, JsonOptions } from '../wire/json/json-options.ts';
import { messageToJson } from '../wire/json/to-json.ts';
import { versionType } from '../wire/generated/common.ts';
import type { Version } from '../wire/generated/common.ts';
import { kindTypes } from '../wire/generated/kinds.ts';
import type { Kind, Kinds } from '../wire/generated/kinds.ts';
import type { JsonValue } from '../wire/values/types.ts';
import { commitEventOf, commitOf, createEvent, deleteEvent, orphanUpdateEvent, updateEvent } from './events.ts';
import type { Commit as CommitValue, ObjectEvent, StoreEvent as StoreEventValue } from './events.ts';
import { isKindName, kinds } from './schema/kinds.ts';

/** Writes and reads the JSON form of one type of value. */
export interface JsonCodec<T> {
  /**
   * The value in a form that `JSON.stringify` keeps whole, bytes and 64-bit integers included. Objects are in the form
   * of their codecs' `toJson`, with `any: 'bytes'` where not given. O(size).
   *
   * @throws StoreError `ERR_INVALID_OBJECT` with the path of a member of the wrong type.
   */
  toJson(value: T, options?: JsonOptions): JsonValue;

  /**
   * The value that a JSON value describes, in every form that `toJson` writes. Its objects are canonical and frozen.
   * O(size).
   *
   * @throws StoreError `ERR_INVALID_OBJECT` with the path of an unknown name or of a value of the wrong type.
   */
  fromJson(json: JsonValue): T;
}

export type Commit = CommitValue;
export type StoreEvent<K extends Kind = Kind> = StoreEventValue<K>;

/**
 * The JSON form of a commit, to send it to another process.
 *
 * @example
 * ```ts
 * import { MemoryStore } from 'swarmstate';
 * import { Commit } from 'swarmstate/proto';
 *
 * const source = new MemoryStore();
 * const copy = new MemoryStore();
 * const watcher = source.watch();
 * await source.update((tx) => tx.secrets.create({ id: 's', spec: { data: new Uint8Array([1, 2]) } }));
 * for await (const commit of watcher.commits()) {
 *   const text = JSON.stringify(Commit.toJson(commit));
 *   await copy.apply(Commit.fromJson(JSON.parse(text)));
 *   break;
 * }
 * console.log(copy.view((tx) => tx.secrets.get('s')?.spec.data)); // Uint8Array(2) [ 1, 2 ]
 * ```
 */
export const Commit: JsonCodec<Commit> = {
  toJson: (commit, options) => {
    const form = formOf(options);
    const walk = new InputWalk('Commit');
    const { version, reset, events } = members(commit, commitMembers, walk);
    return {
      ...endToJson(version, reset, walk, form),
      events: list(events, walk, (event) => objectEventToJson(event, walk, form)),
    };
  },
  fromJson: (json) => {
    const walk = new InputWalk('Commit');
    const { version, reset, events } = members(json, commitMembers, walk);
    const read = list(events, walk, (event) => objectEventFromJson(event, walk));
    return Object.freeze(commitOf(Object.freeze(read), versionFromJson(version, walk), resetOf(reset, walk)));
  },
};

/** The JSON form of an event of a watcher: of the change of one object, or of the end of a commit. */
export const StoreEvent: JsonCodec<StoreEvent> = {
  toJson: (event, options) => {
    const form = formOf(options);
    const walk = new InputWalk('StoreEvent');
    if (actionOf(event) !== 'commit') return objectEventToJson(event, walk, form);
    const { version, reset } = members(event, commitEventMembers, walk);
    return { action: 'commit', ...endToJson(version, reset, walk, form) };
  },
  fromJson: (json) => {
    const walk = new InputWalk('StoreEvent');
    if (actionOf(json) !== 'commit') return objectEventFromJson(json, walk);
    const { version, reset } = members(json, commitEventMembers, walk);
    return commitEventOf(commitOf([], versionFromJson(version, walk), resetOf(reset, walk)));
  },
};

const commitMembers = ['version', 'reset', 'events'] as const;
const commitEventMembers = ['action', 'version', 'reset'] as const;
const objectEventMembers = ['action', 'kind', 'object', 'oldObject'] as const;

function formOf(options: JsonOptions | undefined): JsonForm {
  const form = jsonForm(options);
  return options?.any === undefined ? { ...form, any: 'bytes' } : form;
}

function actionOf(event: unknown): unknown {
  return (event as { readonly action?: unknown } | null | undefined)?.action;
}

/** The known members of an object; the value of a member that is null is undefined. Refuses unknown members. */
function members<Name extends string>(
  value: unknown,
  names: readonly Name[],
  walk: InputWalk,
): { readonly [N in Name]?: unknown } {
  if (!isRecord(value)) walk.refuse('an object', value);
  const known: readonly string[] = names;
  const found: { [N in Name]?: unknown } = {};
  for (const [name, member] of Object.entries(value)) {
    if (!known.includes(name)) walk.fail(`there is no such member; there are ${names.join(', ')}.`, name);
    if (member !== null && member !== undefined) found[name as Name] = member;
  }
  return found;
}

function list<T>(events: unknown, walk: InputWalk, each: (event: unknown) => T): T[] {
  if (!isList(events)) walk.refuse('an array', events, 'events');
  return walk.at('events', () => events.map((event, index) => walk.at(index, () => each(event))));
}

function endToJson(
  version: unknown,
  reset: unknown,
  walk: InputWalk,
  form: JsonForm,
): { version?: JsonValue; reset?: true } {
  const json: { version?: JsonValue; reset?: true } = {};
  if (version !== undefined)
    json.version = walk.at('version', () =>
      messageToJson(versionType, versionType.walk(version, undefined, walk), walk, form),
    );
  if (resetOf(reset, walk) === true) json.reset = true;
  return json;
}

function versionFromJson(json: unknown, walk: InputWalk): Version | undefined {
  return json === undefined ? undefined : walk.at('version', () => jsonToMessage(versionType, json, walk) as Version);
}

function resetOf(reset: unknown, walk: InputWalk): true | undefined {
  if (reset !== undefined && reset !== true) walk.refuse('true', reset, 'reset');
  return reset;
}

/** The members of an event about an object, with the action and the kind checked. */
function objectEvent(
  event: unknown,
  walk: InputWalk,
): {
  readonly action: ObjectEvent['action'];
  readonly kind: Kind;
  readonly object: unknown;
  readonly oldObject: unknown;
} {
  const { action, kind, object, oldObject } = members(event, objectEventMembers, walk);
  if (action !== 'create' && action !== 'update' && action !== 'delete')
    walk.fail("the action of an event is 'create', 'update' or 'delete'.", 'action');
  if (!isKindName(kind)) walk.fail(`there is no such kind; there are ${kinds.join(', ')}.`, 'kind');
  if (object === undefined) walk.refuse('an object', object, 'object');
  if (oldObject !== undefined && action !== 'update') walk.fail('only an update has the object before.', 'oldObject');
  return { action, kind, object, oldObject };
}

function objectEventToJson(event: unknown, walk: InputWalk, form: JsonForm): JsonValue {
  const { action, kind, object, oldObject } = objectEvent(event, walk);
  const type = kindTypes[kind];
  const write = (value: unknown, name: string): JsonValue =>
    walk.at(name, () => messageToJson(type, type.walk(value, undefined, walk), walk, form));
  const json = { action, kind, object: write(object, 'object') };
  return oldObject === undefined ? json : { ...json, oldObject: write(oldObject, 'oldObject') };
}

function objectEventFromJson(json: unknown, walk: InputWalk): ObjectEvent {
  const { action, kind, object, oldObject } = objectEvent(json, walk);
  const read = (value: unknown, name: string): Kinds[Kind] =>
    walk.at(name, () => jsonToMessage(kindTypes[kind], value, walk) as Kinds[Kind]);
  const now = read(object, 'object');
  if (action === 'create') return createEvent(kind, now);
  if (action === 'delete') return deleteEvent(kind, now);
  return oldObject === undefined ? orphanUpdateEvent(kind, now) : updateEvent(kind, now, read(oldObject, 'oldObject'));
}
