export const largestUnsigned: bigint = 2n ** 64n - 1n;
export const largestSigned: bigint = 2n ** 63n - 1n;
export const smallestSigned: bigint = -(2n ** 63n);

/**
 * A whole number in its canonical form: a bigint only beyond 2^53. The result is declared as in canonical objects.
 * Undefined for a value that is no whole number between the limits.
 */
export function canonicalInteger(value: unknown, smallest: bigint, largest: bigint): number | undefined {
  if (typeof value !== 'bigint' && !(typeof value === 'number' && Number.isInteger(value))) return undefined;
  const exact = BigInt(value);
  if (exact < smallest || exact > largest) return undefined;
  const number = Number(exact);
  return Number.isSafeInteger(number) ? number : (exact as unknown as number);
}
