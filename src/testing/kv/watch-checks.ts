import assert from 'node:assert/strict';
import { isKvError } from '../../errors/kv-error.ts';
import { hasCode, outcomeOf, rejects, text, until } from './contract.ts';
import type { ContractContext } from './contract.ts';
import type { KvEvent, KvPair } from '../../kv/api/calls.ts';

const valueOf = (event: KvEvent): string | undefined => text(event.pair?.value);

/** Checks the events of a watched key: its first value, changes and deletes in order, and the last change always. */
export async function watching({ kv, other, folder }: ContractContext): Promise<void> {
  const key = `${folder}/watched`;
  const watcher = kv.watch(key);
  const created = await other.put(key, 'one');
  const [first] = await until(watcher, () => true);
  assert.deepEqual(first, { type: 'put', key, pair: created });
  await other.put(`${key}x`, 'not this one');
  await other.put(key, 'two');
  await until(watcher, (event) => valueOf(event) === 'two');
  await other.delete(key);
  assert.deepEqual((await until(watcher, (event) => event.type === 'delete')).at(-1), { type: 'delete', key });
  await other.put(key, 'three');
  await until(watcher, (event) => valueOf(event) === 'three');
  // A watch that starts between writes reaches the last value, and its events never go back.
  const late = other.watch(key);
  for (let number = 0; number < 20; number++) await kv.put(key, `n${number}`);
  const events = await until(late, (event) => valueOf(event) === 'n19');
  const order = events.flatMap(({ pair }) => (pair === undefined ? [] : [pair.lastIndex]));
  assert.deepEqual(
    order,
    [...new Set(order)].sort((a, b) => Number(a - b)),
  );
  late.close();
  watcher.close();
  assert.deepEqual(await watcher.next(), { done: true, value: undefined });
}

/** Checks the listings of a watched tree: one at the start, then one after changes below it and after no others. */
export async function watchingTrees({ kv, other, folder }: ContractContext): Promise<void> {
  const tree = `${folder}/tree`;
  const keys = (listing: readonly KvPair[]): string =>
    listing.map(({ key, value }) => `${key.slice(tree.length + 1)}=${String(text(value))}`).join();
  const watcher = kv.watchTree(tree);
  assert.deepEqual(await watcher.next(), { done: false, value: [] });
  await other.put(`${tree}/b`, '1');
  await other.put(`${tree}x`, 'not below');
  await other.put(tree, 'not below either');
  await other.put(`${tree}/a/deep`, '2');
  await until(watcher, (listing) => keys(listing) === 'a/deep=2,b=1');
  await other.put(`${tree}/b`, '3');
  await until(watcher, (listing) => keys(listing) === 'a/deep=2,b=3');
  await other.delete(`${tree}/a/deep`);
  await until(watcher, (listing) => keys(listing) === 'b=3');
  await other.deleteTree(tree);
  await until(watcher, (listing) => keys(listing) === '');
  await watcher.return();
  assert.deepEqual(await watcher.next(), { done: true, value: undefined });
}

/** Checks that watches which start between the writes of another store miss no later write, and never go back. */
export async function watchingWhileWriting({ kv, other, folder }: ContractContext): Promise<void> {
  const rounds = 20;
  const key = (number: number): string => `${folder}/busy/${number}`;
  const writing = (async () => {
    for (let number = 0; number < rounds; number++) {
      await other.transaction(
        [],
        [
          { type: 'put', key: key(number), value: 'x' },
          { type: 'put', key: `${folder}/last`, value: String(number) },
        ],
      );
    }
  })();
  const followed = Array.from({ length: rounds }, async () => {
    const [tree, single] = [kv.watchTree(`${folder}/busy`), kv.watch(`${folder}/last`)];
    const listings = await until(tree, (pairs) => pairs.length === rounds);
    const sizes = listings.map(({ length }) => length);
    assert.deepEqual(
      sizes,
      [...new Set(sizes)].sort((a, b) => a - b),
      'a listing came twice, or in the wrong order',
    );
    const values = (await until(single, (event) => valueOf(event) === String(rounds - 1))).map((event) =>
      Number(valueOf(event)),
    );
    assert.deepEqual(
      values,
      [...new Set(values)].sort((a, b) => a - b),
      'an event came twice, or in the wrong order',
    );
    tree.close();
    single.close();
    await new Promise(setImmediate);
  });
  await Promise.all([writing, ...followed]);
}

