import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { all } from 'swarmstate';
import { KvError } from 'swarmstate/kv';
import { Cluster, HookedKv, hashOf, isAppend, noAnswer, until } from './cluster.ts';

let cluster: Cluster;

beforeEach(async () => {
  cluster = await Cluster.start();
});

afterEach(() => cluster.end());

/** Fails the next appends: each answer is given by one function, then they pass. */
function failing(hooked: HookedKv, ...fail: ((go: () => Promise<unknown>) => Promise<never>)[]): void {
  hooked.hook = (sent) => {
    if (!isAppend(sent)) return undefined;
    const next = fail.shift();
    return next?.(sent.go);
  };
}

describe('an append without an answer', () => {
  test('[J7] a create that never arrived is sent again, and the update is committed once', async () => {
    const hooked = new HookedKv(cluster.inner);
    const store = await cluster.open({}, hooked.kv);
    failing(
      hooked,
      () => Promise.reject(noAnswer()),
      () => Promise.reject(noAnswer()),
    );
    await store.update((tx) => tx.nodes.create({ id: 'n' }));
    expect(store.version).toEqual({ index: 1 });
    expect(store.member).toMatchObject({ repeats: 2, committed: 1, foundOwn: 0 });
  });

  test('[J8] a create that arrived is found by its id, and its callback runs once', async () => {
    const hooked = new HookedKv(cluster.inner);
    const store = await cluster.open({}, hooked.kv);
    const other = await cluster.open();
    failing(hooked, async (go) => {
      await go();
      throw noAnswer();
    });
    let runs = 0;
    await store.update((tx) => {
      runs += 1;
      return tx.nodes.create({ id: `n${runs}` });
    });
    expect(runs).toBe(1);
    expect(store.member).toMatchObject({ foundOwn: 1, committed: 1, conflicts: 0 });
    await other.barrier();
    expect(other.view((tx) => tx.nodes.find(all).map(({ id }) => id))).toEqual(['n1']);
  });

  test('[J8] a retry that the client hides meets the entry of the first attempt, which is no conflict', async () => {
    const hooked = new HookedKv(cluster.inner);
    const store = await cluster.open({}, hooked.kv);
    // The client sends twice by itself, and gives the answer of the second attempt.
    hooked.hook = (sent) => (isAppend(sent) ? sent.go().then(sent.go) : undefined);
    let runs = 0;
    for (let i = 0; i < 5; i += 1) {
      await store.update((tx) => {
        runs += 1;
        return tx.nodes.create({ id: `n${i}` });
      });
    }
    expect(runs).toBe(5);
    expect(store.version).toEqual({ index: 5 });
    expect(store.member).toMatchObject({ foundOwn: 5, conflicts: 0, repeated: 0 });
  });

  test('[J7] a create that arrives late, after another member took the slot, is lost and has no effect', async () => {
    const hooked = new HookedKv(cluster.inner);
    const store = await cluster.open({ pollMs: 3_600_000 }, hooked.kv);
    const other = await cluster.open();
    let late: (() => Promise<unknown>) | undefined;
    failing(hooked, async (go) => {
      late = go;
      await other.update((tx) => tx.nodes.create({ id: 'theirs' }));
      throw noAnswer();
    });
    await store.update((tx) => tx.nodes.create({ id: 'ours' }));
    await expect(late?.()).rejects.toMatchObject({ code: 'ERR_KV_KEY_EXISTS' });
    await other.barrier();
    expect(hashOf(other)).toBe(hashOf(store));
    expect(store.version).toEqual({ index: 2 });
    expect(store.member.conflicts).toBe(1);
  });

  test('[J9] a create that arrives after its slot was trimmed is refused', async () => {
    const hooked = new HookedKv(cluster.inner);
    const store = await cluster.open({}, hooked.kv);
    const other = await cluster.open({ snapshotEvery: 5, keepEntries: 1 });
    let late: (() => Promise<unknown>) | undefined;
    let before = 0;
    failing(hooked, async (go) => {
      late = go;
      for (let i = 0; i < 20; i += 1) await other.update((tx) => tx.nodes.create({ id: `n${i}` }));
      await until(() => other.member.floor > 3);
      before = other.member.slot;
      throw noAnswer();
    });
    await store.update((tx) => tx.nodes.create({ id: 'ours' }));
    await expect(late?.()).rejects.toMatchObject({ code: 'ERR_KV_KEY_NOT_FOUND' });
    expect(before).toBe(20);
    await other.barrier();
    expect(hashOf(other)).toBe(hashOf(store));
    expect(store.version).toEqual({ index: 21 });
  });
});

