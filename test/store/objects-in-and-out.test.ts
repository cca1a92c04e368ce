import { describe, expect, test } from '@jest/globals';
import { MemoryStore, TaskState, all } from 'swarmstate';
import { nodeIds, rejected, storeOf, thrown } from '../support/store-helpers.ts';

describe('objects in and out', () => {
  test('[T10] create copies the caller’s object, and the stored one is deeply frozen', async () => {
    const store = new MemoryStore();
    const input = {
      id: 't1',
      spec: { container: { image: 'app', env: ['A=1'], labels: { tier: 'web' } } },
      desiredState: TaskState.RUNNING,
    };
    const stored = await store.update((tx) => tx.tasks.create(input));
    input.spec.container.env.push('B=2');
    input.spec.container.labels.tier = 'db';
    expect(Object.isFrozen(input.spec)).toBe(false);
    expect(store.view((tx) => tx.tasks.get('t1'))).toBe(stored);
    expect(stored.spec.container?.env).toEqual(['A=1']);
    expect(stored.spec.container?.labels['tier']).toBe('web');
    const assertFrozen = (value: unknown): void => {
      if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
      expect(Object.isFrozen(value)).toBe(true);
      Object.values(value).forEach(assertFrozen);
    };
    assertFrozen(stored);
  });

  test.each([
    ['no id', {}, ['id']],
    ['an empty id', { id: '' }, ['id']],
    ['a wrong type', { id: 't', serviceId: 5 }, ['serviceId']],
    ['an unknown field', { id: 't', service: 'x' }, ['service']],
    ['a field under its wire name', { id: 't', service_id: 'x' }, ['service_id']],
    [
      'a number too large',
      { id: 't', spec: { container: { ulimits: [{ soft: 2 ** 64 }] } } },
      ['spec', 'container', 'ulimits', 0, 'soft'],
    ],
    ['a negative unsigned number', { id: 't', slot: -1 }, ['slot']],
    ['a lone surrogate', { id: 't', annotations: { labels: { a: '\ud800' } } }, ['annotations', 'labels', 'a']],
    ['null', { id: 't', spec: null }, ['spec']],
    ['two members of a oneof', { id: 't', spec: { container: {}, attachment: {} } }, ['spec']],
  ])('[T11] create and update refuse %s with the path of the field', async (_what, input, path) => {
    const store = new MemoryStore();
    const create = await rejected(
      store.update((tx) => tx.tasks.create(input as never)),
      'ERR_INVALID_OBJECT',
    );
    const update = await rejected(
      store.update((tx) => tx.tasks.update(input as never)),
      'ERR_INVALID_OBJECT',
    );
    for (const error of [create, update]) expect((error['path'] as unknown[]).slice(0, path.length)).toEqual(path);
    expect(store.stats().rows.tasks).toBe(0);
  });

  test.each([undefined, null, 'task', 7, []])(
    '[T11] create and update refuse %p in place of an object',
    async (input) => {
      const store = new MemoryStore();
      await rejected(
        store.update((tx) => tx.tasks.create(input as never)),
        'ERR_INVALID_OBJECT',
      );
      await rejected(
        store.update((tx) => tx.tasks.update(input as never)),
        'ERR_INVALID_OBJECT',
      );
    },
  );

  test('[T12] create of an id that exists, and change of one that does not, are refused', async () => {
    const store = new MemoryStore();
    await store.update((tx) => {
      tx.tasks.create({ id: 't1' });
      expect(thrown(() => tx.tasks.create({ id: 't1' }), 'ERR_EXIST')).toMatchObject({ kind: 'task', id: 't1' });
      expect(thrown(() => tx.tasks.update({ id: 't2' }), 'ERR_NOT_EXIST')).toMatchObject({ kind: 'task', id: 't2' });
      thrown(() => tx.tasks.modify('t2', () => undefined), 'ERR_NOT_EXIST');
      thrown(() => {
        tx.tasks.delete('t2');
      }, 'ERR_NOT_EXIST');
    });
  });

  test('[T11] getters of an input may use the store and the transaction', async () => {
    const store = await storeOf('a');
    const seen: unknown[] = [];
    await store.update((tx) => {
      tx.nodes.create({
        get id() {
          seen.push(store.view((view) => view.nodes.count(all)));
          void store.update(() => 1).catch((error: unknown) => seen.push((error as { code: string }).code));
          if (tx.nodes.get('b') === undefined) tx.nodes.create({ id: 'b' });
          return 'c';
        },
      });
    });
    await Promise.resolve();
    expect(nodeIds(store)).toEqual(['a', 'b', 'c']);
    expect(new Set(seen)).toEqual(new Set([1, 'ERR_NESTED_UPDATE']));
  });

  test('[T12] update is ERR_NOT_EXIST when a getter of its input deletes the object', async () => {
    const store = await storeOf('a');
    await store.update((tx) => {
      thrown(
        () =>
          tx.nodes.update({
            id: 'a',
            get role() {
              tx.nodes.delete('a');
              return 1 as const;
            },
          }),
        'ERR_NOT_EXIST',
      );
    });
    expect(nodeIds(store)).toEqual([]);
  });

  test('[T90] an update keeps the equal parts of the stored object', async () => {
    const store = new MemoryStore();
    const spec = { container: { image: 'app', env: ['A=1'] } };
    const stored = await store.update((tx) => tx.tasks.create({ id: 't1', spec, networks: [{ aliases: ['a'] }] }));
    const updated = await store.update((tx) => tx.tasks.update({ id: 't1', spec: structuredClone(spec), slot: 2 }));
    expect(updated).toMatchObject({ slot: 2, networks: [] });
    expect(updated.spec).toBe(stored.spec);
  });
});
