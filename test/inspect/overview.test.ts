import { expect, test } from '@jest/globals';
import {
  MemoryStore,
  NodeSpecAvailability,
  NodeStatusState,
  TaskState,
  UpdateStatusUpdateState,
  codecs,
} from 'swarmstate';
import type { ObjectEvent, Tx } from 'swarmstate';
import { Feed, sentencesOf } from '../../src/inspect/overview/feed.ts';
import { overviewOf } from '../../src/inspect/overview/overview.ts';
import { Rate, Series } from '../../src/inspect/overview/series.ts';
import { momentOf } from './moment-of.ts';

async function cluster(): Promise<MemoryStore> {
  const store = new MemoryStore();
  await store.update((tx) => {
    for (const number of [1, 2, 4]) {
      tx.nodes.create({
        id: `n${number}`,
        description: { hostname: `worker-${number}` },
        status: { state: NodeStatusState.READY },
      });
    }
    tx.services.create({ id: 's1', spec: { annotations: { name: 'web' }, replicated: { replicas: 4 } } });
    tx.services.create({ id: 's2', spec: { annotations: { name: 'agent' }, global: {} } });
  });
  return store;
}

function task(
  tx: Tx,
  id: string,
  slot: number,
  state: TaskState,
  nodeId = 'n2',
  desiredState: TaskState = TaskState.RUNNING,
) {
  return tx.tasks.create({ id, serviceId: 's1', slot, nodeId, desiredState, status: { state } });
}

test('[B1] the overview counts wanted, running and failing replicas, and shows nodes with their tasks', async () => {
  const store = await cluster();
  await store.update((tx) => {
    task(tx, 't1', 1, TaskState.RUNNING);
    // A slot whose failed task was replaced does not fail any more.
    task(tx, 't2', 2, TaskState.FAILED, 'n1', TaskState.SHUTDOWN);
    task(tx, 't3', 2, TaskState.RUNNING);
    // Neither running nor replaced with success.
    task(tx, 't4', 3, TaskState.REJECTED, 'n2', TaskState.SHUTDOWN);
    task(tx, 't5', 3, TaskState.STARTING, 'n4');
    task(tx, 't6', 4, TaskState.PENDING, '');
    tx.tasks.create({
      id: 'g1',
      serviceId: 's2',
      nodeId: 'n1',
      desiredState: TaskState.RUNNING,
      status: { state: TaskState.RUNNING },
    });
    tx.nodes.modify('n4', (node) => void (node.spec.availability = NodeSpecAvailability.DRAIN));
  });
  const overview = overviewOf(momentOf(store));
  expect(
    overview.services.map(({ name, mode, wanted, running, failing, tone }) => [
      name,
      mode,
      wanted,
      running,
      failing,
      tone,
    ]),
  ).toEqual([
    ['agent', 'global', 1, 1, 0, 'good'],
    ['web', 'replicated', 4, 2, 1, 'bad'],
  ]);
  expect(
    overview.nodes.map(({ name, state, tasks, counts }) => [name, state.text, tasks.map(({ id }) => id), counts]),
  ).toEqual([
    ['worker-1', 'ready', ['g1'], { good: 1, busy: 0, bad: 0, off: 0 }],
    ['worker-2', 'ready', ['t1', 't3'], { good: 2, busy: 0, bad: 0, off: 0 }],
    ['worker-4', 'ready, drained', ['t5'], { good: 0, busy: 1, bad: 0, off: 0 }],
  ]);
  expect(overview).toMatchObject({ wanted: 5, running: 3, failing: 1, readyNodes: 2, waiting: 1 });
});

/** The sentences about one transaction. */
async function said(store: MemoryStore, change: (tx: Tx) => void): Promise<readonly string[]> {
  const watcher = store.watch();
  await store.update(change);
  const { value } = await watcher.commits().next();
  watcher.close();
  return sentencesOf(value?.events ?? [], momentOf(store)).map(({ text }) => text);
}

