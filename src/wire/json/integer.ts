/** A decimal number as JSON writes it: sign, digits, fraction, exponent. */
const decimal = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/;
/** 2^64 has 20 digits. */
const mostDigits = 20;

/**
 * The whole number that a decimal text stands for, also with a fraction of zeros or an exponent: `1.0`, `1e5`,
 * `1.5e1`. Undefined for any other text and for a number of more than 20 digits. O(length).
 */
export function wholeNumberOf(text: string): bigint | undefined {
  const match = decimal.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = whole + fraction;
  let end = digits.length;
  while (end > 0 && digits[end - 1] === '0') end--;
  if (end === 0) return 0n;
  let start = 0;
  while (digits[start] === '0') start++;
  // The number is the digits from `start` to `end`, followed by this many zeros.
  const zeros = Number(exponent) - fraction.length + (digits.length - end);
  if (zeros < 0 || end - start + zeros > mostDigits) return undefined;
  return BigInt(`${sign}${digits.slice(start, end)}${'0'.repeat(zeros)}`);
}

/** True for a decimal number as JSON writes it. */
export function isDecimal(text: string): boolean {
  return decimal.test(text);
}
