import { describe, expect, test } from '@jest/globals';
import { MemoryStore, all } from 'swarmstate';
import type { Tx } from 'swarmstate';
import { deferred, ids, nodeIds, storeOf, thrown } from '../support/store-helpers.ts';

/** An object that throws on every access. */
function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe('callbacks', () => {
  test('[T2][T6][T22] a callback may throw any value, and callers get that very value', async () => {
    const store = await storeOf('a');
    for (const reason of [undefined, null, 0, '', Symbol('s'), revoked()]) {
      const fail = (): never => {
        throw reason;
      };
      const outcomes = await Promise.allSettled([
        store.update(fail),
        store.batch(fail),
        store.batch((batch) => batch.update(fail)),
        store.update((tx) => void tx.nodes.modify('a', fail)),
      ]);
      for (const outcome of outcomes)
        expect(outcome.status === 'rejected' && Object.is(outcome.reason, reason)).toBe(true);
      for (const call of [() => store.view(fail), () => store.viewAndWatch(fail)]) {
        let caught: unknown = 'nothing';
        try {
          call();
        } catch (error) {
          caught = error;
        }
        expect(Object.is(caught, reason)).toBe(true);
      }
    }
    await store.update((tx) => tx.nodes.create({ id: 'b' }));
    expect(nodeIds(store)).toEqual(['a', 'b']);
    expect(store.stats()).toMatchObject({ snapshots: 0, watchers: 0, waiting: 0 });
  });

  test('[T1][T22] a callback may return a function, as any other value', async () => {
    const store = new MemoryStore();
    const value = (): number => 1;
    expect(await store.update(() => value)).toBe(value);
    expect(store.view(() => value)).toBe(value);
    expect(store.viewAndWatch(() => value).value).toBe(value);
  });

  test('[T22] a value that throws when it is looked at does not keep a view open', async () => {
    const store = await storeOf('a');
    const thenable = {
      get then(): never {
        throw new Error('mine');
      },
    };
    expect(() => store.view(() => thenable)).toThrow('mine');
    expect(() => store.viewAndWatch(() => thenable as never)).toThrow('mine');
    await expect(store.update(() => thenable as never)).rejects.toThrow('mine');
    await store.update((tx) => tx.nodes.create({ id: 'b' }));
    expect(store.stats()).toMatchObject({ snapshots: 0, watchers: 0 });
  });

  test('[T23] a view may return any thenable, and lets go of its state once that settles', async () => {
    const store = await storeOf('a');
    const settled = deferred();
    const result = store.view(() => ({
      then: (done: () => void): void => {
        void settled.promise.then(done);
      },
    }));
    expect(store.stats().snapshots).toBe(1);
    settled.resolve();
    await result;
    expect(store.stats().snapshots).toBe(0);
    const failing = {
      then: (): never => {
        throw new Error('mine');
      },
    };
    expect(store.view(() => failing)).toBe(failing);
    await Promise.resolve();
    await Promise.resolve();
    expect(store.stats().snapshots).toBe(0);
  });

  test('[T9] the transactions of two stores do not mix', async () => {
    const one = await storeOf('a');
    const other = await storeOf('b');
    await one.update((tx) => {
      const inner = other.update((otherTx) => {
        otherTx.nodes.create({ id: 'c' });
        tx.nodes.create({ id: 'd' });
        expect(ids(otherTx.nodes.find(all))).toEqual(['b', 'c']);
        expect(other.save(tx).nodes).toHaveLength(2);
      });
      expect(nodeIds(other)).toEqual(['b', 'c']);
      return void inner;
    });
    expect(nodeIds(one)).toEqual(['a', 'd']);
  });

  test('[T8] a Tx throws ERR_TX_CLOSED in the next batch step, and its table after the callback', async () => {
    const store = await storeOf('a');
    const kept: Tx[] = [];
    await store.batch(async (batch) => {
      await batch.update((tx) => void kept.push(tx));
      await batch.update(() => {
        thrown(() => kept[0]?.nodes.create({ id: 'b' }), 'ERR_TX_CLOSED');
      });
    });
    const table = await store.update((tx) => ({ table: tx.nodes }));
    thrown(() => table.table.get('a'), 'ERR_TX_CLOSED');
    expect(nodeIds(store)).toEqual(['a']);
  });
});
