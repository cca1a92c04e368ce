import { expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import { LocalCache } from 'swarmstate/cache';
import { defineResource, jsonCodec } from 'swarmstate/resources';
import { ids, thrown } from '../support/store-helpers.ts';

interface Backup {
  volume: string;
  hour: number;
  tags: string[];
}

const backups = defineResource<Backup>({ kind: 'backup', codec: jsonCodec() });
const others = defineResource<{ note: string }>({ kind: 'other' });

async function store(): Promise<MemoryStore> {
  const made = new MemoryStore({ history: 100 });
  await made.update((tx) => {
    backups.register(tx);
    others.register(tx);
    const table = backups.table(tx);
    for (const [id, volume, hour] of [
      ['b1', 'data', 3],
      ['b2', 'logs', 5],
      ['b3', 'data', 7],
    ] as const) {
      table.create({ id, value: { volume, hour, tags: [id] } });
    }
    others.table(tx).create({ id: 'o1', value: { note: 'x' } });
  });
  return made;
}

test('[Y52] a cache finds the decoded objects of a kind of resources by their fields', async () => {
  const source = await store();
  const cache = new LocalCache(source, { tables: ['resource', 'extension'] });
  const table = cache.table(backups, { indices: ['value.volume'] });
  expect(cache.table(backups)).toBe(table);
  expect([table.size, cache.table(others).size]).toEqual([3, 1]);
  expect(ids(table.find({ 'value.volume': 'data' }, { sort: [{ by: 'value.hour', desc: true }] }))).toEqual([
    'b3',
    'b1',
  ]);
  expect(ids(table.find({ 'value.tags': { $contains: 'b2' }, 'annotations.name': 'b2' }))).toEqual(['b2']);
  expect(table.get('b1')!.value).toEqual({ volume: 'data', hour: 3, tags: ['b1'] });
  expect(table.get('o1')).toBeUndefined();
  const told: string[][] = [];
  table.view({ query: { 'value.hour': { $gte: 5 } }, sort: ['id'], onChange: (rows) => void told.push(ids(rows)) });
  await source.update((tx) => void backups.table(tx).modify('b1', (value) => void (value.hour = 6)));
  await source.update((tx) => void others.table(tx).modify('o1', (value) => void (value.note = 'y')));
  await source.update((tx) => backups.table(tx).delete('b2'));
  await source.update((tx) =>
    tx.resources.modify('b3', (draft) => void Object.assign(draft, { kind: 'other', payload: undefined })),
  );
  await cache.waitFor(source.version);
  expect(told).toEqual([['b1', 'b2', 'b3'], ['b1', 'b3'], ['b1']]);
  expect([ids(table.find()), cache.table(others).get('o1')!.value.note, cache.stats().views]).toEqual([['b1'], 'y', 1]);
  // @ts-expect-error -- a misspelt field of the value
  expect(table.find({ 'value.hours': 5 })).toEqual([]);
  // @ts-expect-error -- an index on a misspelt field of the value
  cache.table(backups, { indices: ['value.volumes'] });
});

test('[Y52] resources that cannot be decoded are told apart, and harm no other row', async () => {
  const source = await store();
  const broken = (id: string): Promise<unknown> =>
    source.update((tx) =>
      tx.resources.create({
        id,
        kind: 'backup',
        annotations: { name: id },
        payload: { typeUrl: 'backup', value: new Uint8Array([1]) },
      }),
    );
  await broken('x1');
  const cache = new LocalCache(source, { tables: ['resource'] });
  const table = cache.table(backups);
  await broken('x2');
  await source.update((tx) => void backups.table(tx).create({ id: 'b4', value: { volume: 'v', hour: 1, tags: [] } }));
  await cache.waitFor(source.version);
  expect(table.find({}, { sort: ['id'] }).map(({ id }) => id)).toEqual(['b1', 'b2', 'b3', 'b4']);
  expect([...table.undecoded.keys()]).toEqual(['x1', 'x2']);
  expect(table.undecoded.get('x1')).toMatchObject({ code: 'ERR_DECODE' });
  await source.update((tx) => tx.resources.delete('x1'));
  await cache.waitFor(source.version);
  expect([...table.undecoded.keys()]).toEqual(['x2']);
});

test('[Y52][Y44] the decoded objects need the cached table of resources, and take no unknown option', async () => {
  const cache = new LocalCache(new MemoryStore(), { tables: ['task'] });
  thrown(() => cache.table(backups), 'ERR_INVALID_FIND_BY');
  thrown(() => cache.table(backups, { index: [] } as never), 'ERR_INVALID_OBJECT');
  thrown(() => cache.table(backups, { indices: 'value' } as never), 'ERR_INVALID_OBJECT');
  await Promise.resolve();
});
