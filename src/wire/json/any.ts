import { isRecord } from '../../base/host/is-revoked.ts';
import { isStoreError } from '../../errors/store-error.ts';
import type { DescribedType } from '../fields/field.ts';
import type { InputWalk } from '../input/input-walk.ts';
import { malformation } from '../reading/wire-error.ts';
import type { JsonValue, ReadonlyBytes } from '../values/types.ts';
import type { JsonForm } from './json-options.ts';
import { knownType, typeNameOf } from './known-types.ts';
import { bytesFromJson, bytesToJson, scalarFromJson } from './scalars.ts';
import { wellKnown } from './well-known.ts';
import { wrapperOf } from './wrappers.ts';

export const ANY = 'google.protobuf.Any';

/** The path has at most this many steps, because each `Any` inside another one takes the call stack deeper. */
const DEEPEST = 100;

/** Writes a payload. An argument, so that this file and the one of the function do not import each other. */
export type PayloadToJson = (type: DescribedType, message: object, walk: InputWalk, form: JsonForm) => JsonValue;

/** Reads a payload. */
export type PayloadFromJson = (type: DescribedType, json: unknown, walk: InputWalk) => object;

/** An empty `Any` is an empty object. */
export function anyToJson(message: object, walk: InputWalk, form: JsonForm, toJson: PayloadToJson): JsonValue {
  const { typeUrl, value } = message as { readonly typeUrl: string; readonly value: ReadonlyBytes };
  if (typeUrl === '' && value.length === 0) return {};
  if (form.any === 'bytes') return { '@type': typeUrl, '@bytes': bytesToJson(value) };
  checkDepth(walk);
  const typeName = typeNameOf(typeUrl);
  const bytes = value as Uint8Array;
  const wrapper = wrapperOf(typeName);
  if (wrapper !== undefined) return { '@type': typeUrl, value: decoded(typeName, walk, () => wrapper.toJson(bytes)) };
  const type = knownType(typeName);
  if (type === undefined) refuseType(typeName, "Pass the option any: 'bytes' to have its bytes in base64.", walk);
  const payload = decoded(typeName, walk, () => type.decode(bytes));
  const json = walk.at('value', () => toJson(type, payload, walk, form));
  return hasOwnForm(typeName)
    ? { '@type': typeUrl, value: json }
    : { '@type': typeUrl, ...(json as { readonly [name: string]: JsonValue }) };
}

/** The members of the `Any` that a JSON value describes. */
export function anyFromJson(json: unknown, walk: InputWalk, fromJson: PayloadFromJson): object {
  if (!isRecord(json)) walk.refuse('an object with "@type"', json);
  checkDepth(walk);
  const { '@type': url, '@bytes': encoded, ...payload } = json;
  const names = Object.keys(payload);
  const isEncoded = encoded !== undefined && encoded !== null;
  if (url === undefined || url === null) {
    const first = isEncoded ? '@bytes' : names[0];
    if (first !== undefined) walk.fail('an Any needs "@type", the URL of its type.', first);
    return {};
  }
  const typeUrl = walk.at('@type', () => scalarFromJson('string', url, walk)) as string;
  if (!isEncoded) return { typeUrl, value: payloadFromJson(typeNameOf(typeUrl), payload, walk, fromJson) };
  if (names[0] !== undefined) walk.fail('an Any with "@bytes" has "@type" besides, and no other member.', names[0]);
  return { typeUrl, value: walk.at('@bytes', () => bytesFromJson(encoded, walk)) };
}

function payloadFromJson(
  typeName: string,
  payload: { readonly [name: string]: unknown },
  walk: InputWalk,
  fromJson: PayloadFromJson,
): Uint8Array {
  const wrapper = wrapperOf(typeName);
  if (wrapper !== undefined) return ownForm(typeName, payload, walk, (value) => wrapper.fromJson(value, walk));
  const type = knownType(typeName);
  if (type === undefined) refuseType(typeName, 'Give its bytes in base64 as "@bytes".', walk, '@type');
  return hasOwnForm(typeName)
    ? ownForm(typeName, payload, walk, (value) => type.encode(fromJson(type, value, walk)))
    : type.encode(fromJson(type, payload, walk));
}

/** Reads the member `value`, which has to be the only one. */
function ownForm(
  typeName: string,
  payload: { readonly [name: string]: unknown },
  walk: InputWalk,
  read: (value: unknown) => Uint8Array,
): Uint8Array {
  const other = Object.keys(payload).find((name) => name !== 'value');
  if (other !== undefined) walk.fail(`an Any of ${typeName} has "@type" and "value" only.`, other);
  return walk.at('value', () => read(payload['value']));
}

/** True for a type whose JSON form is not an object of its fields. An `Any` has it as `value`. */
function hasOwnForm(typeName: string): boolean {
  return typeName === ANY || wellKnown(typeName) !== undefined;
}

function decoded<R>(typeName: string, walk: InputWalk, decode: () => R): R {
  try {
    return decode();
  } catch (error) {
    if (!isStoreError(error) && malformation(error, 0) === undefined) throw error;
    return walk.fail(`the bytes encode no ${typeName}.`, 'value');
  }
}

function refuseType(typeName: string, advice: string, walk: InputWalk, key?: string): never {
  walk.fail(`the type ${JSON.stringify(typeName)} is unknown here, and so is its JSON form. ${advice}`, key);
}

function checkDepth(walk: InputWalk): void {
  if (walk.depth > DEEPEST) walk.fail('an Any inside too many others.');
}
