import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { StoreActionKind, all } from 'swarmstate';
import type { Replica } from 'swarmstate';
import { InternalRaftRequest, StoreSnapshot } from 'swarmstate/proto';
import type { ReplicatedOptions, ReplicatedStore } from 'swarmstate/replicated';
import { crc32c } from '../../src/base/crc32c.ts';
import { decodeClusterRecord } from '../../src/replicated/generated/log.ts';
import { decodeEntry, encodeEntry } from '../../src/replicated/log/entry.ts';
import type { Entry, NewEntry } from '../../src/replicated/log/entry.ts';
import { openPlain, sealPlain } from '../../src/replicated/log/frame.ts';
import { LogKeys } from '../../src/replicated/log/layout.ts';
import { LogState } from '../../src/replicated/state/log-state.ts';
import { Taker } from '../../src/replicated/state/taker.ts';
import { sealOf } from '../../src/wire/snapshot/seal.ts';
import { Cluster, hashOf, until } from './cluster.ts';

const keys = new LogKeys('log');

let cluster: Cluster;

beforeEach(async () => {
  cluster = await Cluster.start();
});

afterEach(() => cluster.end());

/** The entries of the log, from a slot on. */
async function entriesFrom(slot: number): Promise<readonly Entry[]> {
  const { clusterId } = decodeClusterRecord(openPlain('', (await cluster.inner.get(keys.cluster)).value));
  const pairs = await cluster.inner.list(keys.log, { after: keys.entry(slot - 1) });
  return pairs.map(({ value }, at) => decodeEntry(clusterId, slot + at, '', openPlain('', value)));
}

/** Writes the next entry of the log, which creates a node, as a member named `another` does. */
async function write(after: Entry, change: Partial<NewEntry>): Promise<Entry> {
  const slot = after.slot + 1;
  const node = { id: `node-${slot}` };
  const entry: NewEntry = {
    clusterId: after.clusterId,
    slot,
    incarnation: 'another',
    sequence: slot,
    firstVersion: after.lastVersion + 1,
    count: 1,
    schema: 1,
    chain: after.hash,
    requests: [InternalRaftRequest.encode({ action: [{ action: StoreActionKind.CREATE, node }] })],
    terms: [],
    ...change,
  };
  const body = encodeEntry(entry);
  await cluster.inner.put(keys.entry(slot), sealPlain(body));
  return decodeEntry(after.clusterId, slot, '', body);
}

/** The hash that members tell of these contents. */
function contentsHash(store: ReplicatedStore): Uint8Array {
  const contents = StoreSnapshot.encode(store.save());
  const rows = Object.values(store.stats().rows).reduce((sum, count) => sum + count, 0);
  return createHash('sha256')
    .update(contents)
    .update(sealOf(rows, crc32c(contents)))
    .digest();
}

/** Updates until the other member has compared so often. */
async function writeUntilCompared(writer: ReplicatedStore, other: ReplicatedStore, times: number): Promise<void> {
  for (let count = 0; other.member.compared < times; count += 1) {
    await writer.update((tx) => tx.nodes.create({ id: `more-${count}` }));
    await other.barrier();
    await setImmediate();
  }
}

test('[J19] a member with readOnly makes no snapshot, however much it is due', async () => {
  const writer = await cluster.open({ snapshotEvery: 1_000_000 });
  const reader = await cluster.open({ readOnly: true, snapshotEvery: 1 });
  for (let count = 0; count < 5; count += 1) await writer.update((tx) => tx.nodes.create({ id: `n${count}` }));
  await reader.barrier();
  await setImmediate();
  expect(await cluster.inner.list('log/snapshots', { keysOnly: true })).toEqual([]);
});

test('[J59] the contents are those of a slot once the store has applied its first change', async () => {
  const start = { slot: 0, version: 0, chain: Buffer.alloc(32) };
  const taker = new Taker(new LogState(start), keys, () => undefined);
  let apply = (): void => undefined;
  const applying = new Promise<void>((resolve) => (apply = resolve));
  taker.attach({ apply: () => applying } as unknown as Replica);
  const given = {
    clusterId: 'c',
    incarnation: 'one',
    count: 1,
    schema: 1,
    chain: start.chain,
    requests: [],
    terms: [],
  };
  const entry = {
    ...given,
    slot: 1,
    sequence: 1,
    firstVersion: 1,
    lastVersion: 1,
    hash: Buffer.alloc(32, 1),
    bytes: 9,
  };
  expect(taker.isAt(0)).toBe(true);
  taker.take(entry, [[]]);
  // The version that a store without a change tells is that of the log.
  expect([taker.isAt(1), taker.isFirstChangeUnderWay]).toEqual([false, true]);
  apply();
  await taker.applied;
  expect([taker.isAt(1), taker.isAt(0), taker.isFirstChangeUnderWay]).toEqual([true, false, false]);
});

