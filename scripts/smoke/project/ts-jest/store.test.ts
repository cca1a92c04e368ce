import { expect, test } from '@jest/globals';
import { MemoryStore, TaskState, byNodeId, newId } from 'swarmstate';
import type { Task } from 'swarmstate';
import { LocalCache } from 'swarmstate/cache';

test('the package works in ts-jest, types included', async () => {
  const store = new MemoryStore({ history: 100 });
  const cache = new LocalCache(store, { tables: ['task'] });
  const task: Task = await store.update((tx) => tx.tasks.create({ id: newId(), nodeId: 'node-1' }));
  await store.update((tx) =>
    tx.tasks.modify(task.id, (draft) => {
      draft.status.state = TaskState.RUNNING;
    }),
  );
  await cache.waitFor(store.version);
  expect(cache.table('task').find({ 'status.state': TaskState.RUNNING })).toHaveLength(1);
  expect(store.view((tx) => tx.tasks.count(byNodeId('node-1')))).toBe(1);
  cache.close();
  await store.close();
});
