import { getEventListeners } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { createStore, registerBackend } from 'swarmstate/kv';
import type { KvPair, KvStore } from 'swarmstate/kv';
import { LmdbDriver } from '../../src/kv/lmdb/driver.ts';
import { changesKey } from '../../src/kv/lmdb/access/layout.ts';
import { holdDatabase } from '../../src/kv/lmdb/shared-handles.ts';
import type { LmdbDatabase, LmdbModule } from '../../src/kv/lmdb/access/client.ts';

const folder = mkdtempSync(join(tmpdir(), 'swarmstate-kv-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value).toString();

/** The parts of the database that a test replaces, each made from the real one. */
type Changed = { -readonly [Name in keyof LmdbDatabase]?: (real: LmdbDatabase) => LmdbDatabase[Name] };
let changed: Changed = {};
let openedWith: object = {};
let underneath: LmdbDatabase | undefined;
let count = 0;
beforeEach(() => {
  changed = {};
});

/** The real lmdb with the parts in `changed` replaced. */
async function client(): Promise<LmdbModule> {
  const packageName: string = 'lmdb';
  const { open } = (await import(packageName)) as LmdbModule;
  return {
    open(path, options) {
      openedWith = options;
      const real = open(path, options);
      underneath = real;
      return new Proxy(real, {
        get(target, name: keyof LmdbDatabase) {
          const part: unknown = changed[name]?.(real) ?? target[name];
          return typeof part === 'function' ? (part.bind(real) as unknown) : part;
        },
      });
    },
  };
}

async function opened(path = join(folder, `changed-${count++}`)): Promise<KvStore> {
  registerBackend({
    name: 'changed-lmdb',
    open: async () =>
      new LmdbDriver(await holdDatabase(await client(), path), { pollMs: 10, timeoutMs: 5000, history: 1000 }),
  });
  return createStore('changed-lmdb');
}

function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

test('[Q34] a write to lmdb resolves when it is on disk; aborted before that, its outcome is unknown', async () => {
  const kv = await opened();
  expect(openedWith).toMatchObject({ overlappingSync: false });
  const flush = gate();
  changed.flushed = () => flush.passed;
  let resolved = false;
  const writing = kv.put('a', 'x').then(() => (resolved = true));
  const stop = new AbortController();
  const aborted = kv.put('b', 'x', { signal: stop.signal });
  // The commit can be read already, and is not on disk yet.
  while (!(await kv.exists('b'))) await new Promise(setImmediate);
  const reason = new Error('enough');
  stop.abort(reason);
  await expect(aborted).rejects.toMatchObject({ code: 'ERR_KV_OUTCOME_UNKNOWN', cause: reason });
  expect(resolved).toBe(false);
  flush.open();
  await writing;
  await kv.close();
});

test('[Q34] a write to lmdb that waits for the write lock is aborted without effect', async () => {
  const kv = await opened();
  const turn = gate();
  changed.childTransaction = (real) => async (action) => {
    await turn.passed;
    return real.childTransaction(action);
  };
  const stop = new AbortController();
  const waiting = [
    kv.put('a', 'x', { signal: stop.signal }),
    kv.deleteTree('b', { signal: stop.signal }),
    kv.transaction([], [{ type: 'put', key: 'a', value: 'x' }], { signal: stop.signal }),
  ].map((call) => expect(call).rejects.toThrow('enough'));
  await new Promise(setImmediate);
  // More than ten listeners would make Node warn of a leak.
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1);
  stop.abort(new Error('enough'));
  await Promise.all(waiting);
  turn.open();
  await kv.put('after', 'x');
  expect(await kv.exists('a')).toBe(false);
  await kv.close();
});

test('[Q34] an lmdb transaction that throws writes nothing; a failed commit or flush leaves it unknown', async () => {
  const kv = await opened();
  await kv.put('a', 'before', { ttl: 60_000 });
  let puts = 0;
  changed.putSync = (real) => (key, value) => {
    if (++puts === 4) throw new Error('no space');
    real.putSync(key, value);
  };
  const both = ['a', 'b', 'c'].map((key) => ({ type: 'put' as const, key, value: 'after', ttl: 60_000 }));
  await expect(kv.transaction([], both)).rejects.toMatchObject({
    code: 'ERR_KV_REFUSED',
    cause: { message: 'no space' },
  });
  changed = {};
  expect(text((await kv.get('a')).value)).toBe('before');
  expect(await kv.exists('b')).toBe(false);
  changed.flushed = () => Promise.reject(new Error('the disk is broken'));
  await expect(kv.put('a', 'x')).rejects.toMatchObject({ code: 'ERR_KV_OUTCOME_UNKNOWN' });
  changed = {
    childTransaction: (real) => (action) =>
      real.childTransaction(action).then(() => Promise.reject(new Error('the commit failed'))),
  };
  await expect(kv.put('a', 'x')).rejects.toMatchObject({ code: 'ERR_KV_OUTCOME_UNKNOWN' });
  changed = {
    get: () => () => {
      throw new Error('a bad page');
    },
  };
  await expect(kv.get('a')).rejects.toMatchObject({
    code: 'ERR_KV_REFUSED',
    message: expect.stringContaining('a bad page') as unknown,
  });
  await expect(kv.watch('a').next()).rejects.toMatchObject({ code: 'ERR_KV_REFUSED' });
  changed = {};
  await kv.close();
});

test('[Q34] a folder that lmdb cannot open is ERR_KV_NOT_REACHABLE, and opens once the cause is gone', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  await expect(createStore('lmdb', [file])).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
  const broken = join(folder, 'broken');
  const refuses: LmdbModule = {
    open() {
      throw new Error('it is locked');
    },
  };
  await expect(holdDatabase(refuses, broken)).rejects.toMatchObject({
    code: 'ERR_KV_NOT_REACHABLE',
    cause: { message: 'it is locked' },
  });
  const kv = await createStore('lmdb', [broken]);
  await kv.put('a', 'x');
  await kv.close();
});

