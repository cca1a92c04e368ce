import { describe, expect, test } from '@jest/globals';
import { Database } from '../../src/engine/database.ts';
import { ID_INDEX } from '../../src/engine/index/keys.ts';
import type { IndexDeclaration, IndexNumber } from '../../src/engine/index/keys.ts';
import type { Table } from '../../src/engine/table.ts';
import { assertInvariants } from '../support/engine-invariants.ts';

interface Item {
  readonly id: string;
  readonly keys: readonly string[];
}

const byKey: IndexDeclaration<Item> = {
  name: 'key',
  keys: (row) => row.keys,
  unchanged: (a, b) => a.keys === b.keys,
  ordered: true,
};
const BY_KEY = 0 as IndexNumber;

function setUp(rows: Record<string, readonly string[]> = {}): { database: Database; table: Table<Item> } {
  const database = new Database();
  const table = database.addTable('items', [byKey]);
  inTransaction(database, () => {
    for (const [id, keys] of Object.entries(rows)) table.insert(id, { id, keys });
  });
  return { database, table };
}

function inTransaction(database: Database, write: () => void): void {
  database.begin();
  write();
  database.commit();
}

const ids = (rows: Iterable<Item>): string[] => [...rows].map((row) => row.id);

describe('results', () => {
  test('[E6] results are in the order of the UTF-8 bytes, where JavaScript has another one', () => {
    const { table } = setUp({ '\uFFFD': ['k'], '\u{1F600}': ['k'], a: ['k', '\u{1F600}', '\uFFFD'] });
    expect(['\uFFFD', '\u{1F600}'].sort()).toEqual(['\u{1F600}', '\uFFFD']);
    expect(ids(table.head.find(BY_KEY, 'k'))).toEqual(['a', '\uFFFD', '\u{1F600}']);
    expect(ids(table.head.all())).toEqual(['a', '\uFFFD', '\u{1F600}']);
  });

  test('[E7] a prefix lookup gives each row at its first key', () => {
    const { database, table } = setUp({ r1: ['ab', 'ac'], r2: ['aa', 'b'], r3: ['ac', 'a'], r4: ['b'], r5: [] });
    expect(ids(table.head.prefix(BY_KEY, 'a'))).toEqual(['r3', 'r2', 'r1']);
    expect(ids(table.head.prefix(BY_KEY, ''))).toEqual(['r3', 'r2', 'r1', 'r4']);
    expect(ids(table.head.prefix(BY_KEY, 'ac'))).toEqual(['r1', 'r3']);
    expect(ids(table.head.prefix(BY_KEY, 'acc'))).toEqual([]);
    expect(table.head.countPrefix(BY_KEY, 'a')).toBe(3);
    const snapshot = database.snapshot();
    inTransaction(database, () => {
      table.replace('r3', { id: 'r3', keys: ['z'] });
      table.remove('r2');
      table.insert('r0', { id: 'r0', keys: ['aa', 'ac'] });
    });
    expect(ids(table.at(snapshot).prefix(BY_KEY, 'a'))).toEqual(['r3', 'r2', 'r1']);
    expect(ids(table.at(snapshot).scan(BY_KEY, 'a'))).toEqual(['r3', 'r2', 'r1']);
    expect(ids(table.head.prefix(BY_KEY, 'a'))).toEqual(['r0', 'r1']);
    snapshot.close();
    expect(ids(table.head.prefix(BY_KEY, 'a'))).toEqual(['r0', 'r1']);
    assertInvariants(database);
  });

  test('[E9] every string can be a key and an id, and a key that a row gives twice counts once', () => {
    const megabyte = 'x'.repeat(1 << 20);
    const strange = [
      '',
      '\0',
      'a\0b',
      'a',
      '__proto__',
      'constructor',
      'toString',
      megabyte,
      `${megabyte}y`,
      '\ud800',
      '\u{1F600}',
    ];
    const { database, table } = setUp();
    inTransaction(database, () => {
      for (const key of strange) table.insert(key, { id: key, keys: [key, 'all', key] });
    });
    for (const key of strange) {
      expect(ids(table.head.find(BY_KEY, key))).toEqual([key]);
      expect(table.head.get(key)?.id).toBe(key);
      expect(table.head.count(BY_KEY, key)).toBe(1);
    }
    expect(table.head.get('hasOwnProperty')).toBeUndefined();
    expect(table.head.find(BY_KEY, 'hasOwnProperty')).toEqual([]);
    expect(table.head.count(BY_KEY, 'all')).toBe(strange.length);
    expect(ids(table.head.prefix(BY_KEY, megabyte))).toEqual([megabyte, `${megabyte}y`]);
    expect(ids(table.head.prefix(ID_INDEX, 'a'))).toEqual(['a', 'a\0b']);
    inTransaction(database, () => strange.forEach((key) => table.remove(key)));
    expect(table.head.prefix(BY_KEY, '')).toEqual([]);
    assertInvariants(database);
  });

  test('[E9] a row with hundreds of keys can change them all, and snapshots find it under the old ones', () => {
    const keys = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `k${from + i}`);
    const { database, table } = setUp({ many: [...keys(0, 300), ...keys(0, 10)], one: ['k299'] });
    expect(table.head.countPrefix(BY_KEY, 'k')).toBe(2);
    const snapshot = database.snapshot();
    inTransaction(database, () => table.replace('many', { id: 'many', keys: keys(100, 400) }));
    expect(ids(table.head.find(BY_KEY, 'k99'))).toEqual([]);
    expect(ids(table.at(snapshot).find(BY_KEY, 'k99'))).toEqual(['many']);
    expect(ids(table.head.find(BY_KEY, 'k299'))).toEqual(['many', 'one']);
    expect(ids(table.head.find(BY_KEY, 'k399'))).toEqual(['many']);
    // The row gets the keys back, and loses them again: the snapshot finds it once.
    inTransaction(database, () => table.replace('many', { id: 'many', keys: keys(0, 100) }));
    inTransaction(database, () => table.remove('many'));
    for (const key of keys(0, 100)) expect(ids(table.at(snapshot).find(BY_KEY, key))).toEqual(['many']);
    assertInvariants(database);
    snapshot.close();
    assertInvariants(database);
  });

  test('[E10] results are frozen, and a result never changes after a later write', () => {
    const { database, table } = setUp({ a: ['k'], b: ['k'], c: ['other'] });
    const snapshot = database.snapshot();
    const readers = [table.head, table.at(snapshot)];
    const results = readers.flatMap((reader) => [
      reader.all(),
      reader.find(BY_KEY, 'k'),
      reader.find(BY_KEY, 'other'),
      reader.find(BY_KEY, 'none'),
      reader.prefix(BY_KEY, ''),
      reader.prefix(ID_INDEX, 'q'),
    ]);
    for (const result of results) expect(Object.isFrozen(result)).toBe(true);
    const copies = results.map((result) => [...result]);
    inTransaction(database, () => {
      table.replace('a', { id: 'a', keys: ['k', 'other'] });
      table.remove('b');
    });
    for (const reader of readers)
      expect(Object.isFrozen(reader.find(BY_KEY, 'k')) && Object.isFrozen(reader.all())).toBe(true);
    results.forEach((result, i) => expect(result).toEqual(copies[i]));
  });

  test('[E10] a find whose rows have not changed returns the same array', () => {
    const { database, table } = setUp({ a: ['k'], b: ['k'], c: ['l'], d: ['l'] });
    const found = table.head.find(BY_KEY, 'k');
    const all = table.head.all();
    expect(table.head.find(BY_KEY, 'k')).toBe(found);
    expect(table.head.all()).toBe(all);
    const snapshot = database.snapshot();
    inTransaction(database, () => table.replace('c', { id: 'c', keys: ['l', 'm'] }));
    expect(table.head.find(BY_KEY, 'k')).toBe(found);
    expect(table.at(snapshot).find(BY_KEY, 'k')).toBe(found);
    expect(table.head.all()).not.toBe(all);
    database.begin();
    table.replace('a', { id: 'a', keys: ['k'] });
    expect(table.head.find(BY_KEY, 'k')).not.toBe(found);
    expect(table.head.find(BY_KEY, 'k')[1]).toBe(found[1]);
    database.rollback();
    expect(table.head.find(BY_KEY, 'k')).toEqual(found);
    snapshot.close();
  });

  test('[E10] finds of thousands of keys are right when the cache drops their results', () => {
    const rows = Object.fromEntries(
      Array.from({ length: 2000 }, (_, i) => [
        `r${i}`,
        Array.from({ length: 60 }, (_, k) => `k${(i * 7 + k * 31) % 2000}`),
      ]),
    );
    const { database, table } = setUp(rows);
    for (let round = 0; round < 2; round++) {
      for (let k = 0; k < 2000; k++) {
        const expected = Object.keys(rows).filter((id) => rows[id]!.includes(`k${k}`)).length;
        if (table.head.find(BY_KEY, `k${k}`).length !== expected) throw new Error(`k${k} has ${expected} rows`);
      }
    }
    expect(table.head.find(BY_KEY, 'k0')).toBe(table.head.find(BY_KEY, 'k0'));
    assertInvariants(database);
  });
});

