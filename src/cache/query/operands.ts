import { isList, isRevoked } from '../../base/host/is-revoked.ts';
import { quote } from '../../base/text/describe.ts';
import { StoreError } from '../../errors/store-error.ts';
import { MAX_DEPTH } from '../../model/find/finder.ts';

/** The error of a query. */
export function invalidQuery(message: string): StoreError<'ERR_INVALID_FIND_BY'> {
  return new StoreError('ERR_INVALID_FIND_BY', message, { kind: undefined, finder: 'query' });
}

/** A value that has an order. */
export type Scalar = string | number | bigint | boolean;

export function isScalar(value: unknown): value is Scalar {
  return (
    typeof value === 'string' ||
    typeof value === 'bigint' ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && !Number.isNaN(value))
  );
}

/** True for an object whose members are its value; false for a list, bytes, and objects such as dates and sets. */
export function isMembers(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.prototype.toString.call(value) === '[object Object]';
}

export function isRegExp(value: unknown): value is RegExp {
  return !isRevoked(value) && Object.prototype.toString.call(value) === '[object RegExp]';
}

/**
 * Throws `ERR_INVALID_FIND_BY` unless a value can be compared by value: a text, a number, true, false, null, bytes, and
 * lists and objects of these. `where` names the condition: 'the condition of slot'.
 */
export function checkComparable(value: unknown, where: string, depth = 0): void {
  const revoked = isRevoked(value);
  if (isScalar(value) || value === null || (!revoked && value instanceof Uint8Array)) return;
  if (depth >= MAX_DEPTH) throw invalidQuery(`${where} is nested more than ${MAX_DEPTH} levels deep`);
  if (isList(value)) {
    for (const item of value) checkComparable(item, where, depth + 1);
  } else if (!revoked && isMembers(value)) {
    for (const member of Object.values(value)) if (member !== undefined) checkComparable(member, where, depth + 1);
  } else {
    const hint = isRegExp(value) ? '; use the operator $regex' : value === undefined ? '; use $exists' : '';
    throw invalidQuery(
      `${where} has ${quote(value)} to compare with; it takes text, numbers, true, false, null, bytes, ` +
        `and lists and objects of these${hint}`,
    );
  }
}
