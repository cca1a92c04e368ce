import { isList, isRevoked } from '../../base/host/is-revoked.ts';
import { quote } from '../../base/text/describe.ts';
import { KvError } from '../../errors/kv-error.ts';
import { normalKey } from '../api/key.ts';
import type { DriverOperation } from '../backend/driver.ts';
import type { KvCondition, KvLimits, KvOperation } from '../api/calls.ts';

/**
 * The conditions and operations that one transaction can have on every backend: the lowest limit of the known servers.
 * `limits.transactionOperations` is the limit of a store, and may be larger.
 */
export const MAX_TRANSACTION_OPERATIONS = 64;

/** The largest `lastIndex` of any backend. Larger numbers would wrap on servers that count in 64 bits with a sign. */
const maxIndex = 2n ** 63n - 1n;

/** Conditions with their keys in normal form. Throws `ERR_KV_INVALID_KEY` and `ERR_KV_INVALID_ARGUMENT`. */
export function checkedConditions(conditions: readonly KvCondition[]): readonly KvCondition[] {
  return listed('conditions', conditions).map((condition) => {
    const { lastIndex, exists }: { readonly lastIndex?: unknown; readonly exists?: unknown } = condition;
    const key = normalKey(condition.key);
    if ((lastIndex === undefined) === (exists === undefined)) {
      throw invalid('conditions', `the condition on ${key} has either a lastIndex or exists`, key);
    }
    if (lastIndex !== undefined) return { key, lastIndex: checkedIndex('conditions', lastIndex, key) };
    if (typeof exists === 'boolean') return { key, exists };
    throw invalid('conditions', `exists of ${key} is ${quote(exists)}; it is true or false`, key);
  });
}

/**
 * The `lastIndex` of the pair that `argument` gives. Throws `ERR_KV_INVALID_ARGUMENT` unless it is one that a store can
 * have given: a bigint from 1 to 2^63 - 1. Servers take 0 for "the key does not exist".
 */
export function indexOf(argument: string, pair: unknown, key: string): bigint {
  const given = typeof pair === 'object' && pair !== null ? pair : undefined;
  if (given === undefined) throw invalid(argument, `${argument} of ${key} is ${quote(pair)}; it is a pair`, key);
  return checkedIndex(argument, (given as { readonly lastIndex?: unknown }).lastIndex, key);
}

function checkedIndex(argument: string, lastIndex: unknown, key: string): bigint {
  if (typeof lastIndex === 'bigint' && lastIndex >= 1n && lastIndex <= maxIndex) return lastIndex;
  throw invalid(
    argument,
    `the lastIndex of ${key} is ${quote(lastIndex)}; it is a bigint from 1 to 2^63 - 1, as a store gave it`,
    key,
  );
}

/**
 * Operations with their keys in normal form and copies of their values. `conditions` is the number of conditions of the
 * transaction. Throws `ERR_KV_INVALID_KEY`, `ERR_KV_INVALID_ARGUMENT` for two operations on a key, too many parts, an
 * invalid value or ttl, and `ERR_KV_VALUE_TOO_LARGE`.
 */
export function checkedOperations(
  conditions: number,
  operations: readonly KvOperation[],
  { valueBytes, transactionBytes, transactionOperations }: KvLimits,
): readonly DriverOperation[] {
  const parts = conditions + listed('operations', operations).length;
  if (parts > transactionOperations) {
    throw invalid(
      'operations',
      `${parts} conditions and operations; a transaction of this backend has ${transactionOperations} at most`,
    );
  }
  const keys = new Set<string>();
  let bytes = 0;
  return operations.map((operation) => {
    const key = normalKey(operation.key);
    if (keys.has(key)) throw invalid('operations', `two operations on ${key}; a transaction has one for a key`, key);
    keys.add(key);
    const { type }: { readonly type: unknown } = operation;
    if (type === 'delete') return { type, key };
    if (type !== 'put') throw invalid('operations', `the type of ${key} is ${quote(type)}; it is put or delete`, key);
    const { value: given, ttl } = operation as { readonly value?: unknown; readonly ttl?: number };
    const value = checkedValue(given, key);
    if (value.byteLength > valueBytes) throw tooLarge(key, value.byteLength, valueBytes, 'has');
    bytes += value.byteLength;
    if (bytes > transactionBytes) throw tooLarge(key, bytes, transactionBytes, 'would make');
    return { type, key, value, ttl: ttl === undefined ? undefined : checkedTtl(ttl, key) };
  });
}

function tooLarge(key: string, bytes: number, limit: number, what: string): KvError {
  const message = `${key} ${what} ${bytes} bytes, more than the ${limit} of this backend; split it`;
  return new KvError('ERR_KV_VALUE_TOO_LARGE', message, { key, bytes, limit });
}

/** Keys in normal form. Throws `ERR_KV_INVALID_KEY`, and `ERR_KV_INVALID_ARGUMENT` for too many. */
export function checkedKeys(keys: readonly string[], { transactionOperations }: KvLimits): readonly string[] {
  const given: unknown = keys;
  if (!isList(given)) throw invalid('keys', `keys are an array, not ${quote(keys)}`);
  if (keys.length > transactionOperations)
    throw invalid('keys', `${keys.length} keys; this backend reads ${transactionOperations} at one moment`);
  return keys.map(normalKey);
}

/** Throws `ERR_KV_INVALID_ARGUMENT` for a ttl that is no number of milliseconds from 1 to 2^31 - 1. */
export function checkedTtl(ttl: number, key: string): number {
  if (!Number.isFinite(ttl) || ttl < 1 || ttl > 2 ** 31 - 1) {
    throw invalid(
      'ttl',
      `the ttl of ${key} is ${String(ttl)}; it is a number of milliseconds from 1 to ${2 ** 31 - 1}`,
      key,
    );
  }
  return ttl;
}

/** Throws `ERR_KV_INVALID_ARGUMENT` unless the parts are an array of objects. */
function listed<T>(argument: string, parts: readonly T[]): readonly T[] {
  const given: unknown = parts;
  if (!isList(given)) throw invalid(argument, `${argument} are an array, not ${quote(parts)}`);
  for (const part of given) {
    if (typeof part !== 'object' || part === null || isRevoked(part))
      throw invalid(argument, `one of the ${argument} is ${quote(part)}`);
  }
  return parts;
}

/** The bytes of a value, as a copy. Throws `ERR_KV_INVALID_ARGUMENT`. */
export function checkedValue(value: unknown, key: string): Uint8Array {
  if (typeof value === 'string') {
    if (!value.isWellFormed())
      throw invalid('value', `the value of ${key} has half of a surrogate pair; pass bytes`, key);
    return new TextEncoder().encode(value);
  }
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  throw invalid('value', `the value of ${key} is neither bytes nor a string`, key);
}

function invalid(argument: string, message: string, key?: string): KvError {
  return new KvError('ERR_KV_INVALID_ARGUMENT', message, { argument, key });
}
