import type { JsonValue } from '../../wire/values/types.ts';

/** A field that differs between two values. A side without the field is undefined. */
export interface Difference {
  /** The names that lead to the field; elements of lists by their positions. */
  readonly path: readonly string[];
  readonly before: JsonValue | undefined;
  readonly after: JsonValue | undefined;
}

/**
 * The fields that differ, in the order of the older value, added fields last. An object that only one side has counts
 * as one field. O(size of both).
 */
export function differences(before: JsonValue | undefined, after: JsonValue | undefined): readonly Difference[] {
  const found: Difference[] = [];
  compare([], before, after, found);
  return found;
}

function compare(
  path: readonly string[],
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  found: Difference[],
): void {
  if (before === after) return;
  const left = membersOf(before);
  const right = membersOf(after);
  if (left === undefined || right === undefined || Array.isArray(before) !== Array.isArray(after)) {
    found.push({ path, before, after });
    return;
  }
  for (const [name, value] of left) compare([...path, name], value, right.get(name), found);
  for (const [name, value] of right)
    if (!left.has(name)) found.push({ path: [...path, name], before: undefined, after: value });
}

/** The members of an object or list; undefined for other values. */
function membersOf(value: JsonValue | undefined): ReadonlyMap<string, JsonValue> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return new Map<string, JsonValue>(Object.entries<JsonValue>(value as { readonly [name: string]: JsonValue }));
}

/** `spec.task.container.env[2]` for a path. A name that is no identifier is quoted. */
export function pathText(path: readonly string[]): string {
  return path
    .map((name, position) => {
      if (/^\d+$/.test(name)) return `[${name}]`;
      if (!/^[\w-]+$/.test(name)) return `[${JSON.stringify(name)}]`;
      return position === 0 ? name : `.${name}`;
    })
    .join('');
}
