import type { JsonValue } from '../../wire/values/types.ts';

/** A field that differs between two objects in JSON form. An absent side is undefined. */
export interface FieldChange {
  /** `spec.task.container.image`, `spec.networks[0].target`. */
  readonly path: string;
  readonly before?: JsonValue | undefined;
  readonly after?: JsonValue | undefined;
}

type JsonObject = Readonly<Record<string, JsonValue>>;

/**
 * The fields that differ, each as deep as it can be named. Lists of one length are compared place by place; others
 * differ as a whole. O(size).
 */
export function* fieldChanges(
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  path = '',
): Generator<FieldChange, void> {
  if (isObject(before) && isObject(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)]))
      yield* fieldChanges(member(before, name), member(after, name), path === '' ? name : `${path}.${name}`);
  } else if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    for (const [at, value] of before.entries())
      yield* fieldChanges(value as JsonValue, after[at] as JsonValue, `${path}[${at}]`);
  } else if (!same(before, after)) yield { path, before, after };
}

/** Fields that change with every update, or with every report of a node. */
const alwaysChanges = /^meta\.|^status\.(?:timestamp|appliedAt|appliedBy)$/;

/** True for a field that {@link tellingChanges} leaves out. */
export function isTold({ path }: FieldChange): boolean {
  return !alwaysChanges.test(path);
}

/** As {@link fieldChanges}, without the fields that change with every update, unless there are no others. */
export function tellingChanges(before: JsonValue, after: JsonValue): readonly FieldChange[] {
  const all = [...fieldChanges(before, after)];
  const telling = all.filter(isTold);
  return telling.length === 0 ? all : telling;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function member(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function same(before: JsonValue | undefined, after: JsonValue | undefined): boolean {
  return before === after || JSON.stringify(before) === JSON.stringify(after);
}
