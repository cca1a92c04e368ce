import { expect, test } from '@jest/globals';
import { MemoryStore, byName, isStoreError } from 'swarmstate';
import type { Change } from 'swarmstate';
import { LocalCache } from 'swarmstate/cache';
import { StoreAction } from 'swarmstate/proto';
import type { Version } from 'swarmstate/proto';
import type { ReadableStore } from 'swarmstate/swarm';
import { makeReadableStore } from '../../src/readable/readable-store.ts';
import type { ReadableParts } from '../../src/readable/readable-store.ts';

/** A store for reading whose log is a list in memory. */
async function filled(): Promise<ReadableParts> {
  const changes: Change[] = [1, 2, 3].map((index) => ({
    version: { index },
    storeActions: [StoreAction.from({ action: 1, node: { id: `n${index}`, description: { hostname: `h${index}` } } })],
  }));
  const parts = makeReadableStore({
    getVersion: () => ({ index: 3 }),
    changesBetween: (from: Version, to: Version) =>
      changes.filter(({ version }) => version.index > from.index && version.index <= to.index),
  });
  for (const { version, storeActions } of changes) await parts.replica.apply(storeActions, version);
  return parts;
}

test('[D3] every write to a store for reading rejects with ERR_READ_ONLY, and changes no contents', async () => {
  const { store } = await filled();
  const writable = store as MemoryStore;
  const before = store.save();
  const commit = { events: [] };
  for (const write of [
    () => writable.update((tx) => tx.nodes.delete('n1')),
    () => writable.update(() => 'nothing'),
    () => writable.batch((batch) => batch.update((tx) => tx.nodes.delete('n1'))),
    () => writable.restore({}),
    () => writable.restoreFrom([]),
    () => writable.restoreTable('node', []),
    () => writable.applyStoreActions([]),
    () => writable.apply(commit),
  ]) {
    const error: unknown = await write().then(
      () => 'written',
      (reason: unknown) => reason,
    );
    expect(isStoreError(error, 'ERR_READ_ONLY')).toBe(true);
  }
  expect(store.save()).toEqual(before);
});

test('[D3] writes are missing in the type of a store for reading', async () => {
  const { store } = await filled();
  const readable: ReadableStore = store;
  // @ts-expect-error update is a write
  expect(typeof readable.update).toBe('function');
  // @ts-expect-error batch is a write
  expect(typeof readable.batch).toBe('function');
  // @ts-expect-error restore is a write
  expect(typeof readable.restore).toBe('function');
});

test('[D4] finders, watchers, replays, caches and snapshots work on a store for reading', async () => {
  const { store, replica, close } = await filled();
  expect(store).toBeInstanceOf(MemoryStore);
  expect(store.version).toEqual({ index: 3 });
  expect(store.view((tx) => tx.nodes.find(byName('h2')).map(({ id }) => id))).toEqual(['n2']);
  const past = await store.watchFrom({ index: 1 });
  const cache = new LocalCache(store, { tables: ['node'] });
  await cache.synced;
  const live = store.watch().commits();
  await replica.apply([{ action: 3, node: { id: 'n1' } }], { index: 9 });
  expect((await live.next()).value).toMatchObject({ version: { index: 9 }, events: [{ action: 'delete' }] });
  const versions: (number | undefined)[] = [];
  for await (const { version } of past.commits()) {
    versions.push(version?.index);
    if (versions.length === 2) break;
  }
  expect(versions).toEqual([2, 3]);
  await new Promise(setImmediate);
  expect(cache.table('node').count()).toBe(2);
  const copy = new MemoryStore();
  await copy.restore(store.save());
  await copy.update((tx) => tx.nodes.create({ id: 'n4' }));
  expect(copy.save().nodes).toHaveLength(3);
  cache.close();
  await close();
});
