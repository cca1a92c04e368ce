import { describe, expect, test } from '@jest/globals';
import { Database } from '../../src/engine/database.ts';
import type { Savepoint } from '../../src/engine/database.ts';
import type { IndexDeclaration, IndexNumber } from '../../src/engine/index/keys.ts';
import { ID_INDEX } from '../../src/engine/index/keys.ts';
import type { PreparedState } from '../../src/engine/prepared-state.ts';
import type { Table } from '../../src/engine/table.ts';
import { assertInvariants } from '../support/engine-invariants.ts';

interface Item {
  readonly id: string;
  readonly key?: string | undefined;
}

const byKey: IndexDeclaration<Item> = {
  name: 'key',
  keys: (row) => row.key,
  unchanged: (a, b) => a.key === b.key,
  ordered: true,
};
const BY_KEY = 0 as IndexNumber;

function finished(database: Database): PreparedState {
  const prepared = database.prepare();
  for (const _ of prepared.finish());
  return prepared;
}

function setUp(indexes: readonly IndexDeclaration<Item>[] = [byKey]): { database: Database; table: Table<Item> } {
  const database = new Database();
  return { database, table: database.addTable('items', indexes) };
}

function inTransaction(database: Database, write: () => void): void {
  database.begin();
  write();
  database.commit();
}

const ids = (rows: readonly Item[]): string[] => rows.map((row) => row.id);

