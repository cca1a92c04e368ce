import assert from 'node:assert/strict';
import { bytes, hasCode, rejects } from './contract.ts';
import type { ContractContext } from './contract.ts';
import type { KvCondition, KvOperation, KvOptions, KvPair } from '../../kv/api/calls.ts';

/**
 * Checks that a `previous`, a pair and a condition without a number that a store can have given are refused, and that
 * nothing is written. Such numbers would mean "the key does not exist", or wrap, on some server.
 */
export async function wrongNumbers({ kv, other, folder }: ContractContext): Promise<void> {
  const [key, absent] = [`${folder}/there`, `${folder}/absent`];
  const pair = await kv.put(key, 'x', { ttl: 60_000 });
  const wrong: readonly unknown[] = [
    {},
    5,
    'x',
    [],
    { lastIndex: 0n },
    { lastIndex: -1n },
    { lastIndex: null },
    { lastIndex: Number(pair.lastIndex) },
    { lastIndex: 2n ** 63n },
    { lastIndex: 2n ** 64n },
    { lastIndex: 2n ** 64n + pair.lastIndex },
  ];
  for (const given of wrong) {
    const previous = given as KvPair;
    for (const name of [key, absent]) {
      await rejects(kv.atomicPut(name, 'y', previous), 'ERR_KV_INVALID_ARGUMENT');
      await rejects(kv.atomicDelete(name, previous), 'ERR_KV_INVALID_ARGUMENT');
      const condition = { key: name, lastIndex: previous.lastIndex };
      const put = [{ type: 'put' as const, key: name, value: 'y' }];
      await rejects(kv.transaction([condition], put), 'ERR_KV_INVALID_ARGUMENT');
    }
    const kept = { ...pair, lastIndex: previous.lastIndex };
    assert.throws(() => kv.keepAlive(kept, { ttl: 60_000 }), hasCode('ERR_KV_INVALID_ARGUMENT'));
  }
  assert.deepEqual({ ...(await other.get(key)) }, { key, value: bytes('x'), lastIndex: pair.lastIndex });
  assert.equal(await other.exists(absent), false);
}

/** Checks that parts of a transaction that are none are refused, and that nothing is written. */
export async function wrongParts({ kv, other, folder }: ContractContext): Promise<void> {
  const key = `${folder}/part`;
  const put = { type: 'put', key, value: 'x' };
  const operations: readonly unknown[] = [
    { key, value: 'x' },
    { ...put, type: 'PUT' },
    { ...put, type: 'Put' },
    { ...put, type: undefined },
    { ...put, type: 'get' },
    null,
    'put',
  ];
  for (const operation of operations) {
    await rejects(kv.transaction([], [operation as KvOperation]), 'ERR_KV_INVALID_ARGUMENT');
  }
  const conditions: readonly unknown[] = [{ key }, { key, exists: 1 }, { key, exists: false, lastIndex: 1n }, null, 5];
  for (const condition of conditions) {
    await rejects(kv.transaction([condition as KvCondition], []), 'ERR_KV_INVALID_ARGUMENT');
  }
  for (const parts of [undefined, null, {}, 'ab']) {
    await rejects(kv.transaction(parts as [], []), 'ERR_KV_INVALID_ARGUMENT');
    await rejects(kv.transaction([], parts as []), 'ERR_KV_INVALID_ARGUMENT');
  }
  assert.equal(await other.exists(key), false);
}

/** Checks that every call refuses an option that it does not have, and that nothing is written. */
export async function unknownOptions({ kv, other, folder }: ContractContext): Promise<void> {
  const key = `${folder}/there`;
  const pair = await kv.put(key, 'x', { ttl: 60_000 });
  const absent = `${folder}/absent`;
  const wrong: readonly unknown[] = [{ TTL: 5 }, { timeoutMs: 5 }, { signal: new AbortController() }, 5, null, []];
  for (const given of wrong) {
    const options = given as KvOptions & { readonly ttl: number };
    for (const call of [
      kv.put(absent, 'x', options),
      kv.get(key, options),
      kv.exists(key, options),
      kv.list(folder, options),
      kv.read([key], options),
      kv.deleteRange(folder, options),
      kv.delete(key, options),
      kv.deleteTree(folder, options),
      kv.atomicPut(absent, 'x', undefined, options),
      kv.atomicDelete(key, pair, options),
      kv.transaction([], [{ type: 'delete', key }], options),
      kv.newLock(absent, options),
    ]) {
      await rejects(call, 'ERR_KV_INVALID_ARGUMENT');
    }
    const code = hasCode('ERR_KV_INVALID_ARGUMENT');
    assert.throws(() => kv.watch(key, options), code);
    assert.throws(() => kv.watchTree(folder, options), code);
    assert.throws(() => kv.pairs(folder, options), code);
    assert.throws(() => kv.changes(folder, options), code);
    assert.throws(() => kv.keepAlive(pair, options), code);
  }
  assert.equal((await other.get(key)).lastIndex, pair.lastIndex);
  assert.equal(await other.exists(absent), false);
}
