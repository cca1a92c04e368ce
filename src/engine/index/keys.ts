/** The keys of a row in one index: one key, several, or none. */
export type Keys = string | readonly string[] | undefined;

/**
 * An index, as the owner of its table declares it. The functions are pure: the same row gives the same answer, and they
 * do not call the table.
 */
export interface IndexDeclaration<Row> {
  readonly name: string;
  /** The keys of a row. A key can be any string; a key that is listed twice counts once. */
  readonly keys: (row: Row) => Keys;
  /**
   * True only when both rows have the same keys: compares the fields that keys are made of, and builds no keys. A false
   * for rows with the same keys costs time and changes nothing.
   */
  readonly unchanged: (before: Row, after: Row) => boolean;
  /**
   * True when prefix lookups are needed; the index then has an ordered tree from its first prefix lookup on. On any
   * other index, a prefix lookup throws an assertion error.
   */
  readonly ordered: boolean;
}

declare const brand: unique symbol;

/** An index of a table: its position in the table's list of declarations, or {@link ID_INDEX}. */
export type IndexNumber = number & { readonly [brand]: 'index' };

/** The index number of the id, for prefix lookups. */
export const ID_INDEX: IndexNumber = -1 as IndexNumber;

/** The index number of each declared index, by its name. */
export function indexNumbersOf(declarations: readonly { readonly name: string }[]): ReadonlyMap<string, IndexNumber> {
  return new Map(declarations.map(({ name }, position) => [name, position as IndexNumber]));
}

/** From this length on, a `Set` is faster than a search through a list for each key. */
export const LONG_LIST: number = 16;
const NO_KEYS: readonly string[] = [];

/** True when `key` is among `keys`. */
export function hasKey(keys: Keys, key: string): boolean {
  return typeof keys === 'object' ? keys.includes(key) : keys === key;
}

/** The keys as a list without duplicates. Returns `keys` itself when it has none. */
export function distinctKeys(keys: Keys): readonly string[] {
  if (typeof keys !== 'object') return keys === undefined ? NO_KEYS : [keys];
  if (keys.length >= LONG_LIST) return [...new Set(keys)];
  for (let i = 1; i < keys.length; i++) if (keys.indexOf(keys[i] as string) < i) return [...new Set(keys)];
  return keys;
}

/** The members of `keys` that are not in `others`. Both lists are free of duplicates. */
export function keysWithout(keys: readonly string[], others: readonly string[]): readonly string[] {
  if (keys.length === 0 || others.length === 0) return keys;
  if (others.length < LONG_LIST) return keys.filter((key) => !others.includes(key));
  const set = new Set(others);
  return keys.filter((key) => !set.has(key));
}
