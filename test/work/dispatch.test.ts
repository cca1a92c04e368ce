import { expect, test } from '@jest/globals';
import { byCustom, byId, byNodeId, MemoryStore, TaskState } from 'swarmstate';
import type { Commit } from 'swarmstate';
import { updateEvent } from '../../src/model/events.ts';
import { unwrapBy } from '../../src/model/find/finder.ts';
import { definitions } from '../../src/model/tables/table-definition.ts';
import type { TableDefinitions } from '../../src/model/tables/table-definition.ts';
import { Dispatch, Subscription } from '../../src/watch/dispatch.ts';
import { Task } from '../../src/wire/generated/task.ts';

const WATCHERS = 10_000;

/** Tables whose index declarations count how often they build the keys of a task. */
function countingTables(): { readonly tables: TableDefinitions; readonly keysBuilt: Map<string, number> } {
  const keysBuilt = new Map<string, number>();
  const { declaration } = definitions.task;
  const indexes = declaration.indexes.map((index) => ({
    ...index,
    keys: (task: Task) => {
      keysBuilt.set(index.name, (keysBuilt.get(index.name) ?? 0) + 1);
      return index.keys(task);
    },
  }));
  const task = { ...definitions.task, declaration: { ...declaration, indexes } };
  return { tables: { ...definitions, task }, keysBuilt };
}

function selectorOf(by: object): Subscription<string>['selector'] {
  return { kind: 'task', action: undefined, finder: unwrapBy(by, 'task'), check: undefined };
}

test('[M5] with 10,000 watchers on as many nodes, a change reaches the one on its node and builds one key', () => {
  const { tables, keysBuilt } = countingTables();
  const dispatch = new Dispatch<string>(tables);
  for (let node = 0; node < WATCHERS; node += 1)
    dispatch.add(new Subscription(`n${node}`, selectorOf(byNodeId(`n${node}`))));
  const before = Task.from({ id: 't', nodeId: 'n7' });
  const after = Task.from({ ...before, desiredState: TaskState.RUNNING }, before);
  const reached = dispatch.reached(updateEvent('task', after, before));
  expect(reached.map(({ watcher }) => watcher)).toEqual(['n7']);
  for (const subscription of reached)
    expect(dispatch.accepts(subscription, updateEvent('task', after, before))).toBe(true);
  expect(Object.fromEntries(keysBuilt)).toEqual({ nodeId: 1 });

  // One that moves is looked up where it was, too.
  keysBuilt.clear();
  const moved = Task.from({ ...after, nodeId: 'n8' }, after);
  expect(dispatch.reached(updateEvent('task', moved, after)).map(({ watcher }) => watcher)).toEqual(['n8', 'n7']);
  expect(Object.fromEntries(keysBuilt)).toEqual({ nodeId: 2 });
});

test('[M5] a subscription that was deleted is reached by no change, whatever shares its key', () => {
  const event = updateEvent('task', Task.from({ id: 't', nodeId: 'n' }), Task.from({ id: 't', nodeId: 'n' }));
  const named = (watcher: string, by: object): Subscription<string> => new Subscription(watcher, selectorOf(by));
  for (const by of [byId('t'), byNodeId('n')]) {
    const dispatch = new Dispatch<string>();
    const reached = (): readonly string[] => dispatch.reached(event).map(({ watcher }) => watcher);
    const [first, second] = [named('first', by), named('second', by)];
    dispatch.add(first);
    expect(reached()).toEqual(['first']);
    dispatch.delete(first);
    expect(reached()).toEqual([]);
    dispatch.add(first);
    dispatch.add(second);
    expect(reached()).toEqual(['first', 'second']);
    dispatch.delete(first);
    expect(reached()).toEqual(['second']);
    dispatch.delete(second);
    expect(reached()).toEqual([]);
  }
});

test('[M5] keys are built for the indexes that are watched, once for all their watchers, and for ids none', () => {
  const { tables, keysBuilt } = countingTables();
  const dispatch = new Dispatch<string>(tables);
  for (const [watcher, by] of [
    ['id', byId('t')],
    ['node 1', byNodeId('n')],
    ['node 2', byNodeId('n')],
    ['custom', byCustom('k', 'v')],
  ] as const) {
    dispatch.add(new Subscription(watcher, selectorOf(by)));
  }
  const task = Task.from({ id: 't', nodeId: 'n', annotations: { indices: [{ key: 'k', val: 'v' }] } });
  const reached = dispatch.reached(updateEvent('task', Task.from({ ...task, slot: 1 }, task), task));
  expect(reached.map(({ watcher }) => watcher)).toEqual(['id', 'node 1', 'node 2', 'custom']);
  expect(Object.fromEntries(keysBuilt)).toEqual({ nodeId: 1, custom: 1 });
});

test('[M6] all watchers without selectors get one and the same commit', async () => {
  const store = new MemoryStore();
  const watchers = Array.from({ length: 100 }, () => store.watch().commits());
  await store.update((tx) => tx.tasks.create({ id: 't' }));
  const commits = new Set<Commit | undefined>();
  for (const watcher of watchers) commits.add((await watcher.next()).value);
  expect(commits.size).toBe(1);
});

test('[M6] watchers whose selectors select a whole commit get it without a copy', async () => {
  const store = new MemoryStore();
  const everything = store.watch().commits();
  const onNode = Array.from({ length: 100 }, () =>
    store.watch({ events: [{ kind: 'task', by: byNodeId('n') }] }).commits(),
  );
  await store.update((tx) => tx.tasks.create({ id: 't', nodeId: 'n' }));
  const commit = (await everything.next()).value;
  for (const watcher of onNode) expect((await watcher.next()).value).toBe(commit);
});
