import type { ScalarType } from '../fields/field.ts';
import type { InputWalk } from '../input/input-walk.ts';
import type { ReadonlyBytes } from '../values/types.ts';

const wholeNumber = /^-?(?:0|[1-9][0-9]*)$/;
const decimalNumber = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;
const base64 = /^[A-Za-z0-9+/_-]*={0,2}$/;
/** The longest text of a 64-bit integer, with its sign. */
const longestInteger = 20;

/**
 * The scalar that a JSON value stands for, as an input takes it. The range is checked here, so that an error has the
 * path in the JSON value.
 */
export function scalarFromJson(type: ScalarType, json: unknown, walk: InputWalk): unknown {
  switch (type) {
    case 'string':
      if (typeof json !== 'string') walk.refuse('a string', json);
      return walk.string(json);
    case 'bool':
      if (typeof json !== 'boolean') walk.refuse('a boolean', json);
      return json;
    case 'bytes':
      return bytesFromJson(json, walk);
    case 'int32':
    case 'uint32':
      return walk[type](
        required(typeof json === 'string' && wholeNumber.test(json) ? Number(json) : json, 'a whole number', walk),
      );
    case 'int64':
    case 'uint64':
      return walk[type](required(integerOf(json), 'a whole number or a string of one', walk));
    case 'float':
      return walk.float(required(floatOf(json), 'a number', walk));
  }
}

export function bytesFromJson(json: unknown, walk: InputWalk): Uint8Array {
  if (typeof json !== 'string') walk.refuse('a string in base64', json);
  if (!base64.test(json)) walk.refuse('a string in base64', json);
  const padding = json.endsWith('==') ? 2 : json.endsWith('=') ? 1 : 0;
  if ((json.length - padding) % 4 === 1 || (padding > 0 && json.length % 4 !== 0))
    walk.refuse('a string in base64', json);
  return new Uint8Array(Buffer.from(json, 'base64'));
}

export function bytesToJson(bytes: ReadonlyBytes): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function required(value: unknown, expected: string, walk: InputWalk): unknown {
  if (value === undefined) walk.refuse(expected, value);
  return value;
}

function integerOf(json: unknown): unknown {
  return typeof json === 'string' && json.length <= longestInteger && wholeNumber.test(json) ? BigInt(json) : json;
}

function floatOf(json: unknown): unknown {
  if (typeof json !== 'string') return json;
  return /^(?:NaN|-?Infinity)$/.test(json) || decimalNumber.test(json) ? Number(json) : json;
}
