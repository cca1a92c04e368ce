import type { FieldModel } from '../schema/model.ts';

/**
 * The condition that the object `value` has an optional member of its own. A member that it has from `Object.prototype`
 * is the same object as that of `emptyObject`. Scalars can be equal without that.
 */
export function emitIsOwn({ name, value }: FieldModel): string {
  const own = value.kind === 'message' ? `value.${name} !== emptyObject['${name}']` : `Object.hasOwn(value, '${name}')`;
  return `value.${name} !== undefined && ${own}`;
}

/** The condition that `Object.prototype` has a member with the name of one of the fields. */
export function emitInherited(fields: readonly FieldModel[]): string {
  return fields.map(({ name }) => `emptyObject['${name}'] !== undefined`).join(' || ') || 'false';
}
