/**
 * Uses a part of every entry that needs no server. `entries` has the entries as they were loaded: by `import`, by
 * `require`, by a test runner. Throws when something is not as it should be.
 */
const assert = require('node:assert/strict');
const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

module.exports = async function scenario({ main, proto, cache, files, kv, loops, resources, testing }) {
  const { MemoryStore, StoreError, TaskState, byNodeId, isStoreError, newId } = main;
  const store = new MemoryStore({ history: 100 });
  const watcher = store.watch({ events: [{ kind: 'task', by: byNodeId('node-1') }] });
  const recorder = testing.recordEvents(store);
  const local = new cache.LocalCache(store, { tables: ['task'] });

  const task = await store.update((tx) => tx.tasks.create({ id: newId(), nodeId: 'node-1' }));
  await store.update((tx) =>
    tx.tasks.modify(task.id, (draft) => {
      draft.status.state = TaskState.RUNNING;
    }),
  );
  assert.equal(
    store.view((tx) => tx.tasks.count(byNodeId('node-1'))),
    1,
  );
  await assert.rejects(
    store.update((tx) => tx.tasks.create({ id: task.id })),
    (error) => error instanceof StoreError && isStoreError(error, 'ERR_EXIST'),
  );
  await local.waitFor(store.version);
  assert.equal(local.table('task').find({ 'status.state': TaskState.RUNNING }).length, 1);
  await recorder.settle();
  recorder.assertComplete();
  recorder.close();

  const backups = resources.defineResource({
    kind: 'backup',
    codec: {
      encode: ({ bucket }) => new TextEncoder().encode(JSON.stringify({ bucket })),
      decode: (bytes) => JSON.parse(new TextDecoder().decode(bytes)),
    },
  });
  await store.update((tx) => {
    backups.register(tx);
    backups.table(tx).create({ id: 'b1', annotations: { name: 'nightly' }, value: { bucket: 'b' } });
  });

  const bytes = proto.StoreSnapshot.encode(store.save());
  const folder = mkdtempSync(join(tmpdir(), 'swarmstate-smoke-'));
  try {
    const path = join(folder, 'cluster.snapshot');
    await files.saveToFile(store, path);
    const fromFile = new MemoryStore();
    await files.restoreFromFile(fromFile, path);
    assert.deepEqual(proto.StoreSnapshot.encode(fromFile.save()), bytes);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const { readable, writable } = new TransformStream();
  const fromStream = new MemoryStore();
  await Promise.all([store.saveTo(writable), fromStream.restoreFrom(readable)]);
  assert.deepEqual(proto.StoreSnapshot.encode(fromStream.save()), bytes);
  const json = JSON.stringify(proto.Task.toJson(store.save().tasks[0]));
  assert.deepEqual(proto.Task.encode(proto.Task.fromJson(JSON.parse(json))), proto.Task.encode(store.save().tasks[0]));

  const queue = new loops.WorkQueue();
  queue.add('a');
  const worked = [];
  const work = (key) => {
    worked.push(key);
    queue.close();
  };
  await queue.run(work, { onError: assert.fail });
  assert.deepEqual(worked, ['a']);

  const machines = await kv.createStore('memory');
  await machines.put('machines/a', Uint8Array.of(1));
  assert.equal((await machines.list('machines')).length, 1);
  await machines.close();

  local.close();
  await store.close();
  const actions = [];
  for await (const { action } of watcher) actions.push(action);
  assert.deepEqual(actions, ['create', 'update']);
};
