import { expect, test } from '@jest/globals';
import { Database } from '../../src/engine/database.ts';
import type { IndexNumber } from '../../src/engine/index/keys.ts';
import type { RowStorage } from '../../src/engine/rows/row-storage.ts';
import { addTables } from '../../src/store/transaction/store-tables.ts';
import type { StoreTable } from '../../src/store/transaction/store-tables.ts';
import { TaskState } from '../../src/wire/generated/enums.ts';
import { Task } from '../../src/wire/generated/task.ts';
import type { TaskInput } from '../../src/wire/generated/task.ts';
import { IndexWorkCounter } from '../support/index-work.ts';

/** A task with one key in each of the thirteen indexes. */
function taskOf(id: string, change: Partial<TaskInput> = {}): Task {
  return Task.from({
    id,
    serviceId: 'service',
    slot: 1,
    nodeId: 'node',
    annotations: { name: 'name', indices: [{ key: 'custom', val: 'value' }] },
    status: { state: TaskState.RUNNING },
    desiredState: TaskState.RUNNING,
    spec: {
      container: { image: 'image', secrets: [{ secretId: 'secret' }], configs: [{ configId: 'config' }] },
      networks: [{ target: 'network' }],
    },
    volumes: [{ id: 'volume' }],
    ...change,
  });
}

/** The task table of a database in which each key has several tasks. */
function setUp(): { readonly database: Database; readonly table: StoreTable<'task'>; readonly work: IndexWorkCounter } {
  const database = new Database();
  const table = addTables(database).task;
  write(database, () => {
    for (const id of ['a', 'b', 'c']) {
      table.rows.insert(id, taskOf(id));
      table.rows.insert(`${id}'`, taskOf(`${id}'`, { status: { state: TaskState.FAILED } }));
    }
  });
  const storage = database.inspect().storages.find(({ name }) => name === 'task') as RowStorage;
  return { database, table, work: new IndexWorkCounter(storage) };
}

function write(database: Database, work: () => void): void {
  database.begin();
  work();
  database.commit();
}

const indexes = [
  'name',
  'serviceId',
  'nodeId',
  'slot',
  'desiredState',
  'taskState',
  'runtime',
  'network',
  'secret',
  'config',
  'volumeAttachment',
  'custom',
];

test('[M1] an update that changes no indexed field looks up its id and touches no other index', () => {
  const { database, table, work } = setUp();
  const next = Task.from(
    { ...taskOf('a'), status: { state: TaskState.RUNNING, message: 'since a minute' } },
    table.rows.head.get('a'),
  );
  work.take();
  write(database, () => table.rows.replace('a', next));
  expect(work.take()).toEqual({ id: { lookUps: 1 } });
});

test('[M2] an update of the state builds two keys and looks up two entries, all of the index of states', () => {
  const { database, table, work } = setUp();
  const before = table.rows.head.get('a') as Task;
  const next = Task.from({ ...before, status: { ...before.status, state: TaskState.FAILED } }, before);
  work.take();
  write(database, () => table.rows.replace('a', next));
  expect(work.take()).toEqual({ id: { lookUps: 1 }, taskState: { keys: 2, lookUps: 2 } });
});

test('[M2] a rollback of an update builds as many keys and looks up as many entries as the update did', () => {
  const { database, table, work } = setUp();
  const before = table.rows.head.get('a') as Task;
  database.begin();
  table.rows.replace('a', Task.from({ ...before, status: { ...before.status, state: TaskState.FAILED } }, before));
  work.take();
  database.rollback();
  expect(work.take()).toEqual({ taskState: { keys: 2, lookUps: 2 } });
});

test('[M3] a create looks up one entry of each of the thirteen indexes, and so does a delete', () => {
  const { database, table, work } = setUp();
  write(database, () => {
    table.rows.insert('d', taskOf('d'));
  });
  const others = Object.fromEntries(indexes.map((name) => [name, { keys: 1, lookUps: 1 }]));
  expect(work.take()).toEqual({ id: { lookUps: 1, writes: 1 }, ...others });
  write(database, () => {
    table.rows.remove('d');
  });
  expect(work.take()).toEqual({ id: { lookUps: 1, writes: 1 }, ...others });
});

test('[M3] a create with keys of its own writes one entry of each index', () => {
  const { database, table, work } = setUp();
  const own = taskOf('d', {
    serviceId: 'service 2',
    nodeId: 'node 2',
    annotations: { name: 'name 2', indices: [{ key: 'custom', val: 'value 2' }] },
    status: { state: TaskState.READY },
    desiredState: TaskState.SHUTDOWN,
    spec: { attachment: {}, networks: [{ target: 'network 2' }] },
    volumes: [{ id: 'volume 2' }],
  });
  write(database, () => {
    table.rows.insert('d', own);
  });
  const written = Object.fromEntries(indexes.map((name) => [name, { keys: 1, lookUps: 1, writes: 1 }]));
  // An attachment refers to no secrets and no configs.
  expect(work.take()).toEqual({ id: { lookUps: 1, writes: 1 }, ...written, secret: { keys: 1 }, config: { keys: 1 } });
});

test('[M4] a find looks up one entry, and compares ids only where rows have come or gone since the last one', () => {
  const { database, table, work } = setUp();
  const nodeId = table.finderIndexes.get('byNodeId') as IndexNumber;
  const find = (): readonly Task[] => table.rows.head.find(nodeId, 'node');
  write(database, () => {
    for (let i = 0; i < 1000; i += 1) table.rows.insert(`t${String(i).padStart(4, '0')}`, taskOf(`t${i}`));
  });
  const first = find();
  work.take();
  work.takeComparisons();
  expect(find()).toBe(first);
  expect(work.take()).toEqual({ nodeId: { lookUps: 1 } });

  // Another row is added to the table: the last result is compared and kept.
  write(database, () => {
    table.rows.insert('x', taskOf('x', { nodeId: 'elsewhere' }));
  });
  expect(find()).toBe(first);
  // A row of the result is replaced: a new array in the same order.
  const before = table.rows.head.get('a') as Task;
  write(database, () => {
    table.rows.replace('a', Task.from({ ...before, slot: 2 }, before));
  });
  expect(find()).not.toBe(first);
  expect(work.takeComparisons()).toBe(0);
  // A row is added to the key: a binary search finds its position among 1,006.
  write(database, () => {
    table.rows.insert('z', taskOf('z'));
  });
  expect(find().length).toBe(1007);
  expect(work.takeComparisons()).toBe(9);
  expect(find().length).toBe(1007);
  expect(work.takeComparisons()).toBe(0);
});
