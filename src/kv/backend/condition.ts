import type { KvCondition } from '../api/calls.ts';

/** Whether a condition holds for a key whose `lastIndex` is given; undefined when it is absent. */
export function conditionHolds(condition: KvCondition, lastIndex: bigint | undefined): boolean {
  return condition.exists === undefined
    ? lastIndex === condition.lastIndex
    : (lastIndex !== undefined) === condition.exists;
}
