import { lowerCaseRuns, unstableUnit } from './generated/lower-case.ts';

/** The simple lower-case mapping, by code point. Made by the first text that needs it. */
let mapping: ReadonlyMap<number, number> | undefined;

/**
 * Lower-cases a string as Go's `strings.ToLower` does: each code point by the simple mapping of one version of Unicode,
 * whatever the version of the JavaScript engine, because replicas have to agree about names. JavaScript's `toLowerCase`
 * also differs for `İ` (U+0130), which becomes `i` in Go, and for a capital sigma, which is always `σ` in Go.
 * O(length); strings of the usual letters take the native path.
 */
export function foldCase(text: string): string {
  return unstableUnit.test(text) ? foldEach(text) : text.toLowerCase();
}

function foldEach(text: string): string {
  mapping ??= simpleMapping();
  let folded = '';
  for (const letter of text) {
    const lower = mapping.get(letter.codePointAt(0) as number);
    folded += lower === undefined ? letter : String.fromCodePoint(lower);
  }
  return folded;
}

function simpleMapping(): ReadonlyMap<number, number> {
  const made = new Map<number, number>();
  for (const [first, last, step, delta] of lowerCaseRuns)
    for (let point = first; point <= last; point += step) made.set(point, point + delta);
  return made;
}
