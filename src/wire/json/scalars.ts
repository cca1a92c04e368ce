import { bytesFromBase64, bytesToBase64 } from '../../base/host/bytes.ts';
import type { ScalarType } from '../fields/field.ts';
import type { InputWalk } from '../input/input-walk.ts';
import type { ReadonlyBytes } from '../values/types.ts';
import { isDecimal, wholeNumberOf } from './integer.ts';

const base64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

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
      return walk[type](required(small(integerOf(json)), 'a whole number or a string of one', walk));
    case 'int64':
    case 'uint64':
      return walk[type](required(integerOf(json), 'a whole number or a string of one', walk));
    case 'float':
      return walk.float(required(floatOf(json, walk), 'a number', walk));
  }
}

/** A 64-bit float, which no message of swarmkit has. */
export function doubleFromJson(json: unknown, walk: InputWalk): number {
  const value = floatOf(json, walk);
  if (typeof value !== 'number') walk.refuse('a number', json);
  return value;
}

export function bytesFromJson(json: unknown, walk: InputWalk): Uint8Array {
  if (typeof json !== 'string') walk.refuse('a string in base64', json);
  if (!base64.test(json)) walk.refuse('a string in base64', json);
  const padding = json.endsWith('==') ? 2 : json.endsWith('=') ? 1 : 0;
  if ((json.length - padding) % 4 === 1 || (padding > 0 && json.length % 4 !== 0))
    walk.refuse('a string in base64', json);
  return bytesFromBase64(json);
}

export function bytesToJson(bytes: ReadonlyBytes): string {
  return bytesToBase64(bytes);
}

function required(value: unknown, expected: string, walk: InputWalk): unknown {
  if (value === undefined) walk.refuse(expected, value);
  return value;
}

function integerOf(json: unknown): unknown {
  return typeof json === 'string' ? (wholeNumberOf(json) ?? json) : json;
}

/** A whole number that may be one of 32 bits. A larger one loses digits, and is refused all the same. */
function small(integer: unknown): unknown {
  return typeof integer === 'bigint' ? Number(integer) : integer;
}

/** Infinity as a number is refused: `JSON.parse` makes it of a number that is too large. */
function floatOf(json: unknown, walk: InputWalk): unknown {
  if (typeof json === 'string' && /^(?:NaN|-?Infinity)$/.test(json)) return Number(json);
  const value = typeof json === 'string' && isDecimal(json) ? Number(json) : json;
  if (value === Infinity || value === -Infinity) walk.fail('a number that is too large for its field.');
  return value;
}
