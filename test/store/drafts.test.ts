import { describe, expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import { rejected } from '../support/store-helpers.ts';

describe('recipes', () => {
  test('[T37] a recipe may return its draft', async () => {
    const store = new MemoryStore();
    await store.update((tx) => tx.tasks.create({ id: 't1' }));
    const stored = await store.update((tx) => tx.tasks.modify('t1', (draft) => Object.assign(draft, { slot: 3 })));
    expect(stored.slot).toBe(3);
  });

  test('[T17] a draft throws after its recipe, and the stored object is not touched by it', async () => {
    const store = new MemoryStore();
    let kept: { slot: number } | undefined;
    const stored = await store.update((tx) => {
      tx.tasks.create({ id: 't1' });
      return tx.tasks.modify('t1', (draft) => {
        kept = draft;
        draft.slot = 1;
      });
    });
    expect(() => {
      (kept as { slot: number }).slot = 2;
    }).toThrow(TypeError);
    expect(store.view((tx) => tx.tasks.get('t1'))).toBe(stored);
  });

  test('[T17] parts of one draft may be assigned to another, and one part to two places', async () => {
    const store = new MemoryStore();
    await store.update((tx) => {
      tx.tasks.create({ id: 'a', spec: { container: { image: 'x', env: ['A=1'] } }, networks: [{ addresses: ['1'] }] });
      tx.tasks.create({ id: 'b' });
      tx.tasks.modify('a', (outer) => {
        outer.spec.container?.env.push('B=2');
        tx.tasks.modify('b', (inner) => {
          inner.spec = outer.spec;
          inner.networks.push(...outer.networks);
        });
        outer.spec.container?.env.push('C=3');
        outer.networks.push(...outer.networks);
      });
    });
    store.view((tx) => {
      expect(tx.tasks.get('a')?.spec.container?.env).toEqual(['A=1', 'B=2', 'C=3']);
      expect(tx.tasks.get('a')?.networks).toHaveLength(2);
      expect(tx.tasks.get('b')?.spec.container?.env).toEqual(['A=1', 'B=2']);
      expect(tx.tasks.get('b')?.networks).toEqual([tx.tasks.get('a')?.networks[0]]);
    });
  });

  test('[T17] a recipe reads what it assigned as it was given, and the store’s own objects stay frozen', async () => {
    const store = new MemoryStore();
    const mine = { container: { image: 'a' } };
    await store.update((tx) => {
      tx.tasks.create({ id: 't1' });
      const service = tx.services.create({ id: 's1', spec: { task: { container: { image: 'b' } } } });
      const stored = tx.tasks.modify('t1', (draft) => {
        draft.spec = mine;
        expect(draft.spec).toBe(mine);
      });
      expect(stored.spec).not.toBe(mine);
      expect(() =>
        tx.tasks.modify('t1', (draft) => {
          draft.spec = service.spec.task;
          draft.spec.forceUpdate += 1;
        }),
      ).toThrow(TypeError);
      expect(tx.tasks.get('t1')).toBe(stored);
      const shared = tx.tasks.modify('t1', (draft) => {
        draft.spec = { ...service.spec.task, forceUpdate: service.spec.task.forceUpdate + 1 };
      });
      expect(shared.spec.container).toBe(service.spec.task.container);
    });
    mine.container.image = 'still mine';
  });

  test('[T17] a recipe that assigns an object that holds itself is refused', async () => {
    const store = new MemoryStore();
    const loop: Record<string, unknown> = {};
    loop['container'] = loop;
    await rejected(
      store.update((tx) => {
        tx.tasks.create({ id: 't1' });
        tx.tasks.modify('t1', (draft) => Object.assign(draft, { spec: loop }));
      }),
      'ERR_INVALID_OBJECT',
    );
  });

  test('[T18] a recipe that deletes everything leaves what cannot be missing', async () => {
    const store = new MemoryStore();
    await store.update((tx) =>
      tx.nodes.create({ id: 'n', role: 1, description: { hostname: 'h' }, meta: { version: { index: 3 } } }),
    );
    const stored = await store.update((tx) =>
      tx.nodes.modify('n', (draft) => {
        for (const key of Object.keys(draft)) if (key !== 'id') Reflect.deleteProperty(draft, key);
      }),
    );
    expect(stored).toMatchObject({ id: 'n', role: 0, meta: { version: { index: 3 } }, spec: { membership: 0 } });
    expect('description' in stored).toBe(false);
  });
});
