const PART_BITS = 5;
/** Keys are divided over that many parts. */
export const PARTS: number = 2 ** PART_BITS;

/** Odd, with its bits spread: 2^32 divided by the golden ratio, and one of the multipliers of MurmurHash. */
const UNIT_MULTIPLIER = 0x9e3779b1;
const FINAL_MULTIPLIER = 0x85ebca6b;

/** How many code units at the beginning and at the end of a key say, with its length, which part it is in. */
export interface Sampling {
  readonly first: number;
  readonly last: number;
}

/** Enough for random letters and digits. */
const LAST_TWO: Sampling = { first: 0, last: 2 };
/**
 * From the cheapest on. Where a key lies in memory that is in no cache, a few units cost as much as half of looking it
 * up: the fewer they are, the sooner the processor has the next key on its way. Four are enough for a counter.
 */
const SAMPLINGS: readonly Sampling[] = [LAST_TWO, { first: 0, last: 4 }, { first: 4, last: 0 }];
/** For keys that none of the others spreads. */
const WIDEST: Sampling = { first: 4, last: 4 };

/**
 * How much more often than it has to be two keys may be in one part. Random parts are just above 1, and half of the
 * parts being empty is 2.
 */
const EVEN_ENOUGH = 1.5;

/** The part of a key, from 0 on. The cost does not grow with the key. */
export function partOf(key: string, sampling: Sampling): number {
  const length = key.length;
  // The usual case has no loop, and is short enough to become part of what calls it.
  if (sampling !== LAST_TWO || length < 2) return partOfAny(key, sampling);
  return spread((key.charCodeAt(length - 2) << 8) ^ key.charCodeAt(length - 1) ^ length);
}

function partOfAny(key: string, { first, last }: Sampling): number {
  const length = key.length;
  const start = Math.min(length, first);
  let mixed = length;
  for (let i = 0; i < start; i++) mixed = Math.imul(mixed, UNIT_MULTIPLIER) ^ key.charCodeAt(i);
  // No unit twice: of a short key these are all that are left.
  for (let i = Math.max(start, length - last); i < length; i++)
    mixed = Math.imul(mixed, UNIT_MULTIPLIER) ^ key.charCodeAt(i);
  return spread(mixed);
}

/** A multiplication carries differences upwards only: they are brought down before the highest bits are taken. */
function spread(mixed: number): number {
  const hash = Math.imul(mixed, UNIT_MULTIPLIER);
  return Math.imul(hash ^ (hash >>> 15), FINAL_MULTIPLIER) >>> (32 - PART_BITS);
}

/** The cheapest sampling that spreads these keys over the parts, so one that suits more keys of their kind. */
export function samplingFor(keys: readonly string[]): Sampling {
  return SAMPLINGS.find((sampling) => unevenness(keys, sampling) < EVEN_ENOUGH) ?? WIDEST;
}

/** The mean size of the part that a key finds itself in, by the mean size of all parts. */
function unevenness(keys: readonly string[], sampling: Sampling): number {
  const sizes = new Float64Array(PARTS);
  for (const key of keys) {
    const part = partOf(key, sampling);
    sizes[part] = (sizes[part] as number) + 1;
  }
  const squares = sizes.reduce((sum, size) => sum + size * size, 0);
  return (squares * PARTS) / keys.length ** 2;
}
