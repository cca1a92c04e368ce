import { compareUtf8 } from '../../../base/text/utf8-order.ts';
import type { Step } from '../protocol/transactions.ts';

/**
 * Steps that delete these names and none that is to be kept: single keys, and prefixes that only deleted names begin
 * with. All names begin with `within`. A range of names takes few steps, however many names it has.
 * O(names · log names).
 */
export function deleteSteps(within: string, deleted: ReadonlySet<string>, kept: Iterable<string>): readonly Step[] {
  const names = [...deleted, ...kept].sort(compareUtf8);
  const nextKept = nextOf(names, (name) => !deleted.has(name));
  const steps: Step[] = [];
  let before: string | undefined;
  for (let at = 0; at < names.length; at++) {
    const name = names[at] as string;
    if (!deleted.has(name)) {
      before = name;
      continue;
    }
    const shared = Math.max(sharedLength(name, before), sharedLength(name, nextKept[at]), within.length - 1);
    // The shortest beginning of the name that no kept name has.
    const prefix = shared < name.length ? firstPart(name, shared + 1) : undefined;
    let end = at;
    while (prefix !== undefined && names[end + 1]?.startsWith(prefix) === true) end++;
    if (end === at || prefix === undefined) steps.push({ verb: 'delete', name });
    else steps.push({ verb: 'delete-tree', name: prefix });
    at = end;
  }
  return steps;
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
