/**
 * Assertions fail only when the calling code has a bug. They throw an `AssertionError` and no `StoreError`, because no
 * program is expected to handle them.
 */

/**
 * Throws an `AssertionError` unless the condition holds. A message that has to be built costs nothing as a function.
 * Hot code tests the condition itself and calls {@link fail}, which makes no function either.
 */
export function assert(condition: unknown, message: string | (() => string)): asserts condition {
  if (!condition) fail(typeof message === 'string' ? message : message());
}

/** Throws an `AssertionError`. */
export function fail(message: string): never {
  const error = new Error(`Assertion failed: ${message}`);
  error.name = 'AssertionError';
  throw error;
}
