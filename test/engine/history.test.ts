import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { Database } from '../../src/engine/database.ts';
import { ID_INDEX } from '../../src/engine/index/keys.ts';
import type { IndexDeclaration, IndexNumber } from '../../src/engine/index/keys.ts';
import type { Snapshot } from '../../src/engine/rows/snapshot.ts';
import type { Table } from '../../src/engine/table.ts';
import { assertInvariants } from '../support/engine-invariants.ts';

interface Item {
  readonly id: string;
  readonly key: string;
  readonly n: number;
}

const byKey: IndexDeclaration<Item> = {
  name: 'key',
  keys: (row) => row.key,
  unchanged: (a, b) => a.key === b.key,
  ordered: true,
};
const BY_KEY = 0 as IndexNumber;

function setUp(...ids: string[]): { database: Database; table: Table<Item> } {
  const database = new Database();
  const table = database.addTable('items', [byKey]);
  inTransaction(database, () => ids.forEach((id) => table.insert(id, { id, key: 'k', n: 0 })));
  return { database, table };
}

function inTransaction(database: Database, write: () => void): void {
  database.begin();
  write();
  database.commit();
}

describe('snapshots', () => {
  test('[E4] snapshots keep their states whatever the order in which they are closed', () => {
    for (const order of [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ]) {
      const { database, table } = setUp('a');
      const snapshots: Snapshot[] = [];
      for (let n = 1; n <= 3; n++) {
        snapshots.push(database.snapshot());
        inTransaction(database, () => table.replace('a', { id: 'a', key: `k${n % 2}`, n }));
      }
      const keys = ['k', 'k1', 'k0'];
      for (const closed of order) {
        snapshots.forEach((snapshot, n) => {
          if (snapshot.closed) return;
          expect(table.at(snapshot).get('a')?.n).toBe(n);
          for (const key of keys) expect(table.at(snapshot).count(BY_KEY, key)).toBe(key === keys[n] ? 1 : 0);
        });
        snapshots[closed]!.close();
        assertInvariants(database);
      }
      expect([database.retainedVersions, database.openSnapshots]).toEqual([0, 0]);
    }
  });

  test('[E4] an id that is deleted and created again is two rows to the snapshots around it', () => {
    const { database, table } = setUp('a');
    const first = database.snapshot();
    inTransaction(database, () => table.remove('a'));
    const second = database.snapshot();
    inTransaction(database, () => table.insert('a', { id: 'a', key: 'k', n: 1 }));
    const third = database.snapshot();
    inTransaction(database, () => {
      table.remove('a');
      table.insert('a', { id: 'a', key: 'l', n: 2 });
    });
    expect([first, second, third].map((snapshot) => table.at(snapshot).get('a')?.n)).toEqual([0, undefined, 1]);
    expect([first, second, third].map((snapshot) => table.at(snapshot).size)).toEqual([1, 0, 1]);
    expect([first, second, third].map((snapshot) => table.at(snapshot).prefix(BY_KEY, '').length)).toEqual([1, 0, 1]);
    second.close();
    expect([first, third].map((snapshot) => table.at(snapshot).find(BY_KEY, 'k')[0]?.n)).toEqual([0, 1]);
    assertInvariants(database);
  });

  test('[E4] two snapshots of one state are closed independently', () => {
    const { database, table } = setUp('a');
    const [one, two] = [database.snapshot(), database.snapshot()];
    expect([one.version, two.version, database.openSnapshots]).toEqual([1, 1, 2]);
    inTransaction(database, () => table.remove('a'));
    one.close();
    one.close();
    expect([one.closed, two.closed, database.openSnapshots]).toEqual([true, false, 1]);
    expect(table.at(two).get('a')?.n).toBe(0);
    two.close();
    expect(database.retainedVersions).toBe(0);
  });

  test('[E5] a snapshot that is opened in the middle of a transaction sees none of its writes', () => {
    for (const end of ['commit', 'rollback'] as const) {
      const { database, table } = setUp('a', 'b', 'c');
      const older = database.snapshot();
      inTransaction(database, () => table.replace('c', { id: 'c', key: 'k', n: 7 }));
      database.begin();
      table.replace('a', { id: 'a', key: 'moved', n: 1 });
      const savepoint = database.savepoint();
      table.remove('b');
      table.insert('d', { id: 'd', key: 'k', n: 1 });
      const snapshot = database.snapshot();
      const reader = table.at(snapshot);
      const check = (): void => {
        expect(reader.find(BY_KEY, 'k').map((row) => row.id)).toEqual(['a', 'b', 'c']);
        expect(reader.prefix(BY_KEY, '').map((row) => row.n)).toEqual([0, 0, 7]);
        expect(reader.all().map((row) => row.id)).toEqual(['a', 'b', 'c']);
        expect([reader.size, reader.get('a')?.key, reader.get('d'), reader.count(BY_KEY, 'moved')]).toEqual([
          3,
          'k',
          undefined,
          0,
        ]);
        assertInvariants(database);
      };
      check();
      table.replace('c', { id: 'c', key: 'moved', n: 8 });
      check();
      database.rollbackTo(savepoint);
      check();
      older.close();
      check();
      table.remove('a');
      check();
      database[end]();
      check();
      snapshot.close();
      assertInvariants(database);
      expect(table.head.size).toBe(end === 'commit' ? 2 : 3);
    }
  });

  test('[E5] a snapshot stays exact when another is closed in a transaction that then rolls back', () => {
    const { database, table } = setUp('a', 'b', 'c');
    const older = database.snapshot();
    inTransaction(database, () => table.replace('c', { id: 'c', key: 'k', n: 7 }));
    database.begin();
    table.replace('a', { id: 'a', key: 'l', n: 1 });
    const savepoint = database.savepoint();
    table.replace('c', { id: 'c', key: 'l', n: 8 });
    const snapshot = database.snapshot();
    older.close();
    assertInvariants(database);
    database.rollbackTo(savepoint);
    assertInvariants(database);
    expect(database.retainedVersions).toBe(1);
    table.replace('b', { id: 'b', key: 'l', n: 2 });
    expect(
      table
        .at(snapshot)
        .find(BY_KEY, 'k')
        .map((row) => row.n),
    ).toEqual([0, 0, 7]);
    database.rollback();
    expect(database.retainedVersions).toBe(0);
    assertInvariants(database);
    snapshot.close();
  });

  test('[E11] no version is retained while no snapshot is open, and all are discarded with the last one', () => {
    const { database, table } = setUp('a', 'b');
    inTransaction(database, () => table.replace('a', { id: 'a', key: 'l', n: 1 }));
    expect([database.retainedVersions, database.retainedPostings]).toEqual([0, 0]);
    const snapshot = database.snapshot();
    expect([database.retainedVersions, database.retainedPostings]).toEqual([0, 0]);
    inTransaction(database, () => {
      table.replace('a', { id: 'a', key: 'm', n: 2 });
      table.remove('b');
    });
    expect([database.retainedVersions, database.retainedPostings]).toEqual([2, 2]);
    expect(database.inspect().storages[0]!.ids.has('b')).toBe(true);
    snapshot.close();
    expect([database.retainedVersions, database.retainedPostings]).toEqual([0, 0]);
    expect(database.inspect().storages[0]!.ids.has('b')).toBe(false);
    assertInvariants(database);
  });

  test('[E11] one snapshot retains one version per row, however many writes and other snapshots follow', () => {
    const { database, table } = setUp('a', 'b');
    const snapshot = database.snapshot();
    for (let n = 1; n <= 200; n++) {
      const passing = database.snapshot();
      inTransaction(database, () => table.replace('a', { id: 'a', key: `k${n}`, n }));
      inTransaction(database, () => table.replace('a', { id: 'a', key: `l${n}`, n }));
      passing.close();
      expect(database.retainedVersions).toBeLessThanOrEqual(1);
    }
    expect([database.retainedVersions, database.retainedPostings]).toEqual([1, 1]);
    expect(database.inspect().storages[0]!.indexes[0]!.postings.size).toBe(2);
    expect(table.at(snapshot).get('a')?.n).toBe(0);
    snapshot.close();
  });
});

