import { expect, test } from '@jest/globals';
import { MemoryStore, TaskState } from 'swarmstate';
import type { Commit, ObjectEvent } from 'swarmstate';
import { kinds } from '../../src/model/schema/kinds.ts';
import { orphanUpdateEvent } from '../../src/model/events.ts';
import type { Moment } from '../../src/inspect/objects/moment.ts';
import { changedObjects } from '../../src/inspect/past/changed-objects.ts';
import { differences, pathText } from '../../src/inspect/past/diff.ts';
import { Task } from 'swarmstate/proto';
import { Timeline, timeOf } from '../../src/inspect/past/timeline.ts';
import { momentOf } from './moment-of.ts';

function contentsOf(moment: Moment): unknown {
  return kinds.map((kind) => [...moment.table(kind).rows()].sort((a, b) => (a.id < b.id ? -1 : 1)));
}

test('[B4] the contents at each moment of the known past are those that the store had then', async () => {
  const store = new MemoryStore({ history: 100 });
  const watcher = store.watch();
  const moments: unknown[] = [contentsOf(momentOf(store))];
  const note = (): void => void moments.push(contentsOf(momentOf(store)));
  await store.update((tx) => {
    tx.nodes.create({ id: 'n1' });
    tx.nodes.create({ id: 'n2' });
  });
  note();
  for (let state = 0; state < 4; state += 1) {
    await store.update((tx) => {
      if (state === 0) tx.tasks.create({ id: 't1', nodeId: 'n1' });
      else tx.tasks.modify('t1', (task) => void (task.slot = state));
    });
    note();
  }
  await store.update((tx) => {
    tx.tasks.delete('t1');
    tx.nodes.delete('n2');
    tx.nodes.create({ id: 'n3' });
  });
  note();
  await store.close();
  const timeline = new Timeline();
  const commits: Commit[] = [];
  for await (const commit of watcher.commits()) commits.push(commit);
  for (const { version, events } of commits) timeline.add({ version, at: 0, events });
  const present = momentOf(store);
  for (const [count, contents] of moments.entries()) {
    expect(contentsOf(timeline.before(count, present))).toEqual(contents);
  }
  expect(timeline.historyOf('task', 't1').map(({ event }) => event.action)).toEqual([
    'delete',
    'update',
    'update',
    'update',
    'create',
  ]);
  // The oldest steps of a full timeline go, and the rest still leads back.
  const short = new Timeline(4);
  const dropped = commits.map(({ version, events }) => short.add({ version, at: 0, events }));
  expect(dropped.reduce((sum, count) => sum + count, 0)).toBe(commits.length - short.steps.length);
  expect(contentsOf(short.before(0, present))).toEqual(moments[commits.length - short.steps.length]);
  expect(short.takesEarlier).toBe(false);
});

test('[B5] an update without its old object takes the state that an earlier step left', async () => {
  const store = new MemoryStore();
  const first = await store.update((tx) => tx.nodes.create({ id: 'n', status: { addr: 'first' } }));
  const second = await store.update((tx) => tx.nodes.modify('n', (node) => void (node.status.addr = 'second')));
  const other = await store.update((tx) => tx.nodes.create({ id: 'm', status: { addr: 'old' } }));
  const created: ObjectEvent = { action: 'create', kind: 'node', object: first };
  const timeline = new Timeline();
  timeline.add({ version: undefined, at: 0, events: [created] });
  timeline.add({
    version: undefined,
    at: 0,
    events: [orphanUpdateEvent('node', second), orphanUpdateEvent('node', other)],
  });
  const past = timeline.before(1, momentOf(store));
  expect(past.table('node').get('n')).toBe(first);
  // Nothing is known of the other one.
  expect(past.table('node').get('m')).toEqual(other);
  expect(timeline.before(0, momentOf(store)).table('node').get('n')).toBeUndefined();
});

test('[B4] a step has the time that its objects give, else that of its arrival', async () => {
  const store = new MemoryStore();
  const node = await store.update((tx) =>
    tx.nodes.create({ id: 'n', meta: { updatedAt: { seconds: 12, nanos: 500_000_000 } } }),
  );
  const event: ObjectEvent = { action: 'create', kind: 'node', object: node };
  const { updatedAt } = node.meta;
  expect(timeOf([event], 99)).toBe(updatedAt === undefined ? 99 : updatedAt.seconds * 1000 + updatedAt.nanos / 1e6);
  expect(timeOf([], 99)).toBe(99);
});

test('[B6] the difference of two values is the list of their fields that differ', () => {
  const before = { id: 'a', status: { state: 'RUNNING', ports: [1, 2] }, old: true, same: { deep: [{ x: 1 }] } };
  const after = { id: 'a', status: { state: 'FAILED', ports: [1, 3, 4] }, same: { deep: [{ x: 1 }] }, 'a b': null };
  expect(differences(before, after).map(({ path, ...values }) => [pathText(path), values])).toEqual([
    ['status.state', { before: 'RUNNING', after: 'FAILED' }],
    ['status.ports[1]', { before: 2, after: 3 }],
    ['status.ports[2]', { before: undefined, after: 4 }],
    ['old', { before: true, after: undefined }],
    ['["a b"]', { before: undefined, after: null }],
  ]);
  expect(differences(before, before)).toEqual([]);
  expect(differences({ list: [] }, { list: {} })).toHaveLength(1);
  // Names of an object's prototype are names like others.
  const hostile = JSON.parse('{ "__proto__": { "x": 1 }, "constructor": 1 }') as Record<string, never>;
  expect(differences({}, hostile).map(({ path }) => path)).toEqual([['__proto__'], ['constructor']]);
});

test('[B7] two moments differ in the objects that were created, changed and deleted', async () => {
  const store = new MemoryStore();
  await store.update((tx) => {
    tx.nodes.create({ id: 'kept' });
    tx.nodes.create({ id: 'changed' });
    tx.nodes.create({ id: 'deleted' });
  });
  const before = momentOf(store);
  await store.update((tx) => {
    tx.nodes.modify('changed', (node) => void (node.status.addr = 'here'));
    tx.nodes.delete('deleted');
    tx.tasks.create({ id: 'created', status: { state: TaskState.NEW } });
  });
  const found = changedObjects(before, momentOf(store)).map(({ kind, id, before: old, after }) => [
    kind,
    id,
    old !== undefined,
    after !== undefined,
  ]);
  expect(found.sort()).toEqual([
    ['node', 'changed', true, true],
    ['node', 'deleted', true, false],
    ['task', 'created', false, true],
  ]);
});

test('[B26] a step of deletions has the time of its arrival, not that of the last update of its objects', () => {
  const object = Task.from({ id: 't1', meta: { updatedAt: { seconds: 5, nanos: 0 } } });
  const deleted = { kind: 'task', action: 'delete', object } as const;
  const updated = { kind: 'task', action: 'update', object } as const;
  expect(timeOf([deleted], 9000)).toBe(9000);
  expect(timeOf([deleted, updated], 9000)).toBe(5000);
  expect(timeOf([deleted], 0)).toBe(5000);
});
