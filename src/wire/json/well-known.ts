import type { InputWalk } from '../input/input-walk.ts';
import type { Int64, JsonValue, ReadonlyBytes } from '../values/types.ts';
import { bytesFromJson, bytesToJson, scalarFromJson } from './scalars.ts';
import { durationFromJson, durationToJson, timestampFromJson, timestampToJson } from './time.ts';

/** A message that JSON does not show as an object of its fields. */
interface WellKnown {
  toJson(message: object, walk: InputWalk): JsonValue;
  /** Gives the members of an input. */
  fromJson(json: unknown, walk: InputWalk): object;
}

/** The special form of the type of that name, if it has one. */
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

/** The type of the payload is not known here, so that it stays bytes. An Any without anything is an empty object. */
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
