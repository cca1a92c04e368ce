import { normalKey, treePrefix } from '../api/key.ts';
import { checkListOptions } from '../api/option-checks.ts';
import type { DriverRange, DriverSelection } from '../backend/driver.ts';
import type { KvListOptions, KvRange } from '../api/calls.ts';

/** The range below a prefix. Throws `ERR_KV_INVALID_KEY`. */
export function rangeOf(prefix: string, { after, before }: KvRange): DriverRange {
  return {
    prefix: treePrefix(prefix),
    after: after === undefined ? undefined : normalKey(after),
    before: before === undefined ? undefined : normalKey(before),
  };
}

/** The pairs that a listing asks for. Throws `ERR_KV_INVALID_KEY` and `ERR_KV_INVALID_ARGUMENT`. */
export function selectionOf(prefix: string, options: KvListOptions): DriverSelection {
  checkListOptions(options);
  const { limit, reverse, keysOnly } = options;
  return { ...rangeOf(prefix, options), limit, reverse: reverse === true, keysOnly: keysOnly === true };
}

/** True for a listing without a bound or form, which rejects when there is nothing. */
export function asksForAll({ after, before, limit, reverse, keysOnly }: KvListOptions): boolean {
  return [after, before, limit, reverse, keysOnly].every((option) => option === undefined);
}