test('[Q35] a watcher on lmdb reads the changed keys only, also in a tree whose keys expire', async () => {
  const kv = await opened();
  await kv.transaction(
    [],
    Array.from({ length: 60 }, (_, number) => ({ type: 'put', key: `many/${number}`, value: 'x', ttl: 60_000 })),
  );
  const watcher = kv.watchTree('many');
  expect((await watcher.next()).value).toHaveLength(60);
  let [ranges, gets] = [0, 0];
  changed.getRange = (real) => (range) => (ranges++, real.getRange(range));
  changed.get = (real) => (key) => (gets++, real.get(key));
  for (let number = 0; number < 10; number++) {
    await kv.put('many/1', String(number));
    const { value } = await watcher.next();
    expect(text(value?.[1]?.value)).toBe(String(number));
  }
  expect(ranges).toBe(0);
  expect(gets).toBeLessThan(200);
  await kv.close();
});

test('[Q35] a watcher on lmdb that missed more changes than are kept gets the state', async () => {
  const kv = await opened();
  const [tree, single] = [kv.watchTree('many'), kv.watch('many/1')];
  await tree.next();
  const many = Array.from({ length: 1500 }, (_, number) => number);
  await Promise.all(many.map((number) => kv.put(`many/${number % 100}`, String(number))));
  await kv.delete('many/7');
  const wanted = (pairs: readonly KvPair[]): boolean =>
    pairs.length === 99 && pairs.every(({ value }) => Number(text(value)) >= 1400);
  for (let done = false; !done;) done = wanted((await tree.next()).value!);
  for (let value: string | undefined; value !== '1401';) value = text((await single.next()).value?.pair?.value);
  expect(underneath?.get(changesKey(1n))).toBeUndefined();
  expect(underneath?.get(changesKey(1501n))).toBeDefined();
  // More bytes of changed keys than are kept for one write.
  const long = Array.from({ length: 64 }, (_, number) => `long/${'k'.repeat(1000)}${number}`);
  await kv.transaction(
    [],
    long.map((key) => ({ type: 'put', key, value: 'x' })),
  );
  await kv.put('long/short', 'x');
  await kv.put(`long/${'k'.repeat(900)}`, 'x');
  const longer = kv.watchTree('long');
  expect((await longer.next()).value).toHaveLength(66);
  await kv.deleteTree('long');
  expect((await longer.next()).value).toEqual([]);
  await kv.close();
}, 30_000);

test('[Q35] an expired key on lmdb is absent before it is deleted, and each read sees the newest state', async () => {
  const kv = await opened();
  await kv.put('a/b', 'x', { ttl: 5 });
  const never = gate();
  changed.childTransaction = (real) => async (action) => {
    await never.passed;
    return real.childTransaction(action);
  };
  while (await kv.exists('a/b')) await new Promise(setImmediate);
  await expect(kv.list('a')).rejects.toMatchObject({ code: 'ERR_KV_KEY_NOT_FOUND' });
  expect((await kv.watchTree('a').next()).value).toEqual([]);
  let resets = 0;
  changed.resetReadTxn = (real) => () => {
    resets++;
    real.resetReadTxn();
  };
  await kv.exists('a/b');
  expect(resets).toBe(1);
  never.open();
  await kv.close();
});

test('[Q56] a write to lmdb costs the watches of other keys nothing', async () => {
  const kv = await opened();
  const readsOfOneWrite = async (): Promise<number> => {
    let reads = 0;
    changed.get = (real) => (key) => (reads++, real.get(key));
    await kv.put('own', 'x');
    await new Promise(setImmediate);
    changed = {};
    return reads;
  };
  await kv.put('own', 'x');
  const watcher = kv.watch('own');
  await watcher.next();
  const alone = await readsOfOneWrite();
  const others = Array.from({ length: 500 }, (_, number) => [kv.watch(`other/${number}`), kv.watchTree(`o/${number}`)]);
  await new Promise(setImmediate);
  expect(await readsOfOneWrite()).toBeLessThanOrEqual(alone + 8);
  expect(text((await watcher.next()).value?.pair?.value)).toBe('x');
  for (const watch of others.flat()) watch.close();
  await kv.close();
});
