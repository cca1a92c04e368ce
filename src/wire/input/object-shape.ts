import { isRevoked } from '../../base/host/is-revoked.ts';

/** True for an object that can hold the members of a message: no array, no built-in container. */
export function isObjectOfMembers(value: unknown): value is { readonly [name: string]: unknown } {
  if (typeof value !== 'object' || value === null || isRevoked(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  return !Array.isArray(value) && Object.prototype.toString.call(value) === '[object Object]';
}

/** True for an object without a prototype, or with the root prototype of this or another realm. */
export function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || isRevoked(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}
