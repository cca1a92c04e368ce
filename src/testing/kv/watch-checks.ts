import assert from 'node:assert/strict';
import { rejects, text, until } from './contract.ts';
import type { ContractContext } from './contract.ts';
import type { KvEvent, KvPair } from '../../kv/kv-store.ts';

const valueOf = (event: KvEvent): string | undefined => text(event.pair?.value);

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
  // A watch that starts while somebody writes gets to the last value, and its events never go back.
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
  await watcher.return?.();
  assert.deepEqual(await watcher.next(), { done: true, value: undefined });
}

/** A key with a ttl is there until the ttl is over, then goes; one that is renewed stays. */
export async function timeToLive({ kv, other, folder }: ContractContext): Promise<void> {
  const [short, kept, plain] = ['short', 'kept', 'plain'].map((name) => `${folder}/${name}`) as [string, string, string];
  const watcher = other.watch(short);
  const pair = await kv.put(kept, 'x', { ttl: 1500 });
  const renewal = kv.keepAlive(pair, { ttl: 1500 });
  await kv.put(plain, 'x', { ttl: 1500 });
  await kv.put(plain, 'x');
  const began = performance.now();
  await kv.put(short, 'x', { ttl: 1500 });
  assert.equal(await other.exists(short), true);
  await until(watcher, ({ type }) => type === 'delete');
  assert.ok(performance.now() - began >= 1500, 'it went before its time');
  watcher.close();
  await rejects(other.get(short), 'ERR_KV_KEY_NOT_FOUND');
  await rejects(kv.atomicPut(short, 'x', { lastIndex: pair.lastIndex }), 'ERR_KV_KEY_MODIFIED');
  assert.equal((await other.get(kept)).lastIndex, pair.lastIndex);
  assert.equal(await other.exists(plain), true);
  assert.equal(renewal.lost.aborted, false);
  const lost = new Promise((resolve) => renewal.lost.addEventListener('abort', resolve));
  await other.put(kept, 'taken');
  await lost;
  assert.equal((renewal.lost.reason as { code?: string }).code, 'ERR_KV_KEY_MODIFIED');
  await rejects(kv.put(plain, 'x', { ttl: 0 }), 'ERR_KV_INVALID_ARGUMENT');
  await rejects(kv.put(plain, 'x', { keepAlive: true }), 'ERR_KV_INVALID_ARGUMENT');
}

/** Calls with an aborted signal do nothing; watches that wait end at once with the reason. */
export async function aborting({ kv, folder }: ContractContext): Promise<void> {
  const key = `${folder}/aborted`;
  const reason = new Error('enough');
  const signal = AbortSignal.abort(reason);
  const is = (error: unknown): boolean => error === reason;
  for (const call of [
    () => kv.put(key, 'x', { signal }),
    () => kv.get(key, { signal }),
    () => kv.exists(key, { signal }),
    () => kv.delete(key, { signal }),
    () => kv.list(folder, { signal }),
    () => kv.deleteTree(folder, { signal }),
    () => kv.atomicPut(key, 'x', undefined, { signal }),
    () => kv.atomicDelete(key, { lastIndex: 1n }, { signal }),
    () => kv.transaction([], [{ type: 'put', key, value: 'x' }], { signal }),
    () => kv.watch(key, { signal }).next(),
    () => kv.watchTree(folder, { signal }).next(),
  ] as (() => Promise<unknown>)[]) {
    await assert.rejects(call(), is);
  }
  assert.equal(await kv.exists(key), false);
  const controller = new AbortController();
  const waiting = [kv.watch(key, { signal: controller.signal }), kv.watch(key, { signal: controller.signal })].map((watcher) =>
    watcher.next(),
  );
  const checks = waiting.map((next) => assert.rejects(next, is));
  controller.abort(reason);
  await Promise.all(checks);
}

/** Closing ends watches in order and refuses what comes later. `kv` cannot be used afterwards. */
export async function closing({ kv, folder }: ContractContext): Promise<void> {
  const watchers = [kv.watch(`${folder}/x`), kv.watchTree(`${folder}/t`)];
  await watchers[1]?.next();
  const waiting = watchers.map((watcher) => watcher.next());
  await kv.close();
  await kv.close();
  for (const next of waiting) assert.deepEqual(await next, { done: true, value: undefined });
  await rejects(kv.get(`${folder}/x`), 'ERR_KV_CLOSED');
  await rejects(kv.put(`${folder}/x`, 'x'), 'ERR_KV_CLOSED');
}
