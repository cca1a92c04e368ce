import { expect, test } from '@jest/globals';
import { MemoryStore, NodeRole, TaskState, codecs } from 'swarmstate';
import { Task } from 'swarmstate/proto';
import { jsonOf, searchText } from '../../src/inspect/objects/json.ts';
import { nameOf } from '../../src/inspect/objects/names.ts';
import { referencesOf, referrersOf } from '../../src/inspect/objects/references.ts';
import { shownLine, shownText } from '../../src/inspect/objects/shown-text.ts';
import { columns, compareCells } from '../../src/inspect/table/columns.ts';
import { filtersOf, filterTest } from '../../src/inspect/table/filters.ts';
import { kinds } from '../../src/model/schema/kinds.ts';
import { momentOf } from './moment-of.ts';

async function filled(): Promise<MemoryStore> {
  const store = new MemoryStore();
  await store.update((tx) => {
    tx.nodes.create({ id: 'n1', description: { hostname: 'worker-1' }, role: NodeRole.MANAGER });
    tx.networks.create({ id: 'net', spec: { annotations: { name: 'backend' } } });
    tx.secrets.create({ id: 'sec', spec: { annotations: { name: 'key' } } });
    tx.services.create({
      id: 's1',
      spec: {
        annotations: { name: 'web' },
        replicated: { replicas: 2 },
        task: { networks: [{ target: 'net' }], container: { secrets: [{ secretId: 'sec' }] } },
      },
    });
    for (const slot of [1, 2, 10]) {
      tx.tasks.create({
        id: `t${slot}`,
        serviceId: 's1',
        slot,
        nodeId: slot === 1 ? 'n1' : 'gone',
        spec: { container: { image: `web:${slot}`, configs: [{ configId: 'missing' }] } },
        status: { state: slot === 1 ? TaskState.RUNNING : TaskState.FAILED },
      });
    }
  });
  return store;
}

test('[B8] an object has the references of its fields, and those of the objects that refer to it', async () => {
  const moment = momentOf(await filled());
  const task = moment.table('task').get('t1')!;
  expect(referencesOf('task', task).map(({ kind, id, field }) => [kind, id, field])).toEqual([
    ['service', 's1', 'serviceId'],
    ['node', 'n1', 'nodeId'],
    ['config', 'missing', 'spec.container.configs'],
  ]);
  expect(referencesOf('service', moment.table('service').get('s1')!).map(({ id }) => id)).toEqual(['net', 'sec']);
  const referrers = (kind: 'service' | 'node' | 'secret' | 'config', id: string) =>
    referrersOf(kind, id, moment).map(({ object, field }) => `${object.id} ${field}`);
  expect(referrers('service', 's1')).toEqual(['t1 serviceId', 't10 serviceId', 't2 serviceId']);
  expect(referrers('node', 'n1')).toEqual(['t1 nodeId']);
  expect(referrers('secret', 'sec')).toEqual(['s1 spec.task.container.secrets']);
  expect(referrers('config', 'missing')).toHaveLength(3);
});

test('[B27] a task that no store has stamped shows the time of its state as its update', () => {
  const updated = columns.task.find(({ title }) => title === 'Updated')!;
  const status = { timestamp: { seconds: 7, nanos: 0 } };
  const moment = momentOf(new MemoryStore());
  expect(updated.cell(Task.from({ id: 't', status }), moment).time).toBe(7000);
  expect(updated.cell(Task.from({ id: 't', status, meta: { createdAt: { seconds: 8, nanos: 0 } } }), moment).time).toBe(
    8000,
  );
  expect(updated.cell(Task.from({ id: 't' }), moment)).toEqual({ text: '' });
});

