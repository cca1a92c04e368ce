import type { KvCondition } from '../api/calls.ts';

/**
 * True when the condition holds. `lastIndex` is that of the stored key, undefined for an absent key. A driver calls
 * this for each condition of a `commit`, inside the step that also writes.
 *
 * @example
 * ```ts
 * import type { KvCondition } from 'swarmstate/kv';
 * import { conditionHolds } from 'swarmstate/kv/backend';
 *
 * const stored = new Map([['a', 7n]]);
 * const conditions: KvCondition[] = [{ key: 'a', lastIndex: 7n }, { key: 'b', exists: false }];
 * const failed = conditions.findIndex((condition) => !conditionHolds(condition, stored.get(condition.key)));
 * console.log(failed); // -1: all hold
 * ```
 */
export function conditionHolds(condition: KvCondition, lastIndex: bigint | undefined): boolean {
  return condition.exists === undefined
    ? lastIndex === condition.lastIndex
    : (lastIndex !== undefined) === condition.exists;
}
