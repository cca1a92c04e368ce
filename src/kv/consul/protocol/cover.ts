import { compareUtf8 } from '../../../base/text/utf8-order.ts';

/** A name, or the beginning of several names. */
export interface Cover {
  readonly name: string;
  readonly isPrefix: boolean;
}

/**
 * Covers names without any of the others: single names, and prefixes that none of the others begins with. All names
 * begin with `within`. A range of names takes few parts, however many names it has. O(names · log names).
 */
export function coverOf(within: string, covered: ReadonlySet<string>, others: Iterable<string>): readonly Cover[] {
  const names = [...covered, ...others].sort(compareUtf8);
  const nextOther = nextOf(names, (name) => !covered.has(name));
  const parts: Cover[] = [];
  let before: string | undefined;
  for (let at = 0; at < names.length; at++) {
    const name = names[at] as string;
    if (!covered.has(name)) {
      before = name;
      continue;
    }
    const shared = Math.max(sharedLength(name, before), sharedLength(name, nextOther[at]), within.length - 1);
    // The shortest beginning of the name that none of the others has.
    const prefix = shared < name.length ? firstPart(name, shared + 1) : undefined;
    let end = at;
    while (prefix !== undefined && names[end + 1]?.startsWith(prefix) === true) end++;
    const isPrefix = end > at && prefix !== undefined;
    parts.push(isPrefix ? { name: prefix, isPrefix } : { name, isPrefix });
    at = end;
  }
  return parts;
}

/** For each position the first name from there on that `wanted` takes. */
function nextOf(names: readonly string[], wanted: (name: string) => boolean): readonly (string | undefined)[] {
  const next: (string | undefined)[] = [];
  let found: string | undefined;
  for (let at = names.length - 1; at >= 0; at--) {
    const name = names[at] as string;
    if (wanted(name)) found = name;
    next[at] = found;
  }
  return next;
}

/** The number of characters in which two names begin alike. */
function sharedLength(name: string, other: string | undefined): number {
  if (other === undefined) return 0;
  let length = 0;
  while (length < name.length && name[length] === other[length]) length++;
  return length;
}

/** The beginning of a name, with no half of a surrogate pair at its end. */
function firstPart(name: string, length: number): string {
  const part = name.slice(0, length);
  return part.isWellFormed() ? part : name.slice(0, length + 1);
}
