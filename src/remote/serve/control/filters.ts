/** True where no value is wanted, or one of them is the value, with case. */
export function isOneOf<V>(value: V, wanted: readonly V[]): boolean {
  return wanted.length === 0 || wanted.includes(value);
}

/** True where no prefix is wanted, or the value begins with one of them, with case. */
export function beginsWithOneOf(value: string, prefixes: readonly string[]): boolean {
  return prefixes.length === 0 || prefixes.some((prefix) => value.startsWith(prefix));
}

/** True where the labels have all that are wanted. A wanted label without a value may have any. */
export function hasLabels(
  labels: Readonly<Record<string, string>>,
  wanted: ReadonlyMap<string, string> | undefined,
): boolean {
  for (const [name, value] of wanted ?? []) {
    if (!Object.hasOwn(labels, name)) return false;
    if (value !== '' && labels[name] !== value) return false;
  }
  return true;
}
