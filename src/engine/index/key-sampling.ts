const PART_BITS = 5;
/** The number of parts over which keys are divided. */
export const PARTS: number = 2 ** PART_BITS;

/** Odd numbers whose bits are spread: 2^32 divided by the golden ratio, and a multiplier of MurmurHash. */
const UNIT_MULTIPLIER = 0x9e3779b1;
const FINAL_MULTIPLIER = 0x85ebca6b;

/** The number of code units at the beginning and at the end of a key that decide, with its length, its part. */
export interface Sampling {
  readonly first: number;
  readonly last: number;
}

/** Two units are enough for keys of random letters and digits. */
const LAST_TWO: Sampling = { first: 0, last: 2 };
/**
 * The cheapest first. Four units are enough for a counter. Reading a few units of a key that is in no processor cache
 * costs as much as half of its look-up, so fewer units are better.
 */
const SAMPLINGS: readonly Sampling[] = [LAST_TWO, { first: 0, last: 4 }, { first: 4, last: 0 }];
/** Used when none of the others spreads the keys. */
const WIDEST: Sampling = { first: 4, last: 4 };

/** The {@link unevenness} from which on a sampling is rejected. Random parts have just above 1, half empty ones 2. */
const EVEN_ENOUGH = 1.5;

/** The part of a key, from 0 on. O(1), however long the key is. */
export function partOf(key: string, sampling: Sampling): number {
  const length = key.length;
  // The usual case has no loop and is short enough for V8 to inline it.
  if (sampling !== LAST_TWO || length < 2) return partOfAny(key, sampling);
  return spread((key.charCodeAt(length - 2) << 8) ^ key.charCodeAt(length - 1) ^ length);
}

function partOfAny(key: string, { first, last }: Sampling): number {
  const length = key.length;
  const start = Math.min(length, first);
  let mixed = length;
  for (let i = 0; i < start; i++) mixed = Math.imul(mixed, UNIT_MULTIPLIER) ^ key.charCodeAt(i);
  // No unit counts twice, also where the key is shorter than both samples together.
  for (let i = Math.max(start, length - last); i < length; i++)
    mixed = Math.imul(mixed, UNIT_MULTIPLIER) ^ key.charCodeAt(i);
  return spread(mixed);
}

/** Mixes the bits. A multiplication moves differences to higher bits only, so a shift moves them down in between. */
function spread(mixed: number): number {
  const hash = Math.imul(mixed, UNIT_MULTIPLIER);
  return Math.imul(hash ^ (hash >>> 15), FINAL_MULTIPLIER) >>> (32 - PART_BITS);
}

/** The cheapest sampling that spreads these keys over the parts. Later keys are expected to be of the same sort. */
export function samplingFor(keys: readonly string[]): Sampling {
  return SAMPLINGS.find((sampling) => unevenness(keys, sampling) < EVEN_ENOUGH) ?? WIDEST;
}

/** The mean size of a key's own part, divided by the mean size of all parts. */
function unevenness(keys: readonly string[], sampling: Sampling): number {
  const sizes = new Float64Array(PARTS);
  for (const key of keys) {
    const part = partOf(key, sampling);
    sizes[part] = (sizes[part] as number) + 1;
  }
  const squares = sizes.reduce((sum, size) => sum + size * size, 0);
  return (squares * PARTS) / keys.length ** 2;
}
