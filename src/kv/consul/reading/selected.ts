import { compareUtf8 } from '../../../base/text/utf8-order.ts';
import { isInRange, selectPairs } from '../../backend/selection.ts';
import { isExpired, isThere, pairOf } from '../records/entry.ts';
import { coverOf } from '../protocol/cover.ts';
import { mostSteps } from '../protocol/transactions.ts';
import { readKeyNames } from './names.ts';
import { readNames, readTree, readTrees } from './snapshots.ts';
import type { DriverPage, DriverRange, DriverReadCall, DriverSelection } from '../../backend/driver.ts';
import type { KvPair } from '../../api/calls.ts';
import type { ConsulContext } from '../protocol/context.ts';
import type { Snapshot } from './snapshots.ts';

/** Deletes expired keys, so that no later call finds them. */
export type Sweep = (names: readonly string[]) => Promise<void>;

/** The most names that are read one by one where a few beginnings do not cover them. */
const mostNames = 4 * (mostSteps - 1);

/** Reads the pairs of a selection at one moment. */
export async function readSelection(
  context: ConsulContext,
  selection: DriverSelection,
  call: DriverReadCall,
  sweep: Sweep,
): Promise<DriverPage> {
  return (await readSome(context, selection, call)) ?? readAll(context, selection, call, sweep);
}

async function readAll(
  context: ConsulContext,
  selection: DriverSelection,
  call: DriverReadCall,
  sweep: Sweep,
): Promise<DriverPage> {
  for (;;) {
    const snapshot = await readTree(context, context.keyspace.nameOf(selection.prefix), call);
    const { pairs, expired } = storedPairs(context, selection, snapshot);
    if (expired.length === 0 || context.isReadOnly || call.stale) {
      return { revision: BigInt(snapshot.head.number), pairs: selectPairs(pairs, selection) };
    }
    await sweep(expired);
  }
}

/** The pairs of a range in a snapshot, and the names of the expired keys in the range. */
export function storedPairs(
  { keyspace }: ConsulContext,
  range: DriverRange,
  { entries }: Snapshot,
): { readonly pairs: readonly KvPair[]; readonly expired: readonly string[] } {
  const pairs: KvPair[] = [];
  const expired: string[] = [];
  for (const entry of entries.values()) {
    const key = keyspace.keyOf(entry.name);
    if (key === undefined || !isInRange(range, key) || !isThere(entry)) continue;
    if (isExpired(entry)) expired.push(entry.name);
    else pairs.push(pairOf(key, entry));
  }
  return { pairs, expired };
}

/**
 * Reads the names first, and then the keys of a bounded selection. Few keys are read by their names, more of them by
 * the beginnings that no other name has. Consul knows no bounds: a listing is everything below a prefix. Undefined
 * where the selection is to be read whole.
 */
async function readSome(
  context: ConsulContext,
  selection: DriverSelection,
  call: DriverReadCall,
): Promise<DriverPage | undefined> {
  const { prefix, after, before, limit, keysOnly } = selection;
  if (call.stale || keysOnly || (after === undefined && before === undefined && limit === undefined)) return undefined;
  const within = context.keyspace.nameOf(prefix);
  const first = await readNames(context, [], call);
  const names = await readKeyNames(context, within, '', call.signal);
  const wanted = namesOf(context, selection, names);
  const { head, entries } = await readWanted(context, within, names, [...wanted.values()], call);
  const pairs: KvPair[] = [];
  for (const [key, name] of wanted) {
    const entry = entries.get(name);
    if (!isThere(entry) || isExpired(entry)) return undefined;
    pairs.push(pairOf(key, entry));
  }
  // Somebody wrote between the names and the keys.
  if (head.modifyIndex !== first.head.modifyIndex) return undefined;
  return { revision: BigInt(head.number), pairs };
}

/** The keys of a selection, in its order, with their names. */
function namesOf(
  { keyspace }: ConsulContext,
  { limit = Infinity, reverse, prefix, after, before }: DriverSelection,
  names: readonly string[],
): ReadonlyMap<string, string> {
  const nameOf = (key: string | undefined): string | undefined => (key === undefined ? key : keyspace.nameOf(key));
  const range = { prefix: keyspace.nameOf(prefix), after: nameOf(after), before: nameOf(before) };
  const within = names.filter((name) => isInRange(range, name));
  within.sort((a, b) => (reverse ? compareUtf8(b, a) : compareUtf8(a, b)));
  const found = new Map<string, string>();
  for (const name of within) {
    if (found.size >= limit) break;
    const key = keyspace.keyOf(name);
    if (key !== undefined) found.set(key, name);
  }
  return found;
}

/** Reads some of the names that begin with `within`, at one moment. */
function readWanted(
  context: ConsulContext,
  within: string,
  names: readonly string[],
  wanted: readonly string[],
  call: DriverReadCall,
): Promise<Snapshot> {
  if (wanted.length < mostSteps) return readNames(context, wanted, call);
  const some = new Set(wanted);
  const parts = coverOf(
    within,
    some,
    names.filter((name) => !some.has(name)),
  );
  // A single name may be the beginning of others, which are read in vain.
  const beginnings = parts.map(({ name }) => name);
  if (parts.length < mostSteps) return readTrees(context, beginnings, call);
  return wanted.length <= mostNames ? readNames(context, wanted, call) : readTree(context, within, call);
}
