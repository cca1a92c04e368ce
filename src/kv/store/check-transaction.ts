import { KvError } from '../../errors/kv-error.ts';
import { normalKey } from '../api/key.ts';
import type { DriverOperation } from '../backend/driver.ts';
import type { KvCondition, KvOperation } from '../api/calls.ts';

/** Conditions and operations together: the least that one of the known servers takes. */
export const MAX_TRANSACTION_OPERATIONS = 64;

export function checkedConditions(conditions: readonly KvCondition[]): readonly KvCondition[] {
  return conditions.map((condition) => {
    const key = normalKey(condition.key);
    if (typeof condition.lastIndex === 'bigint') return { key, lastIndex: condition.lastIndex };
    if (typeof condition.exists === 'boolean') return { key, exists: condition.exists };
    throw invalid(`the condition on ${key} has neither a lastIndex (a bigint) nor exists (a boolean)`, key);
  });
}

/** Normal keys and copied values, one operation for a key, no more than fits. */
export function checkedOperations(
  conditions: number,
  operations: readonly KvOperation[],
  maxBytes: number,
): readonly DriverOperation[] {
  if (conditions + operations.length > MAX_TRANSACTION_OPERATIONS) {
    throw invalid(
      `${conditions + operations.length} conditions and operations; a transaction has at most ${MAX_TRANSACTION_OPERATIONS}`,
    );
  }
  const keys = new Set<string>();
  let bytes = 0;
  return operations.map((operation) => {
    const key = normalKey(operation.key);
    if (keys.has(key)) throw invalid(`two operations on ${key}; a transaction has one for a key`, key);
    keys.add(key);
    if (operation.type === 'delete') return { type: 'delete', key };
    const value = copied(operation.value, key);
    bytes += value.byteLength;
    if (bytes > maxBytes) {
      throw new KvError(
        'ERR_KV_VALUE_TOO_LARGE',
        `${key} would make ${bytes} bytes, more than the ${maxBytes} of this backend; split it`,
        {
          key,
        },
      );
    }
    return { type: 'put', key, value, ttl: operation.ttl === undefined ? undefined : checkedTtl(operation.ttl, key) };
  });
}

export function checkedTtl(ttl: number, key: string): number {
  if (!Number.isFinite(ttl) || ttl < 1 || ttl > 2 ** 31 - 1) {
    throw invalid(`the ttl of ${key} is ${String(ttl)}; it is a number of milliseconds from 1 to ${2 ** 31 - 1}`, key);
  }
  return ttl;
}

function copied(value: unknown, key: string): Uint8Array {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw invalid(`the value of ${key} has half of a surrogate pair; pass bytes`, key);
    return new TextEncoder().encode(value);
  }
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  throw invalid(`the value of ${key} is neither bytes nor a string`, key);
}

function invalid(message: string, key?: string): KvError {
  return new KvError('ERR_KV_INVALID_ARGUMENT', message, { key });
}