describe('transactions', () => {
  test('[E2] a rollback to a savepoint undoes the writes after it, and the transaction goes on', () => {
    const { database, table } = setUp();
    inTransaction(database, () => table.insert('a', { id: 'a', key: 'x' }));
    const before = table.head.get('a');
    database.begin();
    table.replace('a', { id: 'a', key: 'y' });
    const savepoint = database.savepoint();
    const between = table.head.get('a');
    table.remove('a');
    table.insert('a', { id: 'a', key: 'z' });
    table.insert('b', { id: 'b', key: 'y' });
    expect(database.changeCount).toBe(4);
    database.rollbackTo(savepoint);
    expect(database.changeCount).toBe(1);
    expect(table.head.get('a')).toBe(between);
    expect(table.head.get('b')).toBeUndefined();
    expect(ids(table.head.find(BY_KEY, 'y'))).toEqual(['a']);
    expect(table.head.count(BY_KEY, 'z')).toBe(0);
    table.insert('c', { id: 'c', key: 'y' });
    expect(ids(table.head.find(BY_KEY, 'y'))).toEqual(['a', 'c']);
    database.rollback();
    expect(table.head.get('a')).toBe(before);
    expect([table.head.size, database.changeCount, database.writing]).toEqual([1, 0, false]);
    assertInvariants(database);
  });

  test('[E2] a rollback undoes the writes of all tables', () => {
    const { database, table } = setUp();
    const other = database.addTable<Item>('others', []);
    database.begin();
    table.insert('a', { id: 'a' });
    other.insert('a', { id: 'a' });
    database.rollback();
    expect([table.head.size, other.head.size]).toEqual([0, 0]);
  });

  test('[E2] transactions that are rolled back retain nothing, also while a snapshot is open', () => {
    const { database, table } = setUp();
    inTransaction(database, () => table.insert('a', { id: 'a', key: 'x' }));
    const snapshot = database.snapshot();
    for (let i = 0; i < 100; i++) {
      database.begin();
      table.replace('a', { id: 'a', key: `${i}` });
      table.insert('b', { id: 'b', key: `${i}` });
      database.rollback();
    }
    assertInvariants(database);
    expect([database.retainedVersions, database.retainedPostings]).toEqual([0, 0]);
    expect(database.inspect().storages[0]!.headRows.length).toBe(2);
    snapshot.close();
  });

  test('[E3] transaction numbers rise and are not used again after a rollback', () => {
    const { database, table } = setUp();
    expect(database.committed).toBe(0);
    const numbers = [];
    for (const end of ['commit', 'rollback', 'rollback', 'commit'] as const) {
      numbers.push(database.begin());
      table.insert(`${numbers.length}`, { id: `${numbers.length}` });
      database[end]();
      expect(database.committed).toBe(end === 'commit' ? numbers.at(-1) : numbers[0]);
    }
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(numbers.every((number) => number > 0)).toBe(true);
  });

  test('[E12] no key is built for an index whose source fields are unchanged', () => {
    const built: string[] = [];
    const counting = (name: string, key: (row: Item) => string | undefined): IndexDeclaration<Item> => ({
      name,
      keys: (row) => {
        built.push(name);
        return key(row);
      },
      unchanged: (a, b) => key(a) === key(b),
      ordered: false,
    });
    const { database, table } = setUp([counting('id', (row) => row.id), counting('key', (row) => row.key)]);
    inTransaction(database, () => table.insert('a', { id: 'a', key: 'x' }));
    built.length = 0;
    inTransaction(database, () => table.replace('a', { id: 'a', key: 'y' }));
    expect(built).toEqual(['key', 'key']);
    built.length = 0;
    database.begin();
    table.replace('a', { id: 'a', key: 'y' });
    database.rollback();
    expect(built).toEqual([]);
  });

  test('[E13] an index function that throws leaves the table as it was', () => {
    const fragile: IndexDeclaration<Item> = {
      name: 'fragile',
      keys: (row) => {
        if (row.key === 'bad') throw new Error('no key for this row');
        return row.key;
      },
      unchanged: () => false,
      ordered: true,
    };
    const { database, table } = setUp([byKey, fragile]);
    inTransaction(database, () => table.insert('a', { id: 'a', key: 'x' }));
    database.begin();
    expect(() => table.insert('b', { id: 'b', key: 'bad' })).toThrow('no key for this row');
    expect(() => table.replace('a', { id: 'a', key: 'bad' })).toThrow('no key for this row');
    assertInvariants(database);
    expect(database.changeCount).toBe(0);
    table.insert('b', { id: 'b', key: 'x' });
    database.commit();
    expect(ids(table.head.find(1 as IndexNumber, 'x'))).toEqual(['a', 'b']);
  });

  test('[E19] snapshots of replaced contents are counted, with all their rows, until they are closed', () => {
    const { database, table } = setUp();
    inTransaction(database, () => table.insert('a', { id: 'a', key: 'x' }));
    const snapshot = database.snapshot();
    const prepared = finished(database);
    database.begin();
    database.adopt(prepared);
    expect([database.openSnapshots, database.retainedVersions]).toEqual([1, 1]);
    // The transaction has ended: the next one begins.
    inTransaction(database, () => table.insert('b', { id: 'b' }));
    expect(ids(table.at(snapshot).find(BY_KEY, 'x'))).toEqual(['a']);
    snapshot.close();
    expect([database.openSnapshots, database.retainedVersions]).toEqual([0, 0]);
  });

  test('[E19] orders of keys that the present tables have are built before the state is adopted, and no others', () => {
    const { database, table } = setUp([byKey, { ...byKey, name: 'other' }]);
    inTransaction(database, () => table.insert('a', { id: 'a', key: 'x' }));
    const others = database.addTable('others', [byKey]);
    expect(ids(table.head.prefix(BY_KEY, 'x'))).toEqual(['a']);
    expect(ids(others.head.prefix(ID_INDEX, 'x'))).toEqual([]);
    const prepared = database.prepare();
    prepared.of(table).load('b', { id: 'b', key: 'xy' });
    for (const _ of prepared.finish());
    const { storages } = prepared.generation;
    expect(storages.map(({ idTree }) => idTree.built)).toEqual([false, true]);
    expect(storages.map(({ indexes }) => indexes.map(({ tree }) => tree?.built))).toEqual([[true, false], [false]]);
    database.begin();
    database.adopt(prepared);
    expect(ids(table.head.prefix(BY_KEY, 'x'))).toEqual(['b']);
  });

  test('[E19] a prepared state is adopted once, by its own database, in a transaction that writes nothing else', () => {
    const { database, table } = setUp();
    const prepared = database.prepare();
    prepared.of(table).load('a', { id: 'a', key: 'x' });
    expect(() => database.adopt(prepared)).toThrow('in a transaction');
    database.begin();
    table.insert('b', { id: 'b', key: 'y' });
    expect(() => database.adopt(prepared)).toThrow('writes nothing else');
    database.rollback();
    database.begin();
    expect(() => database.adopt(finished(setUp().database))).toThrow('another database');
    expect(() => prepared.of(new Database().addTable('other', []))).toThrow('no table of this database');
    expect(() => database.adopt(prepared)).toThrow('not finished');
    expect(table.head.size).toBe(0);
    for (const _ of prepared.finish());
    expect(() => prepared.finish().next()).toThrow('loaded once');
    prepared.of(table).load('c', { id: 'c', key: 'x' });
    prepared.of(table).load('a', { id: 'a', key: 'z' });
    prepared.of(table).load('a', { id: 'a', key: 'x' });
    database.adopt(prepared);
    expect([database.writing, ids(table.head.find(BY_KEY, 'x'))]).toEqual([false, ['a', 'c']]);
    expect(table.head.find(BY_KEY, 'z')).toEqual([]);
    database.begin();
    expect(() => database.adopt(prepared)).toThrow('in place already');
    database.rollback();
    const early = finished(database);
    database.addTable('late', []);
    database.begin();
    expect(() => database.adopt(early)).toThrow('tables were added');
    database.rollback();
    expect(database.begin()).toBeGreaterThan(database.committed);
    database.rollback();
    assertInvariants(database);
  });

  test('[E17] a write beyond the limit of rows or keys throws a RangeError before anything changes', () => {
    const { database, table } = setUp();
    inTransaction(database, () => table.insert('a', { id: 'a', key: 'x' }));
    const { ids: known, indexes } = database.inspect().storages[0]!;
    const pretend = (map: object, size: number): void =>
      void Object.defineProperty(map, 'size', { value: size, configurable: true });
    database.begin();
    pretend(known, 2 ** 23);
    expect(() => table.insert('b', { id: 'b', key: 'x' })).toThrow(RangeError);
    pretend(known, 2 ** 23 - 1);
    table.insert('b', { id: 'b', key: 'x' });
    Reflect.deleteProperty(known, 'size');
    pretend(indexes[0]!.postings, 2 ** 23);
    table.insert('c', { id: 'c', key: 'x' });
    expect(() => table.insert('d', { id: 'd', key: 'new' })).toThrow("index 'key' of table 'items' is full");
    expect(() => table.replace('c', { id: 'c', key: 'new' })).toThrow(RangeError);
    Reflect.deleteProperty(indexes[0]!.postings, 'size');
    assertInvariants(database);
    expect(database.changeCount).toBe(2);
    database.rollback();
    assertInvariants(database);
  });
});

