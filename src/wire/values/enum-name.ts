import { describe } from '../../base/text/describe.ts';
import { StoreError } from '../../errors/store-error.ts';

/**
 * The name of a member of an enum by its number; undefined for a number without a name, which a newer writer may have
 * stored. O(members).
 *
 * @throws StoreError `ERR_INVALID_OBJECT` when `members` is no enum.
 *
 * @example
 * ```ts
 * import { TaskState, enumName } from 'swarmstate';
 *
 * console.log(enumName(TaskState, 512)); // RUNNING
 * ```
 */
export function enumName<Members extends { readonly [name: string]: number }>(
  members: Members,
  value: number,
): (keyof Members & string) | undefined {
  const given: unknown = members;
  if (typeof given !== 'object' || given === null) {
    throw new StoreError('ERR_INVALID_OBJECT', `enumName takes an enum, such as TaskState, not ${describe(given)}`, {
      messageType: 'enum',
      path: [],
    });
  }
  return Object.keys(members).find((name) => members[name] === value);
}
