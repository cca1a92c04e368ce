import { describe, expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import type { StoreErrorCode, Tx } from 'swarmstate';
import { LocalCache } from 'swarmstate/cache';
import { createStore } from 'swarmstate/kv';
import { StoreSnapshot, Task } from 'swarmstate/proto';
import { rejected, thrown } from '../support/store-helpers.ts';

/** An object, a list or a function that throws a `TypeError` at every look. */
function revoked(target: object): never {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy as never;
}

describe.each([
  ['object', () => revoked({})],
  ['list', () => revoked([])],
  ['function', () => revoked(() => 1)],
] as const)('a revoked %s', (_name, make) => {
  const refusedWrite = async (code: StoreErrorCode, work: (tx: Tx) => unknown): Promise<void> => {
    const store = new MemoryStore();
    await store.update((tx) => tx.tasks.create({ id: 't' }));
    await rejected(
      store.update((tx) => void work(tx)),
      code,
    );
  };

  test.each<[StoreErrorCode, (tx: Tx) => unknown]>([
    ['ERR_INVALID_OBJECT', (tx) => tx.tasks.create(make())],
    ['ERR_INVALID_OBJECT', (tx) => tx.tasks.create({ id: 'x', spec: make() })],
    ['ERR_INVALID_OBJECT', (tx) => tx.tasks.create({ id: 'x', networks: make() })],
    ['ERR_INVALID_OBJECT', (tx) => tx.tasks.create({ id: 'x', networks: [make()] })],
    ['ERR_INVALID_OBJECT', (tx) => tx.tasks.create({ id: 'x', annotations: { labels: make() } })],
    ['ERR_INVALID_OBJECT', (tx) => tx.tasks.update(make())],
    ['ERR_NOT_EXIST', (tx) => tx.tasks.delete(make())],
    ['ERR_INVALID_OBJECT', (tx) => tx.tasks.modify('t', make)],
    ['ERR_INVALID_OBJECT', (tx) => tx.tasks.modify('t', () => ({ id: 't', spec: make() }))],
    ['ERR_INVALID_OBJECT', (tx) => tx.tasks.modify('t', () => ({ id: 't', networks: [make()] }))],
  ])('[O7] [T12] [T37] in a write is %s (case %#)', refusedWrite);

  test('[O7] [O19] in a codec is ERR_INVALID_OBJECT', () => {
    const calls: (() => unknown)[] = [
      () => Task.from(make()),
      () => Task.encode(make()),
      () => Task.toJson(make()),
      () => Task.fromJson(make()),
      () => Task.fromJson({ spec: make() }),
      () => Task.fromJson({ networks: make() }),
      () => Task.fromJson({ spec: { generic: { payload: make() } } }),
      () => Task.toJson(Task.from({}), make()),
      () => StoreSnapshot.from({ tasks: make() }),
    ];
    for (const call of calls) thrown(call, 'ERR_INVALID_OBJECT');
  });

  test('[S34] [S39] as a source, contents, a commit, options or a proposer is ERR_INVALID_OBJECT', async () => {
    const store = new MemoryStore();
    await rejected(store.restoreFrom(make()), 'ERR_INVALID_OBJECT');
    await rejected(store.restoreFrom([], make()), 'ERR_INVALID_OBJECT');
    await rejected(store.restore(make()), 'ERR_INVALID_OBJECT');
    await rejected(store.apply(make()), 'ERR_INVALID_OBJECT');
    await rejected(store.apply({ events: make() }), 'ERR_INVALID_OBJECT');
    await rejected(
      store.update(() => 1, make()),
      'ERR_INVALID_OBJECT',
    );
    thrown(() => new MemoryStore(make()), 'ERR_INVALID_OBJECT');
    thrown(() => new MemoryStore({ proposer: make() }), 'ERR_INVALID_OBJECT');
  });

  test('[W22] [W35] in the options of a watch is refused', () => {
    const store = new MemoryStore();
    thrown(() => store.watch(make()), 'ERR_INVALID_OBJECT');
    thrown(() => store.watch({ signal: make() }), 'ERR_INVALID_OBJECT');
    thrown(() => store.watch({ events: make() }), 'ERR_INVALID_FIND_BY');
    thrown(() => store.watch({ events: [make()] }), 'ERR_INVALID_FIND_BY');
    thrown(() => store.watch({ events: [{ kind: 'task', by: make() }] }), 'ERR_INVALID_FIND_BY');
    expect(store.stats().watchers).toBe(0);
  });

  test('[Y39] [Y44] in a cache, its queries and its options is refused', () => {
    thrown(() => new LocalCache(make()), 'ERR_INVALID_OBJECT');
    const store = new MemoryStore();
    thrown(() => new LocalCache(store, make()), 'ERR_INVALID_OBJECT');
    const cache = new LocalCache(store);
    const tasks = cache.table('task');
    const queries = [
      make(),
      { nodeId: make() },
      { nodeId: { $eq: make() } },
      { nodeId: { $in: make() } },
      { nodeId: { $in: [make()] } },
      { nodeId: { $regex: make() } },
      { slot: { $between: make() } },
      { $and: make() },
      { $or: [make()] },
    ];
    for (const query of queries) thrown(() => tasks.find(query), 'ERR_INVALID_FIND_BY');
    thrown(() => tasks.find({}, make()), 'ERR_INVALID_OBJECT');
    thrown(() => tasks.find({}, { sort: make() }), 'ERR_INVALID_OBJECT');
    thrown(() => tasks.find({}, { sort: [make()] }), 'ERR_INVALID_OBJECT');
    cache.close();
  });

  test('[Q18] in the arguments of createStore is ERR_KV_INVALID_ARGUMENT', async () => {
    const refusal = { name: 'KvError', code: 'ERR_KV_INVALID_ARGUMENT' };
    await expect(createStore('memory', make())).rejects.toMatchObject(refusal);
    await expect(createStore('memory', [], make())).rejects.toMatchObject(refusal);
  });
});
