/**
 * Assertions: what only a bug of the calling code can violate. They are not {@link StoreError}s, because nobody is
 * expected to handle them.
 */

/**
 * Throws an `AssertionError` unless the condition holds. Hot code passes a function, or tests first and calls {@link
 * fail}.
 */
export function assert(condition: unknown, message: string | (() => string)): asserts condition {
  if (!condition) fail(typeof message === 'string' ? message : message());
}

/** The failing half of {@link assert}, for code that has tested the condition itself. */
export function fail(message: string): never {
  const error = new Error(`Assertion failed: ${message}`);
  error.name = 'AssertionError';
  throw error;
}
