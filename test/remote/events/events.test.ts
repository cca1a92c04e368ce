import { expect, test } from '@jest/globals';
import { MemoryStore, all } from 'swarmstate';
import { LocalCache } from 'swarmstate/cache';
import { isRemoteError } from 'swarmstate/remote/events';
import { caughtUp, followQuickly, Serving, untilStatus } from './support/serving.ts';

test('[N1] a client has the contents of the store, and then each commit with its version and old objects', async () => {
  const store = new MemoryStore({ history: 100 });
  await store.update((tx) => tx.nodes.create({ id: 'n1' }));
  await using serving = await Serving.start(store);
  await using remote = await followQuickly(serving.url);
  expect(remote.status).toBe('live');
  expect(remote.store.save()).toEqual(store.save());
  expect(remote.store.version).toEqual(store.version);
  const watcher = remote.store.watch();
  await store.update((tx) => {
    tx.nodes.modify('n1', (draft) => {
      draft.role = 1;
    });
    tx.tasks.create({ id: 't1', nodeId: 'n1' });
  });
  const { value: commit } = await watcher.commits().next();
  expect(commit?.version).toEqual(store.version);
  expect(commit?.events.map(({ action, kind }) => `${action} ${kind}`)).toEqual(['update node', 'create task']);
  expect(commit?.events[0]?.oldObject).toMatchObject({ role: 0 });
  expect(remote.store.save()).toEqual(store.save());
  expect(remote.version).toEqual(store.version);
});

test('[N2] after an interruption the missed commits come one by one', async () => {
  const store = new MemoryStore({ history: 100 });
  const first = await Serving.start(store);
  await using remote = await followQuickly(first.url);
  const { port } = first;
  await first[Symbol.asyncDispose]();
  await untilStatus(remote, 'stale');
  const watcher = remote.store.watch();
  for (const id of ['a', 'b', 'c']) await store.update((tx) => tx.nodes.create({ id }));
  await using _second = await Serving.start(store, {}, port);
  await caughtUp(remote, store);
  const commits = watcher.commits();
  const ids: unknown[] = [];
  for (let n = 0; n < 3; n++) {
    const { value } = await commits.next();
    expect(value?.reset).toBeUndefined();
    ids.push(value?.events[0]?.object.id);
  }
  expect(ids).toEqual(['a', 'b', 'c']);
});

test('[N3] where the store has lost the missed commits, the difference is one commit marked reset', async () => {
  const store = new MemoryStore({ history: 2 });
  const first = await Serving.start(store);
  await using remote = await followQuickly(first.url);
  const { port } = first;
  await first[Symbol.asyncDispose]();
  await untilStatus(remote, 'stale');
  const watcher = remote.store.watch();
  for (const id of ['a', 'b', 'c', 'd']) await store.update((tx) => tx.nodes.create({ id }));
  await using _second = await Serving.start(store, {}, port);
  await caughtUp(remote, store);
  const { value } = await watcher.commits().next();
  expect(value?.reset).toBe(true);
  expect(value?.version).toEqual(store.version);
  expect(value?.events).toHaveLength(4);
  expect(remote.store.save()).toEqual(store.save());
});

test('[N4] a cache follows the copy', async () => {
  const store = new MemoryStore({ history: 100 });
  await using serving = await Serving.start(store);
  await using remote = await followQuickly(serving.url);
  using cache = new LocalCache(remote.store, { tables: ['task'] });
  await store.update((tx) => tx.tasks.create({ id: 't1', slot: 3 }));
  await cache.waitFor(store.version);
  expect(
    cache
      .table('task')
      .find({ slot: 3 })
      .map(({ id }) => id),
  ).toEqual(['t1']);
});

test('[N5] a client without the right is refused, and the error says what to do', async () => {
  const store = new MemoryStore({ history: 100 });
  await using serving = await Serving.start(store, { authorize: ({ header }) => header('x-token') === 'open' });
  const refused = await followQuickly(serving.url).catch((error: unknown) => error);
  expect(isRemoteError(refused, 'ERR_REMOTE_NOT_PERMITTED')).toBe(true);
  await using remote = await followQuickly(serving.url, { headers: () => ({ 'x-token': 'open' }) });
  expect(remote.store.view((tx) => tx.nodes.count(all))).toBe(0);
});
