import { compareUtf8 } from '../../base/text/utf8-order.ts';
import type { DriverRange, DriverSelection } from './driver.ts';
import type { KvPair } from '../api/calls.ts';

const noBytes = new Uint8Array();

/**
 * True when a key belongs to a range.
 *
 * @example
 * ```ts
 * import { isInRange } from 'swarmstate/kv/backend';
 *
 * const range = { prefix: 'a/', after: 'a/b', before: undefined };
 * console.log(isInRange(range, 'a/b'), isInRange(range, 'a/c'), isInRange(range, 'b')); // false true false
 * ```
 */
export function isInRange({ prefix, after, before }: DriverRange, key: string): boolean {
  return (
    key.startsWith(prefix) &&
    (after === undefined || compareUtf8(key, after) > 0) &&
    (before === undefined || compareUtf8(key, before) < 0)
  );
}

/**
 * The pairs of a selection, out of all pairs of a store: for backends that cannot ask for a part. Costs
 * O(pairs · log pairs). The values are not copied.
 *
 * @example
 * ```ts
 * import type { KvPair } from 'swarmstate/kv';
 * import { selectPairs } from 'swarmstate/kv/backend';
 *
 * const stored = new Map<string, KvPair>();
 * const selection = { prefix: 'a/', after: undefined, before: undefined, limit: 10, reverse: true, keysOnly: false };
 * const lastTen = selectPairs(stored.values(), selection);
 * ```
 */
export function selectPairs(pairs: Iterable<KvPair>, selection: DriverSelection): readonly KvPair[] {
  const selected: KvPair[] = [];
  for (const pair of pairs) if (isInRange(selection, pair.key)) selected.push(pair);
  selected.sort((a, b) => (selection.reverse ? compareUtf8(b.key, a.key) : compareUtf8(a.key, b.key)));
  return selected.slice(0, selection.limit).map((pair) => (selection.keysOnly ? withoutValue(pair) : pair));
}

/** The pair with an empty value. */
export function withoutValue({ key, lastIndex }: KvPair): KvPair {
  return { key, value: noBytes, lastIndex };
}
