import type { InputWalk } from '../input/input-walk.ts';
import type { Int64, JsonValue, ReadonlyBytes } from '../values/types.ts';
import { bytesFromJson, bytesToJson, scalarFromJson } from './scalars.ts';
import { durationFromJson, durationToJson, timestampFromJson, timestampToJson } from './time.ts';

/** A message whose JSON form is not an object of its fields. */
interface WellKnown {
  toJson(message: object, walk: InputWalk): JsonValue;
  /** Returns the members of an input. */
  fromJson(json: unknown, walk: InputWalk): object;
}

/** The special form of a type; undefined for a type without one. */
export function wellKnown(typeName: string): WellKnown | undefined {
  return forms.get(typeName);
}

const forms: ReadonlyMap<string, WellKnown> = new Map<string, WellKnown>([
  ['google.protobuf.Timestamp', { toJson: timestampToJson, fromJson: timestampFromJson }],
  ['google.protobuf.Duration', { toJson: durationToJson, fromJson: durationFromJson }],
  [
    'google.protobuf.BoolValue',
    {
      toJson: (message) => (message as { readonly value: boolean }).value,
      fromJson: (json, walk) => ({ value: scalarFromJson('bool', json, walk) }),
    },
  ],
  [
    'google.protobuf.Int64Value',
    {
      toJson: (message) => String((message as { readonly value: Int64 }).value),
      fromJson: (json, walk) => ({ value: scalarFromJson('int64', json, walk) }),
    },
  ],
  ['google.protobuf.Any', { toJson: anyToJson, fromJson: anyFromJson }],
]);

/** The payload stays bytes, because its type is unknown here. An empty Any is an empty object. */
function anyToJson(message: object): JsonValue {
  const { typeUrl, value } = message as { readonly typeUrl: string; readonly value: ReadonlyBytes };
  if (typeUrl === '' && value.length === 0) return {};
  return value.length === 0 ? { '@type': typeUrl } : { '@type': typeUrl, value: bytesToJson(value) };
}

function anyFromJson(json: unknown, walk: InputWalk): object {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    walk.refuse('an object with "@type" and "value"', json);
  const members: { typeUrl?: unknown; value?: Uint8Array } = {};
  for (const [name, member] of Object.entries(json)) {
    if (name !== '@type' && name !== 'value') walk.fail('an Any has "@type" and "value" (bytes in base64) only.', name);
    if (member === null) continue;
    if (name === '@type') members.typeUrl = walk.at(name, () => scalarFromJson('string', member, walk));
    else members.value = walk.at(name, () => bytesFromJson(member, walk));
  }
  return members;
}
