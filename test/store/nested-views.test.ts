import { describe, expect, test } from '@jest/globals';
import { all, byIdPrefix, byName } from 'swarmstate';
import type { ReadTx } from 'swarmstate';
import { ids, nodeIds, storeOf, thrown } from '../support/store-helpers.ts';

describe('views', () => {
  test('[T23][T9] a view inside an update inside a view: each has its own state', async () => {
    const store = await storeOf('a');
    const write = store.view((outer) => {
      const done = store.update((tx) => {
        tx.nodes.create({ id: 'b' });
        store.view((inner) => {
          tx.nodes.create({ id: 'c' });
          expect(ids(inner.nodes.find(all))).toEqual(['a']);
          expect(ids(outer.nodes.find(all))).toEqual(['a']);
          expect(ids(tx.nodes.find(all))).toEqual(['a', 'b', 'c']);
        });
      });
      expect(ids(outer.nodes.find(all))).toEqual(['a']);
      expect(nodeIds(store)).toEqual(['a', 'b', 'c']);
      return { done };
    });
    await write.done;
    expect(store.stats().snapshots).toBe(0);
  });

  test.each(['inner', 'outer'])(
    '[T23] a write that the %s of two nested views starts is seen by neither',
    async (where) => {
      const store = await storeOf('a');
      let writing: Promise<unknown> | undefined;
      const write = (): void => {
        writing = store.update((tx) => tx.nodes.create({ id: 'b' }));
      };
      store.view((outer) => {
        store.view((inner) => {
          if (where === 'inner') write();
          else outer.nodes.find(all).forEach(write);
          expect(nodeIds(store)).toEqual(['a', 'b']);
          expect(ids(inner.nodes.find(all))).toEqual(['a']);
          expect(ids(outer.nodes.find(all))).toEqual(['a']);
          expect(outer.nodes.get('b')).toBeUndefined();
        });
        expect(ids(outer.nodes.find(all))).toEqual(['a']);
        expect(outer.nodes.count(all)).toBe(1);
      });
      await writing;
      expect(store.stats()).toMatchObject({ snapshots: 0, retainedVersions: 0 });
    },
  );

  test('[T25] a walk may be abandoned, and throws ERR_TX_CLOSED once its view or snapshot has ended', async () => {
    const store = await storeOf('a', 'b', 'c');
    for (const node of store.view((tx) => [...tx.nodes.iterate(all)]).slice(0, 1)) expect(node.id).toBe('a');
    store.view((tx) => {
      for (const node of tx.nodes.iterate(byIdPrefix(''))) if (node.id === 'b') break;
    });
    expect(store.stats().snapshots).toBe(0);
    const walk = store.view((tx) => tx.nodes.iterate(all));
    thrown(() => walk.next(), 'ERR_TX_CLOSED');
    const snapshot = store.snapshot();
    const half = snapshot.nodes.iterate(all);
    expect(half.next().value?.id).toBe('a');
    await store.update((tx) => {
      tx.nodes.delete('b');
      tx.nodes.create({ id: 'aa' });
    });
    expect(half.next().value?.id).toBe('b');
    snapshot.close();
    thrown(() => half.next(), 'ERR_TX_CLOSED');
    expect(half.next()).toEqual({ done: true, value: undefined });
    thrown(() => snapshot.nodes.iterate(all), 'ERR_TX_CLOSED');
    thrown(() => store.save(snapshot), 'ERR_TX_CLOSED');
  });

  test('[T25] a transaction may change the rows that it walks over', async () => {
    const store = await storeOf('a', 'b', 'c');
    await store.update((tx) => {
      for (const node of tx.nodes.iterate(all)) {
        tx.nodes.delete(node.id);
        tx.nodes.create({ id: `${node.id}${node.id}`, description: { hostname: 'h' } });
      }
      for (const node of tx.nodes.iterate(byName('h'))) tx.nodes.modify(node.id, (draft) => void (draft.role = 1));
    });
    expect(nodeIds(store)).toEqual(['aa', 'bb', 'cc']);
  });

  test('[T24][T30] a snapshot opened inside a batch, a batch step or a recipe sees the state before', async () => {
    const store = await storeOf('a');
    const snapshots: ReadTx[] = [];
    await store.batch(async (batch) => {
      await batch.update((tx) => void tx.nodes.create({ id: 'b' }));
      snapshots.push(store.snapshot());
      await batch.update((tx) => {
        snapshots.push(store.snapshot());
        tx.nodes.modify('b', () => void snapshots.push(store.snapshot()));
      });
    });
    expect(nodeIds(store)).toEqual(['a', 'b']);
    expect(snapshots.map((snapshot) => ids(snapshot.nodes.find(all)))).toEqual([['a'], ['a'], ['a']]);
  });
});
