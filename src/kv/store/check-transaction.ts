import { KvError } from '../../errors/kv-error.ts';
import { normalKey } from '../api/key.ts';
import type { DriverOperation } from '../backend/driver.ts';
import type { KvCondition, KvOperation } from '../api/calls.ts';

/** The most conditions and operations of one transaction together: the lowest limit of the known servers. */
export const MAX_TRANSACTION_OPERATIONS = 64;

/** Conditions with their keys in normal form. Throws `ERR_KV_INVALID_KEY` and `ERR_KV_INVALID_ARGUMENT`. */
export function checkedConditions(conditions: readonly KvCondition[]): readonly KvCondition[] {
  return conditions.map((condition) => {
    const key = normalKey(condition.key);
    if (typeof condition.lastIndex === 'bigint') return { key, lastIndex: condition.lastIndex };
    if (typeof condition.exists === 'boolean') return { key, exists: condition.exists };
    throw invalid(
      'conditions',
      `the condition on ${key} has neither a lastIndex (a bigint) nor exists (a boolean)`,
      key,
    );
  });
}

/**
 * Operations with their keys in normal form and copies of their values. `conditions` is the number of conditions of the
 * transaction. Throws `ERR_KV_INVALID_KEY`, `ERR_KV_INVALID_ARGUMENT` for two operations on a key, too many parts, an
 * invalid value or ttl, and `ERR_KV_VALUE_TOO_LARGE` for values of more than `maxBytes` together.
 */
export function checkedOperations(
  conditions: number,
  operations: readonly KvOperation[],
  maxBytes: number,
): readonly DriverOperation[] {
  const parts = conditions + operations.length;
  if (parts > MAX_TRANSACTION_OPERATIONS) {
    throw invalid(
      'operations',
      `${parts} conditions and operations; a transaction has at most ${MAX_TRANSACTION_OPERATIONS}`,
    );
  }
  const keys = new Set<string>();
  let bytes = 0;
  return operations.map((operation) => {
    const key = normalKey(operation.key);
    if (keys.has(key)) throw invalid('operations', `two operations on ${key}; a transaction has one for a key`, key);
    keys.add(key);
    if (operation.type === 'delete') return { type: 'delete', key };
    const value = copied(operation.value, key);
    bytes += value.byteLength;
    if (bytes > maxBytes) {
      throw new KvError(
        'ERR_KV_VALUE_TOO_LARGE',
        `${key} would make ${bytes} bytes, more than the ${maxBytes} of this backend; split it`,
        { key, bytes, limit: maxBytes },
      );
    }
    return { type: 'put', key, value, ttl: operation.ttl === undefined ? undefined : checkedTtl(operation.ttl, key) };
  });
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

function copied(value: unknown, key: string): Uint8Array {
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
