/** The number of strings that one step handles, which takes a few milliseconds. */
const STEP = 4096;
/** The approximate number of strings in a part. Sorting one part takes a fraction of a step. */
const PART = 2048;

/**
 * Sorts strings in steps of a few milliseconds; the caller may do other work between them. Returns sorted parts, in
 * order. It is a sample sort: a sample decides where the parts begin, each string goes into its part, and each part is
 * sorted. O(n log n), as fast as sorting all at once.
 */
export function* sortInSteps(
  texts: Iterable<string>,
  size: number,
  compare: (a: string, b: string) => number,
  sort: (texts: string[]) => void,
): Generator<void, readonly string[][]> {
  const all: string[] = [];
  for (const text of texts) if (all.push(text) % STEP === 0) yield;
  const borders = bordersOf(all, Math.ceil(size / PART), sort);
  const parts: string[][] = Array.from({ length: borders.length + 1 }, () => []);
  for (let i = 0; i < all.length; i++) {
    const text = all[i] as string;
    let low = 0;
    let high = borders.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(borders[middle] as string, text) <= 0) low = middle + 1;
      else high = middle;
    }
    (parts[low] as string[]).push(text);
    if (i % STEP === STEP - 1) yield;
  }
  let sorted = 0;
  for (const part of parts) {
    sort(part);
    sorted += part.length;
    if (sorted < STEP) continue;
    sorted = 0;
    yield;
  }
  return parts;
}

/** Strings that divide all others into parts of about the same size. */
function bordersOf(all: readonly string[], parts: number, sort: (texts: string[]) => void): string[] {
  if (parts < 2) return [];
  // Drawing four strings for each border makes the parts more equal than drawing one.
  const stride = Math.max(1, Math.floor(all.length / (parts * 4)));
  const drawn: string[] = [];
  for (let i = 0; i < all.length; i += stride) drawn.push(all[i] as string);
  sort(drawn);
  const borders: string[] = [];
  for (let i = 4; i < drawn.length; i += 4) borders.push(drawn[i] as string);
  return borders;
}
