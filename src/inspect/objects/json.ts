import { codecs } from '../../wire/generated/kinds.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import type { MessageCodec } from '../../wire/codec/message-codec.ts';
import type { JsonValue } from '../../wire/values/types.ts';
import type { AnyObject } from './moment.ts';

const known = new WeakMap<AnyObject, JsonValue>();

/**
 * An object in protobuf's JSON form: enums by name, times as text, defaults left out. Kept as long as the object.
 * O(size) for the first call.
 */
export function jsonOf(kind: Kind, object: AnyObject): JsonValue {
  let json = known.get(object);
  if (json === undefined) {
    const codec = codecs[kind] as unknown as MessageCodec<Kinds[Kind]>;
    try {
      json = codec.toJson(object, { any: 'bytes' });
    } catch (error) {
      // A time that the JSON form cannot express. The page shows the rest of the contents all the same.
      json = { id: object.id, error: error instanceof Error ? error.message : String(error) };
    }
    known.set(object, json);
  }
  return json;
}

const texts = new WeakMap<AnyObject, string>();

/** All names and values of an object, in lower case, for full-text search. Kept as long as the object. */
export function searchText(kind: Kind, object: AnyObject): string {
  let text = texts.get(object);
  if (text === undefined) texts.set(object, (text = JSON.stringify(jsonOf(kind, object)).toLowerCase()));
  return text;
}
