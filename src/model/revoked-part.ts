import { isRevoked } from '../base/host/is-revoked.ts';
import type { FieldPath } from '../errors/store-error.ts';

/** Levels of a value that are searched. */
const DEEPEST = 500;

/**
 * The path of the first revoked proxy in a value or a draft; undefined where there is none, or where the value cannot
 * be read. Calls no getters. O(members of the value).
 */
export function revokedPart(value: unknown): FieldPath | undefined {
  try {
    return find(value, [], new Set());
  } catch {
    return undefined;
  }
}

function find(value: unknown, path: (string | number)[], seen: Set<unknown>): FieldPath | undefined {
  if (isRevoked(value)) return path;
  if (typeof value !== 'object' || value === null || path.length > DEEPEST || seen.has(value)) return undefined;
  seen.add(value);
  const list = Array.isArray(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!list && prototype !== Object.prototype && prototype !== null) return undefined;
  for (const key of Reflect.ownKeys(value)) {
    path.push(list ? Number(key) : String(key));
    // A draft refuses to read a revoked member, but has a descriptor of it.
    const found = find(Object.getOwnPropertyDescriptor(value, key)?.value, path, seen);
    if (found !== undefined) return found;
    path.pop();
  }
  return undefined;
}
