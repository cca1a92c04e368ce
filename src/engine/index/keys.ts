/** What an index finds a row by: one key, several, or none. */
export type Keys = string | readonly string[] | undefined;

/**
 * An index as its table's owner declares it. The functions are pure: same row, same answer, no calls into the table.
 */
export interface IndexDeclaration<Row> {
  readonly name: string;
  /** One key, several, or none. Pure. Duplicates in the list collapse. A key can be any string. */
  readonly keys: (row: Row) => Keys;
  /**
   * True only when both rows surely have the same keys: compares source fields by pointer or value and builds no keys.
   * It may be false without need, which costs time only.
   */
  readonly unchanged: (before: Row, after: Row) => boolean;
  /**
   * Keeps (lazily) an ordered tree, so that prefix lookups work; a prefix lookup on an index that is not ordered is an
   * assertion error.
   */
  readonly ordered: boolean;
}

/** Stands for the id itself where prefix lookups take the position of an index. */
export const ID_INDEX = -1;

/** From this length on, sets beat the quadratic search through a list. */
const LONG_LIST = 16;
const NO_KEYS: readonly string[] = [];

/** Whether `key` is among `keys`. */
export function hasKey(keys: Keys, key: string): boolean {
  return typeof keys === 'object' ? keys.includes(key) : keys === key;
}

/** The keys as a list without duplicates; the very same list when it has none. */
export function distinctKeys(keys: Keys): readonly string[] {
  if (typeof keys !== 'object') return keys === undefined ? NO_KEYS : [keys];
  if (keys.length >= LONG_LIST) return [...new Set(keys)];
  for (let i = 1; i < keys.length; i++) if (keys.indexOf(keys[i] as string) < i) return [...new Set(keys)];
  return keys;
}

/** The members of `keys` that are not in `others`; both are free of duplicates. */
export function keysWithout(keys: readonly string[], others: readonly string[]): readonly string[] {
  if (keys.length === 0 || others.length === 0) return keys;
  if (others.length < LONG_LIST) return keys.filter((key) => !others.includes(key));
  const set = new Set(others);
  return keys.filter((key) => !set.has(key));
}