describe('scans', () => {
  test('[E8] a scan of a snapshot stays exact while its rows are deleted and others are inserted', () => {
    const names = Array.from({ length: 300 }, (_, i) => `n${String(i).padStart(3, '0')}`);
    const { database, table } = setUp(Object.fromEntries(names.map((name) => [name, [name]])));
    const snapshot = database.snapshot();
    const walk = table.at(snapshot).scan(BY_KEY, 'n');
    const met: string[] = [];
    for (let i = 0; i < 100; i++) met.push((walk.next().value as Item).id);
    inTransaction(database, () => {
      for (const name of names) table.remove(name);
      for (let i = 0; i < 6000; i++) table.insert(`x${i}`, { id: `x${i}`, keys: [`n${i}`] });
    });
    met.push(...ids(walk));
    expect(met).toEqual(names);
    expect(ids(table.at(snapshot).scan(ID_INDEX, ''))).toEqual(names);
    snapshot.close();
    expect(table.head.countPrefix(BY_KEY, 'n')).toBe(6000);
    assertInvariants(database);
  });

  test('[E8] a write ends a scan of the newest state, in the middle of a key too', () => {
    const { database, table } = setUp({ a: ['k'], b: ['k'], c: ['l'] });
    for (const index of [BY_KEY, ID_INDEX]) {
      database.begin();
      const walk = table.head.scan(index, '');
      expect(walk.next().value).toBe(table.head.get('a'));
      table.replace('c', { id: 'c', keys: ['l'] });
      expect(() => walk.next()).toThrow('written during a scan');
      const late = table.head.scan(index, '');
      database.rollback();
      expect(() => late.next()).toThrow('written during a scan');
    }
    expect(ids(table.head.scan(BY_KEY, ''))).toEqual(['a', 'b', 'c']);
  });
});

