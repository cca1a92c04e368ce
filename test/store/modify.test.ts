import { describe, expect, test } from '@jest/globals';
import { MemoryStore, TaskState } from 'swarmstate';
import { brief, drain, thrown } from '../support/store-helpers.ts';

describe('modify', () => {
  test('[T16] modify stores what the recipe makes, and nothing when nothing differs by value', async () => {
    const store = new MemoryStore();
    const first = await store.update((tx) =>
      tx.tasks.create({ id: 't1', spec: { container: { image: 'a', env: ['X=1'] } } }),
    );
    const watcher = store.watch();
    const second = await store.update((tx) =>
      tx.tasks.modify('t1', (draft) => {
        draft.desiredState = TaskState.RUNNING;
        draft.networks.push({ addresses: ['10.0.0.1'] });
      }),
    );
    expect(second).toMatchObject({
      desiredState: TaskState.RUNNING,
      networks: [{ addresses: ['10.0.0.1'], aliases: [] }],
    });
    expect(second.spec).toBe(first.spec);
    const third = await store.update((tx) =>
      tx.tasks.modify('t1', (draft) => {
        draft.spec = { container: { image: 'a', env: ['X=1'] } };
        draft.networks = [...draft.networks];
        draft.serviceId = 'x';
        draft.serviceId = '';
      }),
    );
    expect(third).toBe(second);
    expect(await drain(store, watcher)).toEqual(['update task t1', 'commit']);
  });

  test('[T17] a recipe’s result is ignored, what it assigns is copied, undefined removes', async () => {
    const store = new MemoryStore();
    await store.update((tx) => tx.tasks.create({ id: 't1', logDriver: { name: 'syslog' } }));
    const mine = { container: { image: 'a', env: ['X=1'] } };
    const stored = await store.update((tx) =>
      tx.tasks.modify('t1', (draft) => {
        draft.spec = mine;
        draft.logDriver = undefined;
        return { id: 'something else' };
      }),
    );
    expect(stored.id).toBe('t1');
    expect('logDriver' in stored).toBe(false);
    expect(Object.isFrozen(mine.container)).toBe(false);
    mine.container.env.push('Y=2');
    expect(stored.spec.container?.env).toEqual(['X=1']);
  });

  test('[T18] a recipe cannot change id or meta, and one that throws leaves nothing', async () => {
    const store = new MemoryStore();
    const stored = await store.update((tx) => tx.tasks.create({ id: 't1', meta: { version: { index: 4 } } }));
    await store.update((tx) => {
      const error = thrown(
        () =>
          tx.tasks.modify('t1', (draft) => {
            draft.id = 't2';
          }),
        'ERR_INVALID_OBJECT',
      );
      expect(error['path']).toEqual(['id']);
      const kept = tx.tasks.modify('t1', (draft) => {
        draft.meta = { version: { index: 9 } };
        draft.slot = 1;
      });
      expect(kept.meta).toBe(stored.meta);
      expect(
        tx.tasks.modify('t1', (draft) => {
          draft.meta.version.index = 12;
        }),
      ).toBe(kept);
      const failure = new Error('mine');
      expect(() =>
        tx.tasks.modify('t1', (draft) => {
          draft.slot = 2;
          throw failure;
        }),
      ).toThrow(failure);
      expect(tx.tasks.get('t1')).toBe(kept);
      thrown(
        () =>
          tx.tasks.modify('t1', (draft) => {
            Object.assign(draft, { nonsense: 1 });
          }),
        'ERR_INVALID_OBJECT',
      );
    });
  });

  test('[T19] an in-place edit of a draft’s bytes never reaches the stored object', async () => {
    const store = new MemoryStore();
    const given = new Uint8Array([1, 2, 3]);
    const stored = await store.update((tx) =>
      tx.secrets.create({ id: 's1', spec: { annotations: { name: 's' }, data: given } }),
    );
    given[0] = 9;
    expect([...stored.spec.data]).toEqual([1, 2, 3]);
    const edited = await store.update((tx) =>
      tx.secrets.modify('s1', (draft) => {
        (draft.spec.data as unknown as Uint8Array)[0] = 7;
        draft.internal = true;
      }),
    );
    expect([...stored.spec.data]).toEqual([1, 2, 3]);
    // The copy was edited, which counts as a replacement.
    expect([...edited.spec.data]).toEqual([7, 2, 3]);
    const untouched = await store.update((tx) => tx.secrets.modify('s1', (draft) => draft.spec.data.length));
    expect(untouched).toBe(edited);
  });

  test('[T16] maps take any key in a recipe', async () => {
    const store = new MemoryStore();
    await store.update((tx) => tx.nodes.create({ id: 'n1' }));
    const stored = await store.update((tx) =>
      tx.nodes.modify('n1', (draft) => {
        draft.spec.annotations.labels['__proto__'] = 'x';
        draft.spec.annotations.labels['constructor'] = 'y';
        draft.spec.annotations.labels[''] = 'z';
      }),
    );
    expect(Object.entries(stored.spec.annotations.labels)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
      ['', 'z'],
    ]);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  test('[T16] a recipe that uses the transaction edits what it was given, and the last writer wins', async () => {
    const store = new MemoryStore();
    const events: string[] = [];
    const watcher = store.watch();
    await store.update((tx) => {
      tx.tasks.create({ id: 't1' });
      tx.tasks.modify('t1', (draft) => {
        tx.tasks.modify('t1', (inner) => {
          inner.slot = 5;
        });
        draft.nodeId = 'n1';
      });
      thrown(
        () =>
          tx.tasks.modify('t1', (draft) => {
            tx.tasks.delete('t1');
            draft.nodeId = 'n2';
          }),
        'ERR_NOT_EXIST',
      );
    });
    await store.close();
    for await (const event of watcher) events.push(brief(event));
    expect(events).toEqual(['create task t1', 'update task t1', 'update task t1', 'delete task t1', 'commit']);
  });
});