describe('misuse', () => {
  test('[E14] writes need an open transaction, and there is one at a time', () => {
    const { database, table } = setUp();
    const outside = [
      () => table.insert('a', { id: 'a' }),
      () => table.replace('a', { id: 'a' }),
      () => table.remove('a'),
      () => database.commit(),
      () => database.rollback(),
      () => database.savepoint(),
      () => database.rollbackTo(0 as Savepoint),
    ];
    for (const call of outside) expect(call).toThrow(expect.objectContaining({ name: 'AssertionError' }));
    database.begin();
    expect(() => database.begin()).toThrow('open already');
    expect(() => database.addTable('late', [])).toThrow('outside of transactions');
    expect(() => database.rollbackTo(1 as Savepoint)).toThrow('no savepoint at 1');
  });

  test('[E14] insert refuses an id that has a row, and replace refuses an id without a row', () => {
    const { database, table } = setUp();
    database.begin();
    table.insert('a', { id: 'a' });
    expect(() => table.insert('a', { id: 'a' })).toThrow("has a row 'a' already");
    table.remove('a');
    expect(table.remove('a')).toBeUndefined();
    expect(() => table.replace('a', { id: 'a' })).toThrow("has no row 'a'");
    expect(() => table.replace('b', { id: 'b' })).toThrow("has no row 'b'");
    database.rollback();
    expect(() => database.addTable('items', [])).toThrow('exists already');
  });

  test('[E14] reads refuse a closed or foreign snapshot, and an index that is missing or not ordered', () => {
    const { database, table } = setUp([{ ...byKey, ordered: false }]);
    const snapshot = database.snapshot();
    const reader = table.at(snapshot);
    const walk = reader.scan(ID_INDEX, '');
    const foreign = new Database().snapshot();
    expect(() => table.at(foreign)).toThrow('another database');
    expect(() => table.at({ version: 0, closed: false, close: () => undefined })).toThrow('not a snapshot');
    expect(() => table.head.prefix(BY_KEY, '')).toThrow("index 'key' of table 'items' is not ordered");
    expect(() => table.head.find(1 as IndexNumber, '')).toThrow('has no index 1');
    snapshot.close();
    snapshot.close();
    const reads = [
      () => reader.size,
      () => reader.get('a'),
      () => reader.all(),
      () => reader.find(BY_KEY, 'a'),
      () => reader.count(BY_KEY, 'a'),
      () => reader.prefix(ID_INDEX, ''),
      () => reader.countPrefix(ID_INDEX, ''),
      () => reader.scan(ID_INDEX, ''),
      () => walk.next(),
      () => table.at(snapshot),
    ];
    for (const read of reads) expect(read).toThrow('the snapshot is closed');
  });
});