describe('buckets', () => {
  test('[E15] removing a row from a key with 100,000 rows takes a bounded number of steps', () => {
    const rows = 100_000;
    const database = new Database();
    const table = database.addTable<Item>('items', [{ ...byKey, ordered: false }]);
    const keys = ['k'];
    inTransaction(database, () => {
      for (let i = 0; i < rows; i++) table.insert(`${i}`, { id: `${i}`, keys });
    });
    expect(table.head.find(BY_KEY, 'k').length).toBe(rows);
    const bucket = database.inspect().storages[0]!.indexes[0]!.postings.get('k');
    if (typeof bucket !== 'object') throw new Error('no bucket');
    let steps = 0;
    const counted = new Proxy(bucket.live, {
      get: (target, property, receiver) => {
        steps++;
        const value: unknown = Reflect.get(target, property, receiver);
        return value;
      },
      set: (target, property, value) => {
        steps++;
        return Reflect.set(target, property, value);
      },
    });
    Object.defineProperty(bucket, 'live', { value: counted });
    // Each row once, in an irregular order: 50,021 and the number of rows have no common factor.
    for (let i = 0; i < 60_000; i++) inTransaction(database, () => table.remove(`${(i * 50_021) % rows}`));
    expect(steps).toBeLessThan(60_000 * 20);
    Object.defineProperty(bucket, 'live', { value: counted.slice() });
    expect(table.head.count(BY_KEY, 'k')).toBe(rows - 60_000);
    assertInvariants(database);
    for (let i = 60_000; i < rows; i++) inTransaction(database, () => table.remove(`${(i * 50_021) % rows}`));
    expect(table.head.find(BY_KEY, 'k')).toEqual([]);
    assertInvariants(database);
  });

  test('[E6] a find is in order after any mix of rows was added and removed since the last one', () => {
    const { database, table } = setUp();
    const present = new Set<string>();
    let random = 1;
    const next = (below: number): number => (random = (random * 48271) % 2147483647) % below;
    database.begin();
    for (let round = 0; round < 300; round++) {
      for (let i = next(round % 3 === 0 ? 120 : 4); i >= 0; i--) {
        const id = `${next(400)}`;
        if (present.delete(id)) table.remove(id);
        else {
          present.add(id);
          table.insert(id, { id, keys: ['k'] });
        }
      }
      expect(ids(table.head.find(BY_KEY, 'k'))).toEqual([...present].sort());
    }
    database.commit();
    assertInvariants(database);
  });
});
