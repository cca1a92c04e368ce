import { describe, expect, test } from '@jest/globals';
import { MemoryStore, all } from 'swarmstate';
import type { StoreErrorCode, Tx } from 'swarmstate';
import { LocalCache } from 'swarmstate/cache';
import { updateWithRetry } from 'swarmstate/loops';
import { createStore } from 'swarmstate/kv';
import { StoreSnapshot, Task } from 'swarmstate/proto';
import { defineResource, jsonCodec } from 'swarmstate/resources';
import { rejected, thrown } from '../support/store-helpers.ts';

/** An object, a list or a function that throws a `TypeError` at every look. */
function revoked(target: object): never {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy as never;
}

/** A draft as a program without types may use it. */
interface LooseTask {
  annotations: { labels: unknown };
  networks: unknown[];
  slot: unknown;
  spec: { generic: unknown };
}

test('[T81] an own TypeError of a recipe goes on unchanged', async () => {
  const store = new MemoryStore();
  await store.update((tx) => tx.tasks.create({ id: 't' }));
  const own = new TypeError('mine');
  const recipe = (draft: unknown): never => {
    (draft as LooseTask).slot = 3;
    throw own;
  };
  const unreadable = new Proxy(own, {
    getPrototypeOf: () => {
      throw own;
    },
  });
  const refusing = (): never => {
    throw unreadable;
  };
  const edited = (run: () => void): Promise<unknown> => store.update((tx) => void tx.tasks.modify('t', run));
  await expect(store.update((tx) => void tx.tasks.modify('t', recipe))).rejects.toBe(own);
  await expect(updateWithRetry(store, 'task', 't', recipe)).rejects.toBe(own);
  const [outcome] = await Promise.allSettled([edited(refusing)]);
  expect(outcome.status === 'rejected' && Object.is(outcome.reason, unreadable)).toBe(true);
});

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

  test('[T80] as the result of a callback is ERR_INVALID_OBJECT, and the store goes on', async () => {
    const store = new MemoryStore();
    const create = (id: string) => (tx: Tx) => {
      tx.tasks.create({ id });
      return make();
    };
    thrown(() => store.view(make), 'ERR_INVALID_OBJECT');
    thrown(() => store.viewAndWatch(make), 'ERR_INVALID_OBJECT');
    const error = await rejected(store.update(create('a')), 'ERR_INVALID_OBJECT');
    expect(error).toMatchObject({ messageType: 'callback', path: [], message: expect.stringMatching(/revoked.*copy/) });
    await rejected(store.batch(make), 'ERR_INVALID_OBJECT');
    await store.batch(async (batch) => {
      await rejected(batch.update(create('b')), 'ERR_INVALID_OBJECT');
      await batch.update((tx) => void tx.tasks.create({ id: 'c' }));
    });
    expect(store.view((tx) => tx.tasks.find(all).map(({ id }) => id))).toEqual(['c']);
    expect(store.stats()).toMatchObject({ snapshots: 0, watchers: 0, waiting: 0 });
  });

  test.each<[(string | number)[], (draft: LooseTask) => void]>([
    [['annotations'], (draft) => void (draft.annotations = make())],
    [['annotations', 'labels'], (draft) => void (draft.annotations.labels = make())],
    [['slot'], (draft) => void (draft.slot = make())],
    [['networks', 1], (draft) => void draft.networks.push(make())],
    [['annotations', 'labels'], (draft) => void (draft.annotations = { labels: make() })],
    [['annotations', 'labels', 'a'], (draft) => void (draft.annotations = { labels: { a: make() } })],
    [['spec', 'generic', 'payload'], (draft) => void (draft.spec.generic = { payload: make() })],
  ])('[T81] assigned to a draft is ERR_INVALID_OBJECT with the path %j', async (path, recipe) => {
    const store = new MemoryStore();
    const before = await store.update((tx) => tx.tasks.create({ id: 't', networks: [{}] }));
    const edit = (draft: unknown): void => {
      recipe(draft as LooseTask);
    };
    const calls = [
      () => store.update((tx) => void tx.tasks.modify('t', edit)),
      () => updateWithRetry(store, 'task', 't', edit),
      () => updateWithRetry(store, 'task', 't', async (draft) => edit(await Promise.resolve(draft))),
    ];
    for (const call of calls) expect(await rejected(call(), 'ERR_INVALID_OBJECT')).toMatchObject({ path });
    expect(store.view((tx) => tx.tasks.get('t'))).toBe(before);
  });

  test('[T81] a recipe that catches the TypeError, and assigns a good value, is a recipe like any other', async () => {
    const store = new MemoryStore();
    await store.update((tx) => tx.tasks.create({ id: 't' }));
    const edit = (good: boolean) => (draft: unknown) => {
      expect(() => ((draft as LooseTask).slot = make())).toThrow(TypeError);
      if (good) (draft as LooseTask).slot = 3;
    };
    await rejected(
      store.update((tx) => void tx.tasks.modify('t', edit(false))),
      'ERR_INVALID_OBJECT',
    );
    const { slot } = await store.update((tx) => tx.tasks.modify('t', edit(true)));
    expect(slot).toBe(3);
  });

  test('[T81] in the value of a typed resource is ERR_INVALID_OBJECT', async () => {
    const store = new MemoryStore();
    const marks = defineResource<{ part: unknown }>({ kind: 'mark', codec: jsonCodec() });
    await store.update((tx) => {
      marks.register(tx);
      marks.table(tx).create({ id: 'm', value: { part: [] } });
    });
    const calls: ((tx: Tx) => unknown)[] = [
      (tx) => marks.table(tx).create({ id: 'n', value: { part: make() } }),
      (tx) => marks.table(tx).modify('m', (value) => void (value.part = make())),
      (tx) => marks.table(tx).modify('m', (value) => void (value.part = [make()])),
      (tx) => marks.table(tx).modify('m', () => ({ part: make() })),
    ];
    for (const call of calls)
      await rejected(
        store.update((tx) => void call(tx)),
        'ERR_INVALID_OBJECT',
      );
    expect(store.view((tx) => marks.table(tx).get('m'))).toMatchObject({ value: { part: [] } });
  });

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
