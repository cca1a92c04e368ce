import type { InputWalk } from '../input/input-walk.ts';
import type { Int64, JsonValue } from '../values/types.ts';
import { scalarFromJson } from './scalars.ts';
import { durationFromJson, durationToJson, timestampFromJson, timestampToJson } from './time.ts';

/** A message whose JSON form is not an object of its fields. */
interface WellKnown {
  toJson(message: object, walk: InputWalk): JsonValue;
  /** Returns the members of an input. */
  fromJson(json: unknown, walk: InputWalk): object;
}

/** The special form of a type; undefined for a type without one. `Any` has a file of its own. */
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
]);
