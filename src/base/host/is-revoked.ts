/**
 * True for a proxy that was revoked. Every look at such an object throws a `TypeError`, so code that refuses wrong
 * input asks here first.
 */
export function isRevoked(value: unknown): boolean {
  try {
    // Calls no trap of a proxy, so nothing but a revoked one can throw.
    Array.isArray(value);
    return false;
  } catch {
    return true;
  }
}

/** `Array.isArray`, and false for a revoked proxy. */
export function isList(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

/** True for an object that has members: no array, and no revoked proxy. */
export function isRecord(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !isRevoked(value) && !Array.isArray(value);
}
