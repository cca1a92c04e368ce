/** Nine digits tell every 32-bit float from its neighbours. */
const MOST_DIGITS = 9;

/**
 * The decimal number with the fewest digits that reads back as a 32-bit float. NaN and the infinities, which JSON
 * cannot express, are names.
 */
export function shortestFloat(value: number): number | string {
  if (!Number.isFinite(value)) return String(value);
  for (let digits = 1; digits < MOST_DIGITS; digits++) {
    const nearest = value.toExponential(digits - 1);
    if (Math.fround(Number(nearest)) === value) return Number(nearest);
    // Above a power of two the floats are twice as far apart as below. So the second nearest number may read back.
    const second = nextUp(nearest);
    if (Math.fround(second) === value) return second;
  }
  return Number(value.toExponential(MOST_DIGITS - 1));
}

/** The number whose last digit is larger by one. */
function nextUp(text: string): number {
  const [digits = '', exponent = ''] = text.split('e');
  const point = digits.indexOf('.');
  const decimals = point < 0 ? 0 : digits.length - point - 1;
  const whole = Number(digits.replace('.', ''));
  return Number(`${whole < 0 ? whole - 1 : whole + 1}e${Number(exponent) - decimals}`);
}
