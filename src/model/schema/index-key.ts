/**
 * The key of an index over two strings. The length of the first string goes in front of it, so no two pairs share a
 * key, whatever characters they hold. The second string ends the key, so a prefix of it is a prefix of the key.
 */
export function pairKey(first: string, second: string): string {
  return `${first.length}:${first}${second}`;
}

/** The two strings of a {@link pairKey}. */
export function splitPairKey(key: string): readonly [first: string, second: string] {
  const start = key.indexOf(':') + 1;
  const end = start + Number.parseInt(key, 10);
  return [key.slice(start, end), key.slice(end)];
}