describe('memory', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;

  /** Whether the rows are still in memory, after their last uses on the stack are gone. */
  async function alive(rows: readonly WeakRef<Item>[]): Promise<number> {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    return rows.filter((row) => row.deref() !== undefined).length;
  }

  test('[E16] rows that were deleted, or written by a transaction that rolled back, can be collected', async () => {
    const { database, table } = setUp('a', 'b', 'c', 'd');
    const remember = (id: string): WeakRef<Item> => new WeakRef(table.head.get(id)!);
    const gone: WeakRef<Item>[] = [];
    const read = (): void => {
      const results = [
        table.head.all(),
        table.head.find(BY_KEY, 'k'),
        table.head.prefix(BY_KEY, ''),
        table.head.prefix(ID_INDEX, ''),
      ];
      expect(results.every((rows) => rows.length > 0)).toBe(true);
    };
    const write = (): void => {
      read();
      const snapshot = database.snapshot();
      gone.push(remember('b'), remember('c'));
      inTransaction(database, () => {
        table.remove('b');
        table.remove('c');
      });
      snapshot.close();
      database.begin();
      table.insert('e', { id: 'e', key: 'other', n: 1 });
      table.replace('a', { id: 'a', key: 'other', n: 1 });
      gone.push(remember('e'), remember('a'));
      table.replace('a', { id: 'a', key: 'other', n: 2 });
      gone.push(remember('a'));
      expect(table.head.find(BY_KEY, 'other').length).toBe(2);
      database.rollback();
    };
    write();
    expect(await alive(gone)).toBe(0);
    expect(table.head.size).toBe(2);
  });

  test('[E16] the old version of a replaced row can be collected if no find returned it', async () => {
    const { database, table } = setUp('a');
    const gone: WeakRef<Item>[] = [];
    for (let n = 0; n < 5; n++) {
      gone.push(new WeakRef(table.head.get('a')!));
      inTransaction(database, () => table.replace('a', { id: 'a', key: 'k', n }));
    }
    expect(await alive(gone)).toBe(0);
  });
});

describe('bulk', () => {
  test('[E1] one transaction can insert or remove tens of thousands of rows', () => {
    const { database, table } = setUp();
    inTransaction(database, () => {
      for (let n = 0; n < 20_000; n++) table.insert(`${n}`, { id: `${n}`, key: `${n % 7}`, n });
    });
    expect(database.changeCount).toBe(0);
    expect(table.head.count(BY_KEY, '3')).toBe(2857);
    assertInvariants(database);
    inTransaction(database, () => {
      for (let n = 0; n < 20_000; n++) table.remove(`${n}`);
    });
    expect([table.head.size, table.head.all().length]).toEqual([0, 0]);
    assertInvariants(database);
  });
});