test('[B9] columns show names in place of ids, and sort by number, state and time', async () => {
  const moment = momentOf(await filled());
  const [name, state, , node] = columns.task;
  const rows = [...moment.table('task').rows()];
  const by = (column = name) =>
    rows.sort((a, b) => compareCells(column!.cell(a, moment), column!.cell(b, moment))).map(({ id }) => id);
  expect(by()).toEqual(['t1', 't2', 't10']);
  expect(by(state)[0]).toBe('t1');
  expect(rows.map((row) => node!.cell(row, moment).text).sort()).toEqual(['gone', 'gone', 'worker-1']);
  expect(compareCells({ text: '', time: 2 }, { text: '', time: 10 })).toBeLessThan(0);
  expect(compareCells({ text: '', time: 2 }, { text: '' })).toBeGreaterThan(0);
  for (const kind of kinds) expect(columns[kind].map(({ title }) => title)).toContain('Id');
});

test('[B10] the filters of a table are its finders, with names for what they refer to', async () => {
  const store = await filled();
  const moment = momentOf(store);
  const find = (finder: string, values: Record<string, string>) => {
    const test = filterTest('task', { finder, values }, moment);
    return test === undefined
      ? undefined
      : moment
          .table('task')
          .rows()
          .filter(test)
          .map(({ id }) => id);
  };
  expect(find('byNodeId', { nodeId: 'n1' })).toEqual(['t1']);
  expect(find('byNodeId', { nodeId: 'worker-1' })).toEqual(['t1']);
  expect(find('byTaskState', { state: String(TaskState.FAILED) })).toEqual(['t10', 't2']);
  expect(find('bySlot', { serviceId: 'web', slot: '10' })).toEqual(['t10']);
  expect(find('byIdPrefix', { prefix: 't1' })).toEqual(['t1', 't10']);
  // A filter that is not complete, or is none, finds everything.
  expect(find('bySlot', { serviceId: 'web' })).toBeUndefined();
  expect(find('bySlot', { serviceId: 'web', slot: 'x' })).toBeUndefined();
  expect(find('byRole', { role: '1' })).toBeUndefined();
  expect(find('constructor', {})).toBeUndefined();
  for (const kind of kinds) {
    const filters = filtersOf(kind);
    expect(filters.map(({ finder }) => finder)).toContain('byId');
    expect(filters.every(({ fields }) => fields.length > 0)).toBe(true);
  }
  const [state] = filtersOf('task').find(({ finder }) => finder === 'byTaskState')!.fields;
  expect(state?.choices?.find(({ text }) => text === 'running')?.value).toBe(String(TaskState.RUNNING));
});

test('[B11] controls and marks of direction are shown as their code points, and long texts are cut', () => {
  expect(shownText('a\u202eb\u0000c\u001b[31m')).toBe('a\\u202eb\\u0000c\\u001b[31m');
  expect(shownText('two\nlines')).toBe('two\nlines');
  expect(shownLine('two\nlines\tand')).toBe('two lines and');
  expect(shownText('日本 — ünï 😀')).toBe('日本 — ünï 😀');
  expect(shownText('x'.repeat(1_000_000))).toBe(`${'x'.repeat(2_000)}… (998,000 more characters)`);
});

test('[B8] names are those of people: hostname, name of a spec, service and slot', async () => {
  const moment = momentOf(await filled());
  expect(nameOf('node', moment.table('node').get('n1')!, moment)).toBe('worker-1');
  expect(nameOf('task', moment.table('task').get('t10')!, moment)).toBe('web.10');
  expect(nameOf('task', codecs.task.from({ id: 'x', serviceId: 'deleted', slot: 2 }), moment)).toBe('x');
  const orphan = codecs.task.from({ id: 'x', serviceAnnotations: { name: 'old' }, nodeId: 'n1' });
  expect(nameOf('task', orphan, moment)).toBe('old.worker-1');
});

test('[B9] full-text search finds names and values of all fields, without case', async () => {
  const task = momentOf(await filled())
    .table('task')
    .get('t10')!;
  expect(searchText('task', task)).toContain('"image":"web:10"');
  expect(searchText('task', task)).toContain('failed');
  expect(jsonOf('task', task)).toBe(jsonOf('task', task));
  // A time that JSON cannot express does not hide the rest of the page.
  const odd = codecs.node.from({ id: 'n', meta: { createdAt: { seconds: 2n ** 60n, nanos: 0 } } });
  expect(jsonOf('node', odd)).toMatchObject({ id: 'n', error: expect.any(String) });
});
