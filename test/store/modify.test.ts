import { describe, expect, test } from '@jest/globals';
import { MemoryStore, TaskState } from 'swarmstate';
import type { Task, TaskDraft } from 'swarmstate';
import { brief, drain, rejected, thrown } from '../support/store-helpers.ts';

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

  test('[T17] what a recipe assigns is copied, undefined removes', async () => {
    const store = new MemoryStore();
    await store.update((tx) => tx.tasks.create({ id: 't1', logDriver: { name: 'syslog' } }));
    const mine = { container: { image: 'a', env: ['X=1'] } };
    const stored = await store.update((tx) =>
      tx.tasks.modify('t1', (draft) => {
        draft.spec = mine;
        draft.logDriver = undefined;
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
    const untouched = await store.update((tx) =>
      tx.secrets.modify('s1', (draft) => expect(draft.spec.data).toHaveLength(3)),
    );
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

  test('[T37] an object that a recipe returns is the new object, checked as an update', async () => {
    const store = new MemoryStore({ history: 10 });
    const watcher = store.watch();
    const meta = await store.update((tx) => {
      return tx.tasks.create({ id: 't1', slot: 1, spec: { container: { image: 'a', env: ['X=1'] } } }).meta;
    });
    const mine = Object.freeze({ id: 't1', slot: 3, networks: [{ addresses: ['10.0.0.1'] }] });
    await store.update((tx) => {
      const tasks = tx.tasks;
      const spread = tasks.modify('t1', (draft) => ({ ...draft, slot: 2, networks: [...draft.networks, {}] }));
      expect(spread).toMatchObject({
        slot: 2,
        networks: [{ aliases: [] }],
        spec: { container: { env: ['X=1'] } },
        meta,
      });
      // A result without a change is the stored object itself.
      expect(tasks.modify('t1', (draft) => ({ ...draft }))).toBe(spread);
      expect(tasks.modify('t1', (draft) => draft)).toBe(spread);
      expect(tasks.modify('t1', () => spread)).toBe(spread);
      const parts = tasks.modify('t1', ({ spec, id }) => Object.freeze({ id, spec: Object.freeze({ ...spec }) }));
      expect(parts).toMatchObject({ slot: 0, networks: [], spec: { container: { env: ['X=1'] } } });
      const whole = tasks.modify('t1', () => mine);
      expect(whole).toMatchObject({ slot: 3, spec: {} });
      expect(Object.isFrozen(mine.networks)).toBe(false);
      expect(whole.meta.version).toEqual(meta.version);
      tasks.modify('t1', (draft) => {
        draft.slot = 4;
        return draft;
      });
    });
    await store.close();
    const told: string[] = [];
    for await (const event of watcher)
      told.push(event.action === 'update' ? `slot ${(event.object as Task).slot}` : event.action);
    expect(told).toEqual(['create', 'commit', 'slot 2', 'slot 0', 'slot 3', 'slot 4', 'commit']);
  });

  test.each([
    ['a number', () => 5],
    ['null', () => null],
    ['a list', () => []],
    ['a text', () => 'x'],
    ['an object without an id', () => ({ slot: 1 })],
    ['an object of another id', () => ({ id: 't2' })],
    ['a part of the draft', (draft: TaskDraft) => draft.spec],
    ['a member that tasks do not have', (draft: TaskDraft) => ({ ...draft, nonsense: 1 })],
    [
      'an object besides a changed draft',
      (draft: TaskDraft) => {
        draft.slot = 2;
        return { ...draft };
      },
    ],
    ['an assigned value besides a changed draft', (draft: TaskDraft) => (draft.slot = 2)],
  ])('[T37] a recipe that returns %s is refused, and changes nothing', async (_what, recipe) => {
    const store = new MemoryStore();
    const stored = await store.update((tx) => tx.tasks.create({ id: 't1', slot: 1 }));
    await store.update((tx) => {
      thrown(() => tx.tasks.modify('t1', recipe as () => void), 'ERR_INVALID_OBJECT');
    });
    expect(store.view((tx) => tx.tasks.get('t1'))).toBe(stored);
  });

  test('[T38] a recipe that writes its own object by the transaction is refused, and changes nothing', async () => {
    const store = new MemoryStore();
    const events: string[] = [];
    const watcher = store.watch();
    await store.update((tx) => {
      for (const id of ['t1', 't2']) tx.tasks.create({ id });
      const writes = [
        () => tx.tasks.modify('t1', (inner) => void (inner.slot = 5)),
        () => tx.tasks.update({ id: 't1', slot: 5 }),
        () => tx.tasks.delete('t1'),
        () => tx.tasks.create({ id: 't1' }),
        () => tx.table('task').modify('t1', () => undefined),
      ];
      for (const write of writes) {
        const recipe = (draft: TaskDraft): void => {
          draft.nodeId = 'n1';
          write();
        };
        expect(thrown(() => tx.tasks.modify('t1', recipe), 'ERR_NESTED_UPDATE').message).toContain('task t1');
        // A recipe inside the recipe of another object, too.
        thrown(() => tx.tasks.modify('t1', () => void tx.tasks.modify('t2', recipe)), 'ERR_NESTED_UPDATE');
      }
      // Other objects may be written, and afterwards the object itself.
      tx.tasks.modify('t1', (draft) => {
        tx.tasks.modify('t2', (other) => void (other.slot = 1));
        tx.tasks.update({ id: 't2', slot: 2 });
        tx.nodes.create({ id: 't1' });
        draft.slot = 3;
      });
      tx.tasks.delete('t1');
    });
    await store.close();
    for await (const event of watcher) events.push(brief(event));
    expect(events.slice(2)).toEqual([
      'update task t2',
      'update task t2',
      'create node t1',
      'update task t1',
      'delete task t1',
      'commit',
    ]);
  });

  test('[T38] the same is refused where the recipe is the first use of the transaction', async () => {
    const store = new MemoryStore();
    await store.update((tx) => tx.tasks.create({ id: 't1' }));
    const failing = store.update((tx) =>
      tx.tasks.modify('t1', () => void tx.tasks.modify('t1', (inner) => void (inner.slot = 5))),
    );
    await rejected(failing, 'ERR_NESTED_UPDATE');
  });
});
