import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, jest, test } from '@jest/globals';
import { MemoryStore, all } from 'swarmstate';
import type { WedgedEvent } from 'swarmstate';
import { StoreSnapshot } from 'swarmstate/proto';
import { systemInstants } from '../../src/base/clock.ts';
import { deferred, rejected, thrown } from '../support/store-helpers.ts';
import { ScriptedProposer } from '../support/scripted-proposer.ts';

describe('history', () => {
  test('[P31] a history numbers transactions, and stamps nothing', async () => {
    const store = new MemoryStore({ history: 10, firstVersion: 1 });
    expect(store.version).toEqual({ index: 0 });
    const commits = store.watch().commits();
    const node = await store.update((tx) => tx.nodes.create({ id: 'n1', meta: { version: { index: 5 } } }));
    expect(node.meta).toEqual({ version: { index: 5 } });
    expect(await store.update((tx) => [tx.nodes.count(all), tx.version?.index])).toEqual([1, 1]);
    await store.update((tx) => tx.nodes.update({ id: 'n1' }));
    expect(store.version).toEqual({ index: 2 });
    await store.apply({
      version: { index: 40 },
      events: [{ action: 'delete', kind: 'node', object: { id: 'n1' } }] as never,
    });
    await store.restore({ nodes: [{ id: 'n2' }] });
    const versions: unknown[] = [];
    for (let n = 0; n < 4; n += 1) versions.push((await commits.next()).value?.version?.index);
    expect(versions).toEqual([1, 2, 40, 41]);
    const error = await rejected(
      store.applyStoreActions([{ action: 3, node: { id: 'n2' } }], { version: { index: 41 } }),
      'ERR_VERSION_OUT_OF_BOUNDS',
    );
    expect(error).toMatchObject({ version: { index: 41 }, current: { index: 41 } });
    expect(store.view((tx) => [tx.nodes.count(all), tx.version?.index])).toEqual([1, 41]);
  });

  test('[P43] versions start at the microseconds since 1970, behind those of every earlier process', async () => {
    const before = Date.now() * 1000 - 1_000_000;
    const earlier = new MemoryStore({ history: 10 });
    for (const id of ['a', 'b', 'c']) await earlier.update((tx) => tx.nodes.create({ id }));
    expect(earlier.version?.index).toBeGreaterThan(before);
    expect(earlier.version?.index).toBeLessThan(Date.now() * 1000 + 3_600_000_000);
    expect(Number.isSafeInteger(earlier.version?.index)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 2));
    const later = new MemoryStore({ history: 10 });
    await later.update((tx) => tx.nodes.create({ id: 'd' }));
    await rejected(later.watchFrom(earlier.version), 'ERR_LOG_COMPACTED');
    // A version of the old numbers, from 1.
    await rejected(later.watchFrom({ index: 5 }), 'ERR_LOG_COMPACTED');
  });

  test('[P43] a watcher resumes from the version at the start of its own process', async () => {
    const store = new MemoryStore({ history: 10 });
    const start = store.version;
    await store.update((tx) => tx.nodes.create({ id: 'a' }));
    const watcher = await store.watchFrom(start);
    expect((await watcher.next()).value).toMatchObject({ action: 'create', object: { id: 'a' } });
  });

  test('[P44] a copy with a history continues the versions of its source, older ones too', async () => {
    const source = new MemoryStore({ history: 10, firstVersion: 7 });
    await source.update((tx) => tx.nodes.create({ id: 'a' }));
    const { value, watcher } = source.viewAndWatch((tx) => ({ contents: source.save(tx), version: tx.version }));
    const copy = new MemoryStore({ history: 10 });
    await copy.restore(value.contents, { version: value.version });
    expect(copy.version).toEqual({ index: 7 });
    await source.update((tx) => tx.nodes.create({ id: 'b' }));
    const { value: commit } = await watcher.commits().next();
    if (commit === undefined) throw new Error('no commit');
    await copy.apply(commit);
    expect(copy.version).toEqual(source.version);
    const resumed = await copy.watchFrom({ index: 7 });
    expect((await resumed.next()).value).toMatchObject({ object: { id: 'b' } });
    await rejected(copy.watchFrom({ index: 6 }), 'ERR_LOG_COMPACTED');
    await rejected(copy.apply(commit), 'ERR_VERSION_OUT_OF_BOUNDS');
  });

  test('[P31] a store without a history has no versions', async () => {
    const store = new MemoryStore();
    const commits = store.watch().commits();
    await store.apply({
      version: { index: 3 },
      events: [{ action: 'create', kind: 'node', object: { id: 'n1' } }] as never,
    });
    expect(store.version).toBeUndefined();
    expect('version' in ((await commits.next()).value ?? {})).toBe(false);
  });
});

