import { describe, expect, test } from '@jest/globals';
import { MemoryStore, all, byName, byNodeId, bySlot } from 'swarmstate';
import { LocalCache } from 'swarmstate/cache';
import type { Followed } from 'swarmstate/cache';
import { ids, thrown } from '../support/store-helpers.ts';
import { setSlot, storeOfSixTasks as store } from './support/cache-helpers.ts';

describe('saved caches', () => {
  test('[Y19] a cache begins with its saved contents, and is brought up to date by the difference', async () => {
    const source = await store();
    await source.update((tx) =>
      tx.secrets.create({ id: 's', spec: { annotations: { name: 's' }, data: new Uint8Array([1, 2, 255]) } }),
    );
    await source.update((tx) => tx.tasks.create({ id: 'big', slot: 2n ** 60n }));
    const first = new LocalCache(source, { tables: ['task', 'secret'] });
    const saved = first.save();
    expect(Buffer.from(new LocalCache(source, { tables: ['secret', 'task'] }).save()).equals(saved)).toBe(true);
    first.close();
    await setSlot(source, 't1', 7);
    await source.update((tx) => tx.tasks.delete('t2'));
    for (const sameLog of [false, true]) {
      const second = new LocalCache(source, { tables: ['task', 'secret'], saved, sameLog });
      await second.waitFor(source.version);
      const { stored, secret } = source.view((tx) => ({ stored: tx.tasks.find(all), secret: tx.secrets.get('s') }));
      expect(second.table('task').find({}, { sort: ['id'] })).toEqual(stored);
      expect(second.table('secret').get('s')).toEqual(secret);
      expect(second.stats()).toMatchObject({ changes: 2, commits: sameLog ? 2 : 0 });
    }
  });

  test('[Y19] equal contents are saved as equal bytes, in whatever order they came', async () => {
    const source = await store();
    const first = new LocalCache(source, { tables: ['task'] });
    for (const id of ['z', 'm', 'a']) await source.update((tx) => tx.tasks.create({ id }));
    await first.waitFor(source.version);
    expect(Buffer.from(first.save()).equals(new LocalCache(source, { tables: ['task'] }).save())).toBe(true);
  });

  test('[Y19] contents that were saved without a version are compared with the source', async () => {
    const plain = new MemoryStore();
    await plain.update((tx) => tx.tasks.create({ id: 'x' }));
    const saved = new LocalCache(plain, { tables: ['task'] }).save();
    const source = new MemoryStore({ history: 100, firstVersion: 1 });
    await source.update((tx) => tx.tasks.create({ id: 'y' }));
    const cache = new LocalCache(source, { tables: ['task'], saved, sameLog: true });
    await cache.synced;
    expect(ids(cache.table('task').find())).toEqual(['y']);
  });

  test('[Y19] a cache of other tables or parts than the saved ones is compared with the source', async () => {
    const source = await store();
    const n1 = { kind: 'task' as const, by: byNodeId('n1') };
    const n2 = { kind: 'task' as const, by: byNodeId('n2') };
    const saved = new LocalCache(source, { tables: [n1] }).save();
    const lists: readonly (readonly Followed[])[] = [[n1], [n2], ['task'], [n1, 'node']];
    for (const tables of lists) {
      const cache = new LocalCache<Followed>(source, { tables, saved, sameLog: true });
      await cache.synced;
      const fresh = new LocalCache<Followed>(source, { tables });
      expect(Buffer.from(cache.save()).equals(fresh.save())).toBe(true);
      // A cache that only read the log made no comparison.
      expect(cache.stats().changes).toBe(
        tables[0] === n1 && tables.length === 1 ? 0 : fresh.stats().rows + (tables[0] === n2 ? 0 : -2),
      );
    }
  });

  test('[Y19] a saved cache holds the followed tables and parts as descriptions of finders', () => {
    const tables: readonly Followed[] = [
      'node',
      { kind: 'task', by: bySlot('s', 2n ** 60n) },
      { kind: 'task', by: byNodeId('n1') },
      { kind: 'service', by: byName('Web') },
      { kind: 'service', by: byName('WEB') },
      'service',
      { kind: 'secret', by: byName('Key') },
    ];
    const saved = Buffer.from(new LocalCache(new MemoryStore(), { tables }).save());
    const versionEnd = 4 + saved.readUInt32BE(0);
    const text = saved.subarray(versionEnd + 4, versionEnd + 4 + saved.readUInt32BE(versionEnd)).toString();
    // A cache compares its text with the saved one: another form of the text would make every cache read all rows.
    expect(text).toBe(
      '[["node",null],["secret",{"by":"byName","name":"key"}],["service",null],' +
        '["task",{"by":"or","of":[{"by":"bySlot","serviceId":"s","slot":"1152921504606846976"},{"by":"byNodeId","nodeId":"n1"}]}]]',
    );
  });

  test('[Y19] a cache refuses bytes that are not a saved cache with ERR_DECODE', () => {
    const none = [0, 0, 0, 0];
    for (const bytes of [
      [],
      [9, 1],
      [0, 0, 0, 1],
      none,
      [...none, 0, 0, 0, 1],
      [...none, ...none, 255],
      [255, 255, 255, 255, 1],
    ]) {
      thrown(() => new LocalCache(new MemoryStore(), { saved: new Uint8Array(bytes) }), 'ERR_DECODE');
    }
  });

  test('[Y43] a saved cache that was cut or changed is refused, and leaves no follower behind', async () => {
    const source = await store();
    const saved = new LocalCache(source, { tables: ['task', 'node'] }).save();
    const { watchers } = source.stats();
    const refused = (bytes: Uint8Array): string => {
      try {
        new LocalCache(source, { tables: ['task', 'node'], saved: bytes });
      } catch (error) {
        return (error as { readonly code: string }).code;
      }
      return 'taken';
    };
    const codes = Array.from({ length: saved.length }, (_, length) => refused(saved.subarray(0, length)));
    // A cut in the first bytes leaves no saved cache at all.
    const first = codes.indexOf('ERR_INCOMPLETE_SNAPSHOT');
    expect(new Set(codes.slice(0, first))).toEqual(new Set(['ERR_DECODE']));
    expect(new Set(codes.slice(first))).toEqual(new Set(['ERR_INCOMPLETE_SNAPSHOT']));
    expect(first).toBeLessThan(60);
    for (let position = 0; position < saved.length; position += 1) {
      const changed = Uint8Array.from(saved);
      changed[position]! ^= 1;
      expect(['ERR_DECODE', 'ERR_INCOMPLETE_SNAPSHOT']).toContain(refused(changed));
    }
    expect(refused(new Uint8Array([...saved, 0]))).toBe('ERR_INCOMPLETE_SNAPSHOT');
    expect(refused(saved)).toBe('taken');
    expect(source.stats().watchers).toBe(watchers + 1);
    const error = thrown(() => new LocalCache(source, { saved: saved.subarray(0, -1) }), 'ERR_INCOMPLETE_SNAPSHOT');
    expect(error.message).toContain('this saved cache is not complete');
  });
});