describe('a slot that was trimmed before it was settled', () => {
  test('[J10] the snapshot’s table says that the entry is committed: the update resolves before the load', async () => {
    const hooked = new HookedKv(cluster.inner);
    const store = await cluster.open({ pollMs: 3_600_000 }, hooked.kv);
    const other = await cluster.open({ snapshotEvery: 5, keepEntries: 1 });
    const resets: unknown[] = [];
    store.on('reset', (event) => resets.push(event));
    failing(hooked, async (go) => {
      await go();
      // This member sees nothing of it: it is paused.
      for (let i = 0; i < 20; i += 1) await other.update((tx) => tx.nodes.create({ id: `n${i}` }));
      await until(() => other.member.floor > 3);
      throw noAnswer();
    });
    // The feed tells this member's own entry, which its answer has to settle.
    let runs = 0;
    await store.update((tx) => {
      runs += 1;
      return tx.nodes.create({ id: 'ours' });
    });
    expect(runs).toBe(1);
    await store.barrier();
    expect(hashOf(store)).toBe(hashOf(other));
    expect(store.version).toEqual({ index: 21 });
    expect(store.member).toMatchObject({ settledByTable: 1, committed: 1, conflicts: 0, loads: 1 });
    expect(resets).toEqual([{ version: { index: expect.any(Number) } }]);
  });

  test('[J10] the table does not have the entry: the callback runs again on the contents of the snapshot', async () => {
    const hooked = new HookedKv(cluster.inner);
    const store = await cluster.open({ pollMs: 3_600_000 }, hooked.kv);
    const other = await cluster.open({ snapshotEvery: 5, keepEntries: 1 });
    failing(hooked, async () => {
      for (let i = 0; i < 20; i += 1) await other.update((tx) => tx.nodes.create({ id: `n${i}` }));
      await until(() => other.member.floor > 3);
      throw noAnswer();
    });
    const seen: number[] = [];
    await store.update((tx) => {
      seen.push(tx.nodes.count(all));
      return tx.nodes.create({ id: 'ours' });
    });
    expect(seen[0]).toBe(0);
    expect(seen.at(-1)).toBe(20);
    expect(store.version).toEqual({ index: 21 });
    await other.barrier();
    expect(hashOf(store)).toBe(hashOf(other));
  });
});

describe('a caller that gives up', () => {
  test('[J11] a no-op takes the slot, and the caller gets its reason: the update never happens', async () => {
    const hooked = new HookedKv(cluster.inner);
    const store = await cluster.open({}, hooked.kv);
    const controller = new AbortController();
    let late: (() => Promise<unknown>) | undefined;
    failing(hooked, (go) => {
      late = go;
      controller.abort(new Error('enough'));
      return Promise.reject(noAnswer());
    });
    await expect(store.update((tx) => tx.nodes.create({ id: 'n' }), { signal: controller.signal })).rejects.toThrow(
      'enough',
    );
    await expect(late?.()).rejects.toMatchObject({ code: 'ERR_KV_KEY_EXISTS' });
    expect(store.member).toMatchObject({ slot: 1, version: 0 });
    await store.update((tx) => tx.nodes.create({ id: 'next' }));
    expect(store.version).toEqual({ index: 1 });
  });

  test('[J11] an update whose entry is found in its slot resolves, although its caller gave up', async () => {
    const hooked = new HookedKv(cluster.inner);
    const store = await cluster.open({}, hooked.kv);
    const controller = new AbortController();
    failing(hooked, async (go) => {
      await go();
      controller.abort(new Error('enough'));
      throw noAnswer();
    });
    const node = await store.update((tx) => tx.nodes.create({ id: 'n' }), { signal: controller.signal });
    expect(node.id).toBe('n');
  });

  test('[J5] a barrier of a store that closes rejects, also where the engine does not answer', async () => {
    const never = new Proxy(cluster.inner, {
      get: (target, name) => {
        if (name === 'list' && silent) return () => new Promise(() => undefined);
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    let silent = false;
    // A call that never ends, not even when it is aborted, keeps the process for its time.
    const store = await cluster.open({ callMs: 100 }, never);
    silent = true;
    const barrier = store.barrier();
    const closing = store.close();
    await expect(barrier).rejects.toMatchObject({ code: 'ERR_STORE_CLOSED' });
    await closing;
  });

  test('[J11] close gives the update under way a definite answer', async () => {
    const hooked = new HookedKv(cluster.inner);
    const store = await cluster.open({}, hooked.kv);
    let closing: Promise<void> | undefined;
    failing(hooked, () => {
      closing = store.close();
      return Promise.reject(noAnswer());
    });
    await expect(store.update((tx) => tx.nodes.create({ id: 'n' }))).rejects.toMatchObject({
      code: 'ERR_STORE_CLOSED',
    });
    await closing;
    const other = await cluster.open();
    expect(other.view((tx) => tx.nodes.count(all))).toBe(0);
  });
});

describe('an engine that refuses', () => {
  test('[J12] a definite refusal fails the update with the error of the engine, and nothing happens', async () => {
    const hooked = new HookedKv(cluster.inner);
    const store = await cluster.open({}, hooked.kv);
    failing(hooked, () => Promise.reject(new KvError('ERR_KV_REFUSED', 'the disk is full', { backend: 'memory' })));
    await expect(store.update((tx) => tx.nodes.create({ id: 'n' }))).rejects.toMatchObject({
      code: 'ERR_KV_REFUSED',
    });
    expect(store.view((tx) => tx.nodes.count(all))).toBe(0);
    await store.update((tx) => tx.nodes.create({ id: 'n' }));
    expect(store.version).toEqual({ index: 1 });
  });

  test('[J12] a group that is refused is tried one update at a time, and each caller gets its own result', async () => {
    const hooked = new HookedKv(cluster.inner);
    const store = await cluster.open({}, hooked.kv);
    hooked.hook = (sent) => {
      const [put] = sent.operations;
      const large = isAppend(sent) && put?.type === 'put' && put.value.length > 2000;
      return large ? Promise.reject(new KvError('ERR_KV_REFUSED', 'too large', { backend: 'memory' })) : undefined;
    };
    const results = await Promise.allSettled([
      store.update((tx) => tx.nodes.create({ id: 'a' }).id),
      store.update((tx) => tx.nodes.create({ id: 'b', description: { hostname: 'x'.repeat(3000) } }).id),
      store.update((tx) => tx.nodes.create({ id: 'c' }).id),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(store.view((tx) => tx.nodes.find(all).map(({ id }) => id))).toEqual(['a', 'c']);
  });
});