/** Checks that a key with a ttl expires, whichever call wrote it, never early; and that a renewed key stays. */
export async function timeToLive({ kv, other, folder }: ContractContext): Promise<void> {
  const ttl = 1500;
  const [kept, plain] = [`${folder}/kept`, `${folder}/plain`];
  const pair = await kv.put(kept, 'x', { ttl });
  const renewal = kv.keepAlive(pair, { ttl });
  await kv.put(plain, 'x', { ttl });
  await kv.put(plain, 'x');
  const expires = async (name: string, write: (key: string) => Promise<KvPair | undefined>): Promise<void> => {
    const key = `${folder}/${name}`;
    const watcher = other.watch(key);
    const began = performance.now();
    const written = await write(key);
    assert.equal(await other.exists(key), true);
    await until(watcher, ({ type }) => type === 'delete');
    assert.ok(performance.now() - began >= ttl, `${key} went before its time`);
    watcher.close();
    await rejects(other.get(key), 'ERR_KV_KEY_NOT_FOUND');
    await rejects(kv.delete(key), 'ERR_KV_KEY_NOT_FOUND');
    await rejects(kv.atomicPut(key, 'x', { lastIndex: written?.lastIndex ?? 0n }), 'ERR_KV_KEY_MODIFIED');
  };
  await Promise.all([
    expires('put', (key) => kv.put(key, 'x', { ttl })),
    expires('created', (key) => kv.atomicPut(key, 'x', undefined, { ttl })),
    expires('several', async (key) => (await kv.transaction([], [{ type: 'put', key, value: 'x', ttl }]))[0]),
    expires('stopped', async (key) => {
      const written = await kv.put(key, 'x', { ttl });
      kv.keepAlive(written, { ttl }).stop();
      const stop = new AbortController();
      kv.keepAlive(written, { ttl, signal: stop.signal });
      stop.abort();
      return written;
    }),
  ]);
  assert.equal((await other.get(kept)).lastIndex, pair.lastIndex);
  assert.equal(await other.exists(plain), true);
  assert.equal(renewal.lost.aborted, false);
  const lost = new Promise((resolve) => renewal.lost.addEventListener('abort', resolve));
  await other.put(kept, 'taken');
  await lost;
  assert.equal((renewal.lost.reason as { code?: string }).code, 'ERR_KV_KEY_MODIFIED');
  for (const wrong of [0, -1, Number.NaN, Infinity, 2 ** 31]) {
    await rejects(kv.put(plain, 'x', { ttl: wrong }), 'ERR_KV_INVALID_ARGUMENT');
    assert.throws(() => kv.keepAlive(pair, { ttl: wrong }), hasCode('ERR_KV_INVALID_ARGUMENT'));
  }
  await rejects(kv.put(plain, 'x', { keepAlive: true }), 'ERR_KV_INVALID_ARGUMENT');
}

/** Checks that `close` ends watches normally, refuses later calls, and leaves no call pending. */
export async function closing(context: ContractContext): Promise<void> {
  const { folder } = context;
  const kv = await context.open();
  const watchers = [kv.watch(`${folder}/x`), kv.watchTree(`${folder}/t`)];
  await watchers[1]?.next();
  const waiting = watchers.map((watcher) => watcher.next());
  const renewal = kv.keepAlive(await kv.put(`${folder}/kept`, 'x', { ttl: 60_000 }), { ttl: 60_000 });
  const calls = [kv.get(`${folder}/kept`), kv.put(`${folder}/y`, 'x'), kv.put(`${folder}/z`, 'x', { ttl: 60_000 })].map(
    outcomeOf,
  );
  await kv.close();
  await kv.close();
  for (const next of waiting) assert.deepEqual(await next, { done: true, value: undefined });
  for (const outcome of await Promise.all(calls)) {
    const ended =
      !('error' in outcome) ||
      isKvError(outcome.error, 'ERR_KV_CLOSED') ||
      isKvError(outcome.error, 'ERR_KV_OUTCOME_UNKNOWN');
    assert.ok(ended, `a call that was going on ended with ${String('error' in outcome && outcome.error)}`);
  }
  assert.equal(renewal.lost.aborted, false);
  await rejects(kv.get(`${folder}/x`), 'ERR_KV_CLOSED');
  await rejects(kv.put(`${folder}/x`, 'x'), 'ERR_KV_CLOSED');
  await rejects(kv.newLock(`${folder}/x`), 'ERR_KV_CLOSED');
  for (const call of [
    () => kv.watch(`${folder}/x`),
    () => kv.watchTree(folder),
    () => kv.keepAlive({ key: `${folder}/x`, value: new Uint8Array(), lastIndex: 1n }, { ttl: 1000 }),
  ]) {
    assert.throws(call, hasCode('ERR_KV_CLOSED'));
  }
}