describe('contents of members', () => {
  const rows = { few: 3, many: 700 };
  const keyRing = { current: 'k', keys: { k: Buffer.alloc(32, 1) } };
  const cases: readonly (readonly [string, number, ReplicatedOptions, ReplicatedOptions])[] = [
    ['of few rows', rows.few, {}, {}],
    ['of many rows', rows.many, {}, {}],
    ['of a member that reads only', rows.few, {}, { readOnly: true }],
    ['of an encrypted log', rows.few, { keys: keyRing }, { keys: keyRing }],
  ];

  test.each(cases)('[J57] %s are compared as snapshots are made', async (_, count, options, otherOptions) => {
    const writer = await cluster.open({ snapshotEvery: 5, ...options });
    const other = await cluster.open({ snapshotEvery: 1_000_000, ...otherOptions });
    await writer.update((tx) => {
      for (let row = 0; row < count; row += 1) tx.tasks.create({ id: `t${row}` });
    });
    await writeUntilCompared(writer, other, 3);
    expect(writer.member).toMatchObject({ compared: 0, stopped: false });
    expect(other.member.stopped).toBe(false);
    await other.barrier();
    expect(hashOf(other)).toBe(hashOf(writer));
  });

  test('[J57] the entry that makes a snapshot due asks for the comparison; a later one tells the hash', async () => {
    const writer = await cluster.open({ snapshotEvery: 4, keepEntries: 100 });
    for (let count = 0; writer.member.slot < 3 || writer.member.snapshots === 0; count += 1)
      await writer.update((tx) => tx.nodes.create({ id: `n${count}` }));
    await writer.update((tx) => tx.nodes.create({ id: 'last' }));
    const entries = await entriesFrom(0);
    expect(entries.find(({ compares }) => compares)?.slot).toBe(4);
    expect(entries.filter(({ contents }) => contents?.slot === 4)).toHaveLength(1);
    expect(writer.member.snapshotSlot).toBe(4);
  });

  test('[J58] a member with another hash than the one told stops, and names both', async () => {
    const store = await cluster.open({ snapshotEvery: 1_000_000 });
    const told: unknown[] = [];
    store.on('diverged', (event) => told.push(event));
    await store.update((tx) => tx.nodes.create({ id: 'a' }));
    const asking = await write((await entriesFrom(1))[0]!, { compares: true });
    await store.waitFor({ index: 2 });
    const own = contentsHash(store);
    // A later entry is applied first: the contents of the slot count, not those of now.
    const between = await write(asking, {});
    const right = await write(between, { contents: { slot: asking.slot, sha256: own } });
    await store.waitFor({ index: 4 });
    expect(store.member).toMatchObject({ compared: 1, stopped: false });
    const again = await write(right, { compares: true });
    await store.waitFor({ index: 5 });
    const ownAgain = contentsHash(store);
    const wrong = Buffer.alloc(32, 7);
    await write(again, { contents: { slot: again.slot, sha256: wrong } });
    await until(() => store.member.stopped);
    const refused = { code: 'ERR_LOG_REFUSED', reason: 'contents', key: `log/${String(again.slot).padStart(16, '0')}` };
    await expect(store.update((tx) => tx.nodes.create({ id: 'late' }))).rejects.toMatchObject(refused);
    await expect(store.barrier()).rejects.toMatchObject(refused);
    expect(store.view((tx) => tx.nodes.count(all))).toBe(6);
    expect(told).toEqual([{ error: expect.objectContaining(refused), version: { index: 6 } }]);
    const message = (told as readonly { readonly error: Error }[])[0]?.error.message;
    expect(message).toContain(Buffer.from(ownAgain.subarray(0, 6)).toString('hex'));
    expect(message).toContain(wrong.subarray(0, 6).toString('hex'));
    expect(message).toContain('another');
  });

  test('[J58] a hash of a slot that nobody looked at, and entries without either field, change nothing', async () => {
    const store = await cluster.open();
    await store.update((tx) => tx.nodes.create({ id: 'a' }));
    const plain = await write((await entriesFrom(1))[0]!, {});
    const early = await write(plain, { contents: { slot: plain.slot, sha256: Buffer.alloc(32, 7) } });
    // The writer of the hash asked before this member opened the log.
    const asking = await write(early, { compares: true });
    await store.waitFor({ index: 4 });
    const late = await cluster.open();
    await write(asking, { contents: { slot: asking.slot, sha256: contentsHash(store) } });
    await store.waitFor({ index: 5 });
    await late.waitFor({ index: 5 });
    expect([store.member.compared, late.member.compared]).toEqual([1, 0]);
    expect([store.member.stopped, late.member.stopped]).toEqual([false, false]);
  });
});
