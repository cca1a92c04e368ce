import { describe, expect, test } from '@jest/globals';
import type { Batch } from 'swarmstate';
import { drain, nodeIds, rejected, storeOf } from '../support/store-helpers.ts';

describe('ends', () => {
  test('[T32] the store may be closed inside a write callback, inside a view, and while writers wait', async () => {
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

  test('[T31][T32] a batch whose store closes between its steps rejects the next step and goes on', async () => {
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

  test('[T7] an update heeds its signal until its callback runs, and not after', async () => {
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
    // An update that is started while a commit is delivered has to wait. This one is aborted when it has the write lock
    // but has not run.
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

  test('[T33] handlers of closed may remove themselves, or write, and the others are told', async () => {
    const store = await storeOf('a');
    const told: string[] = [];
    const remove = store.on('closed', () => {
      told.push('first');
      remove();
    });
    let refused: Promise<unknown> | undefined;
    store.on('closed', () => {
      refused = store.update(() => 1).catch((error: unknown) => told.push((error as { code: string }).code));
    });
    store.on('closed', () => told.push('last'));
    await store.close();
    await store.close();
    await refused;
    expect(told).toEqual(['first', 'last', 'ERR_STORE_CLOSED']);
  });
});
