/**
 * A number in [0, 1) that depends only on its arguments. The simulation uses it instead of a random generator with a
 * state: a task gets the same number after a loop was restarted.
 */
export function lot(...parts: readonly (string | number)[]): number {
  // FNV-1a, then a final mix: ids that differ only in the last letter give unrelated numbers.
  let hash = 0x811c9dc5;
  for (const character of parts.join('\0')) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
