import { describe, expect, jest, test } from '@jest/globals';
import { MemoryStore, all } from 'swarmstate';
import { nodeIds, rejected } from '../support/store-helpers.ts';

describe('the write lock', () => {
  test('[T7] an update whose signal has aborted already rejects with its reason', async () => {
    const store = new MemoryStore();
    const reason = new Error('changed my mind');
    await expect(
      store.update((tx) => tx.nodes.create({ id: 'n1' }), { signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
    expect(nodeIds(store)).toEqual([]);
  });

  test('[T7] an update that is aborted in the write queue rejects, and the others keep their order', async () => {
    const store = new MemoryStore();
    const controller = new AbortController();
    const reason = new Error('changed my mind');
    const watcher = store.watch({
      events: [
        {
          kind: 'node',
          check: () => {
            // A commit is being published: the write lock is held, so these wait.
            if (waiting.length > 0) return false;
            waiting.push(
              store.update((tx) => tx.nodes.create({ id: 'a' }).id),
              store.update((tx) => tx.nodes.create({ id: 'b' }).id, { signal: controller.signal }),
              store.update((tx) => tx.nodes.create({ id: 'c' }).id),
            );
            return false;
          },
        },
      ],
    });
    const waiting: Promise<string>[] = [];
    const first = store.update((tx) => tx.nodes.create({ id: 'n1' }));
    watcher.close();
    // The first of them has the write lock already.
    expect(store.stats().waiting).toBe(2);
    controller.abort(reason);
    await first;
    const outcomes = await Promise.allSettled(waiting);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await expect(waiting[1]).rejects.toBe(reason);
    expect(nodeIds(store)).toEqual(['a', 'c', 'n1']);
  });

  test('[T32] close rejects waiting and later writers, and lets the holder of the write lock finish', async () => {
    const store = new MemoryStore();
    let waiting: Promise<unknown> | undefined;
    let closing: Promise<void> | undefined;
    store.watch({
      events: [
        {
          kind: 'node',
          check: () => {
            waiting ??= store.update((tx) => tx.nodes.create({ id: 'late' }));
            closing ??= store.close();
            return false;
          },
        },
      ],
    });
    const current = store.update((tx) => tx.nodes.create({ id: 'n1' }).id);
    expect(await current).toBe('n1');
    await rejected(waiting as Promise<unknown>, 'ERR_STORE_CLOSED');
    await closing;
    await store.close();
    await rejected(
      store.update(() => 1),
      'ERR_STORE_CLOSED',
    );
    await rejected(
      store.batch(() => Promise.resolve()),
      'ERR_STORE_CLOSED',
    );
    await rejected(store.restore({}), 'ERR_STORE_CLOSED');
    await rejected(store.applyStoreActions([]), 'ERR_STORE_CLOSED');
    expect(store.view((tx) => tx.nodes.count(all))).toBe(1);
  });

  test('[T32] an update that closes the store commits', async () => {
    const store = new MemoryStore();
    let closing: Promise<void> | undefined;
    await store.update((tx) => {
      closing = store.close();
      tx.nodes.create({ id: 'n1' });
    });
    await closing;
    expect(nodeIds(store)).toEqual(['n1']);
  });

  test('[T33] every handler of closed is told, whatever another one throws', async () => {
    const store = new MemoryStore();
    const told: string[] = [];
    const failure = new Error('a handler fails');
    const tasks = jest.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => undefined);
    try {
      store.on('closed', () => {
        throw failure;
      });
      store.on('closed', () => told.push('first'));
      const remove = store.on('closed', () => told.push('removed'));
      remove();
      await store.close();
      await store.close();
      expect(told).toEqual(['first']);
      expect(tasks).toHaveBeenCalledTimes(1);
      expect(tasks.mock.calls[0]?.[0]).toThrow(failure);
    } finally {
      tasks.mockRestore();
    }
  });

  test('[T35] stats gives the age of the oldest open snapshot, and 0 without one', () => {
    let now = 1000;
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => now);
    try {
      const store = new MemoryStore();
      expect(store.stats().oldestSnapshotMs).toBe(0);
      const first = store.snapshot();
      now += 30;
      const second = store.snapshot();
      now += 12;
      expect(store.stats()).toMatchObject({ snapshots: 2, oldestSnapshotMs: 42 });
      first.close();
      expect(store.stats().oldestSnapshotMs).toBe(12);
      second.close();
      expect(store.stats().oldestSnapshotMs).toBe(0);
    } finally {
      clock.mockRestore();
    }
  });

  test('[T35] stats in a callback gives the committed rows, and retains nothing afterwards', async () => {
    const store = new MemoryStore();
    await store.update((tx) => tx.nodes.create({ id: 'n1' }));
    await store.update((tx) => {
      tx.nodes.create({ id: 'n2' });
      expect(store.stats().rows.nodes).toBe(1);
      tx.nodes.delete('n1');
    });
    expect(store.stats()).toMatchObject({ rows: { nodes: 1 }, retainedVersions: 0 });
  });

  test('[T35] stats gives its figures as numbers', async () => {
    const store = new MemoryStore();
    await store.update((tx) => {
      tx.nodes.create({ id: 'n1' });
      tx.tasks.create({ id: 't1' });
      tx.tasks.create({ id: 't2' });
    });
    const snapshot = store.snapshot();
    const watcher = store.watch();
    const selective = store.watch({ events: [{ kind: 'task' }] });
    expect(store.stats()).toMatchObject({
      rows: {
        clusters: 0,
        configs: 0,
        extensions: 0,
        networks: 0,
        nodes: 1,
        resources: 0,
        secrets: 0,
        services: 0,
        tasks: 2,
        volumes: 0,
      },
      snapshots: 1,
      watchers: 2,
      waiting: 0,
      heldMs: 0,
      history: 0,
      groups: 0,
      groupedUpdates: 0,
    });
    snapshot.close();
    watcher.close();
    selective.close();
    selective.close();
    expect(store.stats()).toMatchObject({ snapshots: 0, watchers: 0 });
  });
});
