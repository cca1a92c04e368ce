import { redactObject } from '../../readable/redact.ts';
import type { Redaction } from '../../readable/redact.ts';
import { codecs } from '../../wire/generated/kinds.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import type { JsonValue } from '../../wire/values/types.ts';
import { objectName } from '../query/object-name.ts';
import { plainText } from '../terminal/plain-text.ts';
import { fieldChanges, isTold, tellingChanges } from './field-changes.ts';
import type { FieldChange } from './field-changes.ts';
import { objectJson } from './format.ts';
import type { Paint, Painter } from './paint.ts';

/** A change of one object. The object of a deletion is its last state, where that is known. */
export interface ObjectChange {
  readonly action: 'create' | 'update' | 'delete';
  readonly kind: Kind;
  readonly object: Kinds[Kind];
  /** The object before an update; undefined where nobody knows it. */
  readonly before?: Kinds[Kind] | undefined;
}

/** The fields of an object that one line shows, and the characters of one value. */
const MOST_FIELDS = 6;
const MOST_CHARACTERS = 48;

const words: Readonly<Record<ObjectChange['action'], readonly [word: string, paint: Paint]>> = {
  create: ['created', 'good'],
  update: ['updated', 'busy'],
  delete: ['deleted', 'bad'],
};

/** A change as one line: "updated task web.1 (8b1xq…): status.state RUNNING → FAILED". */
export function changeText(change: ObjectChange, redaction: Redaction, paint: Painter): string {
  const { action, kind, object, before } = change;
  const [word, how] = words[action];
  const name = objectName(kind, object);
  const who = plainText(name === '' || name === object.id ? object.id : `${name} (${object.id})`);
  const line = `${paint(how, word)} ${kind} ${who}`;
  if (action !== 'update' || before === undefined) return line;
  const fields = shownFields(kind, before, object, redaction, true);
  if (fields.length > 0 && !fields.some(isTold)) return `${line}: its version and times only`;
  const shown = fields.slice(0, MOST_FIELDS).map(fieldText);
  if (fields.length > MOST_FIELDS) shown.push(`and ${fields.length - MOST_FIELDS} more`);
  return shown.length === 0 ? `${line}: nothing differs` : `${line}: ${shown.join('; ')}`;
}

/** A field of a change as text: its path, and both values. */
export function fieldText({ path, before, after }: FieldChange): string {
  const name = plainText(path);
  if (before === undefined && after === undefined) return `${name} (a secret)`;
  if (before === undefined) return `${name} = ${valueText(after)}`;
  return after === undefined ? `${name} removed` : `${name} ${valueText(before)} → ${valueText(after)}`;
}

/** A change in JSON form, with both objects. */
export function changeJson(
  { action, kind, object, before }: ObjectChange,
  redaction: Redaction,
): { [name: string]: JsonValue } {
  const json = { action, kind, object: objectJson(kind, object, redaction) };
  return before === undefined ? json : { ...json, oldObject: objectJson(kind, before, redaction) };
}

/**
 * The fields that differ between two states of an object. A secret that differs is named, and has no values. With
 * `telling`, fields that change with each update are left out.
 */
export function shownFields<K extends Kind>(
  kind: K,
  before: Kinds[K],
  after: Kinds[K],
  redaction: Redaction,
  telling: boolean,
): readonly FieldChange[] {
  const json = (object: Kinds[K]): JsonValue => codecs[kind].toJson(object, { any: 'bytes' });
  const all = telling ? tellingChanges(json(before), json(after)) : [...fieldChanges(json(before), json(after))];
  const shown = new Set<string>();
  const redacted = (object: Kinds[K]): JsonValue => json(redactObject(kind, object, redaction));
  for (const { path } of fieldChanges(redacted(before), redacted(after))) shown.add(path);
  // A field that differs, but not once the secrets are emptied, is a secret.
  return all.map((field) => (shown.has(field.path) ? field : { path: field.path }));
}

function valueText(value: JsonValue | undefined): string {
  const text = plainText(typeof value === 'string' ? value : JSON.stringify(value ?? null));
  const short = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
  return short === '' ? '""' : short;
}
