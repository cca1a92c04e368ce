/**
 * Keys of indexes over more than one string. The first part is preceded by its length, so that no two pairs share a
 * key, whatever characters they hold; the second part comes last, so that prefixes of it are prefixes of the key.
 */
export function pairKey(first: string, second: string): string {
  return `${first.length}:${first}${second}`;
}
