import { StoreActionKind, all } from 'swarmstate';
import { InternalRaftRequest } from 'swarmstate/proto';
import type { ReplicatedStore, StoreTerm } from 'swarmstate/replicated';
import { decodeClusterRecord } from '../../src/replicated/generated/log.ts';
import { decodeEntry, encodeEntry } from '../../src/replicated/log/entry.ts';
import type { Entry } from '../../src/replicated/log/entry.ts';
import { openPlain, sealPlain } from '../../src/replicated/log/frame.ts';
import { LogKeys } from '../../src/replicated/log/layout.ts';
import type { Cluster } from './cluster.ts';

const keys = new LogKeys('log');

/** The ids of the nodes in a store. */
export function ids(store: ReplicatedStore): readonly string[] {
  return store.view((tx) => tx.nodes.find(all).map(({ id }) => id));
}

/** The entry of the log in a slot. */
export async function entryOf(cluster: Cluster, slot: number): Promise<Entry> {
  const record = decodeClusterRecord(openPlain('', (await cluster.inner.get(keys.cluster)).value));
  const { value } = await cluster.inner.get(keys.entry(slot));
  return decodeEntry(record.clusterId, slot, '', openPlain('', value));
}

/** Plants the next entry of the log: one node each, as a writer makes them that looks at no term. */
export async function plant(
  cluster: Cluster,
  slot: number,
  firstVersion: number,
  { election, token }: StoreTerm,
  ...nodes: readonly string[]
): Promise<void> {
  const before = await entryOf(cluster, slot - 1);
  const entry = {
    ...before,
    slot,
    incarnation: 'late',
    sequence: slot,
    firstVersion,
    count: nodes.length,
    schema: 2,
    chain: before.hash,
    requests: nodes.map((id) =>
      InternalRaftRequest.encode({ action: [{ action: StoreActionKind.CREATE, node: { id } }] }),
    ),
    parts: undefined,
    begins: undefined,
    terms: [{ election, token: Number(token) }],
  };
  await cluster.inner.put(keys.entry(slot), sealPlain(encodeEntry(entry)));
}

/** Two members. The first one leads until its lease is taken away; then the second one begins a term. */
export async function twoTerms(cluster: Cluster): Promise<{
  readonly one: ReplicatedStore;
  readonly two: ReplicatedStore;
  readonly old: StoreTerm;
  readonly term: StoreTerm;
}> {
  const one = await cluster.open();
  const two = await cluster.open();
  const old = await one.election('loops', { ttl: 60_000 }).campaign();
  await cluster.inner.deleteTree('log/elections');
  const term = await two.election('loops', { ttl: 60_000 }).campaign();
  return { one, two, old, term };
}
