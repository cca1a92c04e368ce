/**
 * The name that `name` is most likely a misspelling of: equal but for case and underscores, or two letters different.
 */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  const folded = fold(name);
  return (
    names.find((candidate) => fold(candidate) === folded) ??
    names.find((candidate) => distanceAtMostTwo(folded, fold(candidate)))
  );
}

function fold(name: string): string {
  return name.slice(0, 100).replaceAll('_', '').toLowerCase();
}

/** True if at most two insertions, deletions or replacements turn `a` into `b`; for short names, at most one. */
function distanceAtMostTwo(a: string, b: string): boolean {
  const limit = Math.min(a.length, b.length) < 5 ? 1 : 2;
  if (Math.abs(a.length - b.length) > limit) return false;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return (row[b.length] as number) <= limit;
}
