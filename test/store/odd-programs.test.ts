import { describe, expect, test } from '@jest/globals';
import { MemoryStore, all, byIdPrefix, byName } from 'swarmstate';
import type { Batch, ReadTx, Tx } from 'swarmstate';
import { deferred, drain, ids, nodeIds, rejected, thrown } from '../support/store-helpers.ts';

/** A store with nodes of these ids. */
async function storeOf(...nodes: string[]): Promise<MemoryStore> {
  const store = new MemoryStore();
  await store.update((tx) => nodes.forEach((id) => void tx.nodes.create({ id })));
  return store;
}

/** What is no use to anybody, and throws whatever is asked of it. */
function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe('recipes', () => {
  test('[T17] a recipe may return its draft, or any part of it', async () => {
    const store = new MemoryStore();
    await store.update((tx) => tx.tasks.create({ id: 't1' }));
    const stored = await store.update((tx) => tx.tasks.modify('t1', (draft) => Object.assign(draft, { slot: 3 })));
    expect(stored.slot).toBe(3);
    const again = await store.update((tx) => tx.tasks.modify('t1', (draft) => draft.spec));
    expect(again).toBe(stored);
  });

  test('[T17] a draft is of no use after its recipe, and what it was assigned to is not touched by it', async () => {
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

  test('[T17] parts of one draft assigned to another, and one part at two places', async () => {
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

  test('[T17] what a recipe assigned is read back as it was given, and the store’s own objects stay frozen', async () => {
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
    await store.update((tx) => tx.nodes.create({ id: 'n', role: 1, description: { hostname: 'h' }, meta: { version: { index: 3 } } }));
    const stored = await store.update((tx) =>
      tx.nodes.modify('n', (draft) => {
        for (const key of Object.keys(draft)) if (key !== 'id') Reflect.deleteProperty(draft, key);
      }),
    );
    expect(stored).toMatchObject({ id: 'n', role: 0, meta: { version: { index: 3 } }, spec: { membership: 0 } });
    expect('description' in stored).toBe(false);
  });
});

describe('callbacks', () => {
  test('[T2][T6][T22] anything can be thrown, and comes out as it is', async () => {
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
      for (const outcome of outcomes) expect(outcome.status === 'rejected' && Object.is(outcome.reason, reason)).toBe(true);
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

  test('[T1][T22] a function is a value like any other', async () => {
    const store = new MemoryStore();
    const value = (): number => 1;
    expect(await store.update(() => value)).toBe(value);
    expect(store.view(() => value)).toBe(value);
    expect(store.viewAndWatch(() => value).value).toBe(value);
  });

  test('[T22] a value that throws when it is looked at does not keep a view open', async () => {
    const store = await storeOf('a');
    expect(() => store.view(revoked)).toThrow(TypeError);
    expect(() => store.viewAndWatch(revoked)).toThrow(TypeError);
    await expect(store.update(revoked)).rejects.toThrow(TypeError);
    const thenable = {
      get then(): never {
        throw new Error('mine');
      },
    };
    expect(() => store.view(() => thenable)).toThrow('mine');
    await store.update((tx) => tx.nodes.create({ id: 'b' }));
    expect(store.stats()).toMatchObject({ snapshots: 0, watchers: 0 });
  });

  test('[T23] a view may return any thenable, once it settles the state is let go', async () => {
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

  test('[T8] a Tx of a step is of no use in the next, nor one of a recipe after its callback', async () => {
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

  test('[T11] getters of an input that use the store', async () => {
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

  test('[T12] an input whose getter deletes the object that is updated', async () => {
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
});

describe('views', () => {
  test('[T23][T9] a view inside a view inside an update, each its own state', async () => {
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

  test('[T25] a walk that is abandoned, one that outlives its view, and one that is closed half-way', async () => {
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

  test('[T25] a walk inside a transaction that changes what it walks', async () => {
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

  test('[T24][T30] a snapshot that is opened inside a write callback, a recipe and a batch step sees the state before', async () => {
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

describe('ends', () => {
  test('[T32] closing the store inside a write callback, a view, and while somebody waits', async () => {
    const store = await storeOf('a');
    const watcher = store.watch();
    const closing: Promise<void>[] = [];
    const written = store.update((tx) => {
      closing.push(store.close());
      tx.nodes.create({ id: 'b' });
      return 'written';
    });
    expect(await written).toBe('written');
    await rejected(
      store.update(() => 1),
      'ERR_STORE_CLOSED',
    );
    await rejected(
      store.batch(() => Promise.resolve()),
      'ERR_STORE_CLOSED',
    );
    await rejected(store.restore({}), 'ERR_STORE_CLOSED');
    await Promise.all(closing);
    store.view(() => void closing.push(store.close()));
    await Promise.all(closing);
    expect(nodeIds(store)).toEqual(['a', 'b']);
    expect(await drain(store, watcher)).toEqual(['create node b', 'commit']);
  });

  test('[T31][T32] a batch whose store closes between its steps', async () => {
    const store = await storeOf();
    let kept: Batch | undefined;
    const batch = store.batch(async (running) => {
      kept = running;
      await running.update((tx) => tx.nodes.create({ id: 'a' }));
      const closed = store.close();
      await rejected(
        running.update((tx) => tx.nodes.create({ id: 'b' })),
        'ERR_STORE_CLOSED',
      );
      await closed;
      return 'goes on';
    });
    expect(await batch).toBe('goes on');
    await rejected(kept?.update(() => 1) as Promise<number>, 'ERR_TX_CLOSED');
    expect(nodeIds(store)).toEqual(['a']);
  });

  test('[T7] signals that abort at every moment', async () => {
    const store = await storeOf();
    const reason = new Error('mine');
    await expect(store.update(() => 1, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    // Once its callback runs, a transaction is not stopped any more.
    const controller = new AbortController();
    const during = store.update(
      (tx) => {
        controller.abort(reason);
        tx.nodes.create({ id: 'a' });
      },
      { signal: controller.signal },
    );
    await during;
    // One that has to wait, because it is started while a commit is delivered, and is aborted when its turn has come but it has not run.
    const late = new AbortController();
    const waiting: Promise<unknown>[] = [];
    const check = (): boolean => {
      waiting.push(
        store.update((tx) => tx.nodes.create({ id: 'c' }), { signal: late.signal }),
        store.update((tx) => tx.nodes.create({ id: 'd' })),
      );
      return true;
    };
    const watcher = store.watch({ events: [{ kind: 'node', action: 'delete', check }] });
    const deleting = store.update((tx) => {
      tx.nodes.delete('a');
    });
    expect(waiting).toHaveLength(2);
    late.abort(reason);
    await deleting;
    await expect(waiting[0]).rejects.toBe(reason);
    await waiting[1];
    watcher.close();
    expect(nodeIds(store)).toEqual(['d']);
    await expect(store.update(() => 'free')).resolves.toBe('free');
  });

  test('[T33] handlers that throw, remove themselves, or write', async () => {
    const store = await storeOf('a');
    const told: string[] = [];
    const remove = store.on('closed', () => {
      told.push('first');
      remove();
    });
    store.on('closed', () => {
      void store.update(() => 1).catch((error: unknown) => told.push((error as { code: string }).code));
    });
    store.on('closed', () => told.push('last'));
    await store.close();
    await store.close();
    await Promise.resolve();
    expect(told).toEqual(['first', 'last', 'ERR_STORE_CLOSED']);
  });
});
