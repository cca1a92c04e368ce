import { compareUtf8 } from '../../../base/text/utf8-order.ts';
import { isInRange, selectPairs } from '../../backend/selection.ts';
import { isExpired, isThere, pairOf } from '../records/entry.ts';
import { mostSteps } from '../protocol/transactions.ts';
import { readKeyNames } from './names.ts';
import { readNames, readTree } from './snapshots.ts';
import type { DriverPage, DriverRange, DriverReadCall, DriverSelection } from '../../backend/driver.ts';
import type { KvPair } from '../../api/calls.ts';
import type { ConsulContext } from '../protocol/context.ts';
import type { Entry } from '../records/entry.ts';
import type { Snapshot } from './snapshots.ts';

/** Deletes expired keys, so that no later call finds them. */
export type Sweep = (names: readonly string[]) => Promise<void>;

/** The most requests for single keys. A selection of more keys is read whole. */
const mostParts = 4;

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
 * Reads the names first, and then the few keys that a bounded selection has. Consul knows no bounds: a listing is
 * everything below a prefix. Undefined where the selection is to be read whole.
 */
async function readSome(
  context: ConsulContext,
  selection: DriverSelection,
  call: DriverReadCall,
): Promise<DriverPage | undefined> {
  const { prefix, after, before, limit, reverse, keysOnly } = selection;
  if (call.stale || keysOnly || (after === undefined && before === undefined && limit === undefined)) return undefined;
  const { keyspace } = context;
  const first = await readNames(context, [], call);
  const names = await readKeyNames(context, keyspace.nameOf(prefix), '', call.signal);
  const keys = names.flatMap((name) => keyspace.keyOf(name) ?? []).filter((key) => isInRange(selection, key));
  keys.sort((a, b) => (reverse ? compareUtf8(b, a) : compareUtf8(a, b)));
  const wanted = keys.slice(0, limit);
  if (wanted.length > mostParts * (mostSteps - 1)) return undefined;
  const { head, entries } = await readNames(
    context,
    wanted.map((key) => keyspace.nameOf(key)),
    call,
  );
  const found = wanted.map((key) => entries.get(keyspace.nameOf(key)));
  const isWhole = found.every((entry): entry is Entry => isThere(entry) && !isExpired(entry));
  // Somebody wrote between the names and the keys.
  if (!isWhole || head.modifyIndex !== first.head.modifyIndex) return undefined;
  return {
    revision: BigInt(head.number),
    pairs: wanted.map((key, at) => pairOf(key, found[at] as Entry)),
  };
}
