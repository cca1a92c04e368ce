/**
 * The most rows of one table, and the most distinct keys of one index: 2^23. Rows and keys that only an open snapshot
 * sees count too.
 *
 * A `Map` of V8 may throw from there on: docs/performance/v8.md#the-limit-of-a-map. A `KeyMap` divides its keys over
 * several `Map`s, but bad keys may all be in one of them.
 */
export const MAX_ENTRIES: number = 2 ** 23;

/**
 * Throws a `RangeError` when a map of `size` entries has no room for `added` more. Call it before changing anything.
 */
export function checkRoom(size: number, added: number, what: string): void {
  if (size + added > MAX_ENTRIES) {
    throw new RangeError(
      `${what} is full: it holds ${size} of at most ${MAX_ENTRIES} entries. ` +
        'Delete rows, or spread them over several stores.',
    );
  }
}