test('[B2] the feed says what happened to tasks, nodes and services, and leaves out steps between states', async () => {
  const store = await cluster();
  const set =
    (id: string, state: TaskState, more: object = {}) =>
    (tx: Tx) =>
      void tx.tasks.modify(id, (draft) => Object.assign(draft, { status: { state, ...more } }));
  expect(await said(store, (tx) => void task(tx, 't3', 3, TaskState.NEW, ''))).toEqual(['web.3 was created']);
  expect(await said(store, (tx) => void tx.tasks.modify('t3', (draft) => void (draft.nodeId = 'n2')))).toEqual([
    'web.3 was assigned to worker-2',
  ]);
  expect(await said(store, set('t3', TaskState.PREPARING))).toEqual([]);
  expect(await said(store, set('t3', TaskState.RUNNING))).toEqual(['web.3 started on worker-2']);
  expect(
    await said(store, set('t3', TaskState.FAILED, { err: 'task: non-zero exit (137)', container: { exitCode: 137 } })),
  ).toEqual(['web.3 failed on worker-2: exit 137']);
  expect(await said(store, set('t3', TaskState.REJECTED, { err: 'no such image' }))).toEqual([
    'web.3 was rejected on worker-2: no such image',
  ]);
  expect(await said(store, (tx) => tx.tasks.delete('t3'))).toEqual(['web.3 was removed']);
  expect(
    await said(
      store,
      (tx) =>
        void tx.nodes.modify(
          'n2',
          (node) => void (node.status = { state: NodeStatusState.DOWN, message: 'heartbeat failure' }),
        ),
    ),
  ).toEqual(['worker-2 is down: heartbeat failure']);
  expect(
    await said(
      store,
      (tx) => void tx.nodes.modify('n1', (node) => void (node.spec.availability = NodeSpecAvailability.DRAIN)),
    ),
  ).toEqual(['worker-1 is drained']);
  expect(
    await said(
      store,
      (tx) => void tx.services.modify('s1', (service) => void (service.spec.replicated = { replicas: 6 })),
    ),
  ).toEqual(['web was scaled from 4 to 6']);
  expect(
    await said(
      store,
      (tx) => void tx.services.modify('s1', (service) => void (service.spec.task.container = { image: 'web:2' })),
    ),
  ).toEqual(['web runs web:2 now']);
  expect(
    await said(
      store,
      (tx) =>
        void tx.services.modify('s1', (service) => {
          service.updateStatus = { state: UpdateStatusUpdateState.PAUSED, message: 'update paused due to failure' };
        }),
    ),
  ).toEqual(['web update: paused (update paused due to failure)']);
  expect(
    await said(store, (tx) => void tx.configs.create({ id: 'c', spec: { annotations: { name: 'conf' } } })),
  ).toEqual(['config conf was created']);
  expect(await said(store, (tx) => tx.nodes.delete('n4'))).toEqual(['worker-4 left']);
});

test('[B3] many like changes of one service in one step are one sentence', async () => {
  const store = await cluster();
  const texts = await said(store, (tx) => {
    for (let slot = 1; slot <= 12; slot += 1) task(tx, `t${slot}`, slot, TaskState.NEW);
    tx.nodes.modify('n1', (node) => void (node.status = { state: NodeStatusState.DOWN }));
  });
  expect(texts).toEqual(['web: 12 tasks were created', 'worker-1 is down']);
});

test('[B2] the feed has the newest lines first, and no more than its limit', () => {
  const feed = new Feed(2);
  const node = (id: string): ObjectEvent => ({ action: 'create', kind: 'node', object: codecs.node.from({ id }) });
  const moment = momentOf(new MemoryStore());
  feed.add(1, [node('a'), node('b')], moment);
  feed.add(2, [node('c')], moment);
  expect(feed.lines.map(({ text, at, number, id }) => [text, at, number, id])).toEqual([
    ['c joined', 2, 3, 'c'],
    ['b joined', 1, 2, 'b'],
  ]);
  const { lines } = feed;
  feed.add(3, [], moment);
  expect(feed.lines).toBe(lines);
});

test('[B12] the points of a chart are the newest ones, and a rate is a number per second', () => {
  const series = new Series(2, 3);
  for (let second = 1; second <= 5; second += 1) series.add(second * 1000, [second, 10 * second]);
  expect(series.data()).toEqual([
    [3, 4, 5],
    [3, 4, 5],
    [30, 40, 50],
  ]);
  expect([series.last(0), series.last(1), new Series(1, 3).last(0)]).toEqual([5, 50, 0]);
  const rate = new Rate(0);
  rate.add(3);
  rate.add(2);
  expect([rate.take(500), rate.take(1500), rate.take(1500)]).toEqual([10, 0, 0]);
});
