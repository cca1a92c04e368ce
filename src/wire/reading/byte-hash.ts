/**
 * A 32-bit hash (FNV-1a) of the bytes from `start` to `end`. Its two lanes let a processor work on two bytes at a time.
 */
export function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let even = 0x811c9dc5;
  let odd = end - start;
  let i = start;
  for (; i < end - 1; i += 2) {
    even = Math.imul(even ^ (bytes[i] as number), 0x01000193);
    odd = Math.imul(odd ^ (bytes[i + 1] as number), 0x01000193);
  }
  if (i < end) even = Math.imul(even ^ (bytes[i] as number), 0x01000193);
  return Math.imul(even ^ (odd >>> 15), 0x2c1b3c6d) ^ odd;
}
