/**
 * The shortest decimal number that stands for a 32-bit float. NaN and the infinities, which JSON cannot express, are
 * names.
 */
export function shortestFloat(value: number): number | string {
  if (!Number.isFinite(value)) return String(value);
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}
