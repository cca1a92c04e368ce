/**
 * The most rows of one table, and the most distinct keys of one index: 2^23.
 *
 * V8 holds at most 2^24 entries in a `Map`, and counts deleted entries until it rehashes. It rehashes in place only
 * when half of the entries are deleted ones, otherwise it doubles. So a `Map` under steady churn is safe up to 2^23
 * live entries and may throw from there on (seen with 9,000,000 on Node 20). A `KeyMap` divides its keys over several
 * of them, but bad keys may all be in one. Rows and keys that only an open snapshot still sees count too.
 */
export const MAX_ENTRIES: number = 2 ** 23;

/** Throws before a map of `size` entries gets too large to take `added` more. Nothing has been changed then. */
export function checkRoom(size: number, added: number, what: string): void {
  if (size + added > MAX_ENTRIES) {
    throw new RangeError(
      `${what} is full: it holds ${size} of at most ${MAX_ENTRIES} entries. Delete rows, or spread them over several stores.`,
    );
  }
}