describe('options', () => {
  test('[P34] options that make no sense are refused', () => {
    const proposer = new ScriptedProposer();
    const options: unknown[] = [
      { histroy: 5 },
      { history: -1 },
      { history: 1.5 },
      { history: '5' },
      { firstVersion: 5 },
      { history: 5, firstVersion: 0 },
      { history: 5, firstVersion: 2 ** 53 },
      { history: 5, proposer },
      { proposer: {} },
      { proposer: null },
      { wedgeTimeoutMs: 0 },
      { wedgeTimeoutMs: Number.NaN },
      { maxWaiting: -1 },
      { now: 5 },
      null,
      'options',
    ];
    for (const given of options) thrown(() => new MemoryStore(given as never), 'ERR_INVALID_OBJECT');
  });

  test('[P32] more waiting writers than maxWaiting are refused', async () => {
    const proposer = new ScriptedProposer();
    const store = new MemoryStore({ proposer, maxWaiting: 2 });
    const gate = proposer.holdNext();
    const write = (id: string): Promise<unknown> => store.update((tx) => tx.nodes.create({ id }));
    const accepted = [write('a'), write('b'), write('c')];
    await rejected(write('d'), 'ERR_UNAVAILABLE');
    await rejected(store.restore({}), 'ERR_UNAVAILABLE');
    const bytes = StoreSnapshot.encode({ nodes: [{ id: 's' }] });
    await rejected(store.restoreFrom([bytes], { sealed: false }), 'ERR_UNAVAILABLE');
    await rejected(
      store.batch((batch) => batch.update((tx) => tx.nodes.create({ id: 'e' }))),
      'ERR_UNAVAILABLE',
    );
    gate.resolve();
    await Promise.all(accepted);
    await write('f');
    expect(store.stats().rows.nodes).toBe(4);
  });

  test('[P33] a write lock that is held for too long is told as wedged', async () => {
    jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick'] });
    try {
      const proposer = new ScriptedProposer();
      const store = new MemoryStore({ proposer, wedgeTimeoutMs: 1000, debug: true });
      const wedged: WedgedEvent[] = [];
      store.on('wedged', (event) => wedged.push(event));
      const gate = proposer.holdNext();
      const first = store.update((tx) => tx.nodes.create({ id: 'a' }));
      const second = store.update((tx) => tx.nodes.create({ id: 'b' }));
      jest.advanceTimersByTime(900);
      expect([store.wedged, wedged.length]).toEqual([false, 0]);
      jest.advanceTimersByTime(100);
      expect([store.wedged, wedged.length]).toEqual([false, 0]);
      jest.advanceTimersByTime(5000);
      expect(store.wedged).toBe(true);
      expect(store.stats().heldMs).toBeGreaterThan(1000);
      expect(wedged).toHaveLength(1);
      expect(wedged[0]).toMatchObject({ holder: 'update', waiting: 1 });
      // The first frame is the caller's own.
      expect(wedged[0]?.callSite).toMatch(/^at [^<]*versions\.test/);
      gate.resolve();
      await Promise.all([first, second]);
      expect([store.wedged, store.stats().heldMs]).toEqual([false, 0]);
      jest.advanceTimersByTime(5000);
      expect(wedged).toHaveLength(1);
      const hanging = deferred();
      const batch = store.batch(async (running) => {
        await running.update((tx) => tx.nodes.create({ id: 'c' }));
        await hanging.promise;
      });
      await Promise.resolve();
      jest.advanceTimersByTime(3000);
      expect(wedged[1]).toMatchObject({ holder: 'batch', waiting: 0 });
      hanging.resolve();
      await batch;
      const nested: Promise<unknown>[] = [];
      await store.update(() => {
        nested.push(store.update(() => undefined));
      });
      expect((await rejected(nested[0] as Promise<unknown>, 'ERR_NESTED_UPDATE')).message).toContain('versions.test');
    } finally {
      jest.useRealTimers();
    }
  });

  test('[P33] a time beyond the longest timer is waited for without short timers', async () => {
    jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick'] });
    try {
      const longest = 2 ** 31 - 1;
      const store = new MemoryStore({ wedgeTimeoutMs: 2 * longest });
      const wedged: WedgedEvent[] = [];
      store.on('wedged', (event) => wedged.push(event));
      const gate = deferred();
      const batch = store.batch(async (running) => {
        await running.update((tx) => tx.nodes.create({ id: 'a' }));
        await gate.promise;
      });
      await Promise.resolve();
      const before = jest.now();
      jest.advanceTimersToNextTimer();
      expect(jest.now() - before).toBe(longest);
      jest.advanceTimersByTime(longest);
      expect(wedged).toEqual([]);
      jest.advanceTimersByTime(10);
      expect(wedged).toHaveLength(1);
      gate.resolve();
      await batch;
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('clock and channels', () => {
  test('[P36] the default clock never runs backwards', () => {
    const now = systemInstants();
    let last = 0;
    let fraction = false;
    for (let n = 0; n < 1000; n += 1) {
      const { seconds, nanos } = now();
      expect(nanos).toBeGreaterThanOrEqual(0);
      expect(nanos).toBeLessThan(1e9);
      const time = seconds + nanos / 1e9;
      expect(time).toBeGreaterThanOrEqual(last);
      fraction ||= nanos % 1e6 !== 0;
      last = time;
    }
    expect(fraction).toBe(true);
    expect(Math.abs(last - Date.now() / 1000)).toBeLessThan(60);
    const shifted = jest.spyOn(performance, 'now').mockReturnValue(-1e9);
    try {
      expect(now().seconds).toBeGreaterThanOrEqual(Math.floor(last));
    } finally {
      shifted.mockRestore();
    }
  });

  test('[P35] five latencies are on diagnostics channels, in seconds', async () => {
    const seen = new Map<string, number>();
    const names = ['write-tx', 'read-tx', 'lookup', 'batch', 'lock'].map((name) => `swarmstate:store:${name}`);
    // A channel keeps an error of a subscriber from the test.
    const told: number[] = [];
    const begun = performance.now();
    const listen = (message: unknown, name: string | symbol): void => {
      told.push((message as { seconds: number }).seconds);
      seen.set(String(name), (seen.get(String(name)) ?? 0) + 1);
    };
    const run = async (store: MemoryStore): Promise<void> => {
      await store.update((tx) => tx.nodes.create({ id: 'n1' }));
      store.view((tx) => tx.nodes.get('n1'));
      await store.batch((batch) => batch.update((tx) => tx.nodes.get('n1')));
    };
    await run(new MemoryStore());
    for (const name of names) subscribe(name, listen);
    try {
      await run(new MemoryStore());
      await run(new MemoryStore({ proposer: new ScriptedProposer() }));
    } finally {
      for (const name of names) unsubscribe(name, listen);
    }
    await run(new MemoryStore());
    expect(Math.min(...told)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...told)).toBeLessThanOrEqual((performance.now() - begun) / 1000);
    expect(Object.fromEntries(seen)).toMatchObject({
      'swarmstate:store:write-tx': 2,
      'swarmstate:store:read-tx': 2,
      'swarmstate:store:lookup': 4,
      'swarmstate:store:batch': 2,
    });
    expect(seen.get('swarmstate:store:lock')).toBeGreaterThanOrEqual(4);
  });

  test('[P35] what began without a subscriber is not told', () => {
    const name = 'swarmstate:store:read-tx';
    const told: unknown[] = [];
    const listen = (message: unknown): void => void told.push(message);
    const store = new MemoryStore();
    // All in one turn: the channel belongs to the process, and other stores of it may be at work between turns.
    store.view(() => {
      subscribe(name, listen);
    });
    unsubscribe(name, listen);
    expect(told).toEqual([]);
  });
});
