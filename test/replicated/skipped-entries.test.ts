import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Incarnations } from '../../src/replicated/log/incarnations.ts';
import { Terms } from '../../src/replicated/log/terms.ts';
import { LogState } from '../../src/replicated/state/log-state.ts';
import { Cluster, hashOf, until } from './cluster.ts';
import { entryOf, ids, plant, twoTerms } from './term-entries.ts';

let cluster: Cluster;

beforeEach(async () => {
  cluster = await Cluster.start();
});

afterEach(() => cluster.end());

test('[J32] an entry of an older term is skipped by every reader: it takes a slot, but no versions', async () => {
  const { one, two, old, term } = await twoTerms(cluster);
  await one.update((tx) => tx.nodes.create({ id: 'a' }));
  await plant(cluster, 4, 2, old, 'late-1', 'late-2');
  await two.barrier();
  await one.barrier();
  expect([one.member, two.member]).toMatchObject(Array(2).fill({ slot: 4, version: 1, skipped: 1, stopped: false }));
  await two.update((tx) => tx.nodes.create({ id: 'b' }), { term });
  expect(two.version).toEqual({ index: 2 });
  await one.waitFor({ index: 2 });
  // The third member reads the whole log.
  const third = await cluster.open();
  expect([one, two, third].map(ids)).toEqual(Array(3).fill(['a', 'b']));
  expect(new Set([one, two, third].map(hashOf)).size).toBe(1);
  await plant(cluster, 6, 3, old, 'late-3');
  await third.barrier();
  await third.update((tx) => tx.nodes.create({ id: 'c' }));
  for (const version of [0, 1, 2]) {
    const watcher = await third.watchFrom({ index: version });
    const seen: (readonly [number | undefined, readonly unknown[]])[] = [];
    for await (const { version: at, events } of watcher.commits()) {
      seen.push([at?.index, events.map((event) => (event as { object: { id: string } }).object.id)]);
      if (at?.index === 3) break;
    }
    expect(seen).toEqual(
      [
        [1, ['a']],
        [2, ['b']],
        [3, ['c']],
      ].slice(version),
    );
  }
});

test('[J32] the writer of a skipped entry learns it as a definite outcome, also by the writers’ table', async () => {
  const { one, two, old } = await twoTerms(cluster);
  await one.barrier();
  // A writer that looks at no term when it writes.
  const isPast = jest.spyOn(Terms.prototype, 'isPast').mockReturnValueOnce(false).mockReturnValueOnce(false);
  let runs = 0;
  const late = one.update(
    (tx) => {
      runs += 1;
      return tx.nodes.create({ id: 'late' });
    },
    { term: old },
  );
  await expect(late).rejects.toMatchObject({ code: 'ERR_TERM_ENDED' });
  isPast.mockRestore();
  expect(runs).toBe(1);
  expect(one.member).toMatchObject({ slot: 3, skipped: 1, committed: 1, version: 0 });
  await two.barrier();
  expect(ids(two)).toEqual([]);
  // The record of the writer that a snapshot behind it holds.
  const entry = await entryOf(cluster, 3);
  const before = await entryOf(cluster, 2);
  const state = new LogState({ slot: 2, version: 0, chain: before.hash });
  state.reset(state.position, {
    writers: new Incarnations(),
    terms: new Terms([{ election: 'loops', token: Number(old.token) + 1 }]),
  });
  expect(state.advance(entry)).toBe('skipped');
  expect(state.position).toMatchObject({ slot: 3, version: 0 });
  expect(state.writers.fateOf(entry.incarnation, entry.sequence, 3)).toBe('lost');
  expect(state.advance({ ...entry, slot: 4 })).toBe('repeated');
});

test('[J33] a snapshot holds the newest terms: a member that starts from it skips the same entries', async () => {
  const one = await cluster.open({ snapshotEvery: 3, keepEntries: 1 });
  const old = await one.election('loops', { ttl: 60_000 }).campaign();
  await cluster.inner.deleteTree('log/elections');
  const term = await one.election('loops', { ttl: 60_000 }).campaign();
  for (let number = 0; number < 8; number += 1)
    await one.update((tx) => tx.nodes.create({ id: `n${number}` }), { term });
  await until(() => one.member.snapshots > 0 && one.member.floor > 2);
  const two = await cluster.open();
  expect(two.member.loads).toBe(1);
  await plant(cluster, two.member.slot + 1, 9, old, 'late');
  await Promise.all([one.barrier(), two.barrier()]);
  expect([one.member, two.member]).toMatchObject(Array(2).fill({ skipped: 1, version: 8 }));
  await expect(two.update((tx) => tx.nodes.create({ id: 'x' }), { term: old })).rejects.toThrow('ERR_TERM_ENDED');
  expect(hashOf(one)).toBe(hashOf(two));
});

test('[J33] an entry has the schema of terms only where it has a term', async () => {
  const one = await cluster.open();
  await one.update((tx) => tx.nodes.create({ id: 'a' }));
  const term = await one.election('loops').campaign();
  await one.update((tx) => tx.nodes.create({ id: 'b' }), { term });
  await one.update((tx) => tx.nodes.create({ id: 'c' }));
  const schemas = await Promise.all([0, 1, 2, 3, 4].map(async (slot) => (await entryOf(cluster, slot)).schema));
  expect(schemas).toEqual([1, 1, 2, 2, 1]);
});
