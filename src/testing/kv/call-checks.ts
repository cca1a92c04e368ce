import assert from 'node:assert/strict';
import { bytes, rejects, text } from './contract.ts';
import type { ContractContext } from './contract.ts';

/** Checks `put`, `get`, `delete` and `exists` on keys of several depths and scripts. */
export async function putGetDeleteExists({ kv, other, folder }: ContractContext): Promise<void> {
  for (const name of ['x', 'x/y', 'x/y/z', 'ünï/日本/😀', 'with space', 'a%2Fb', '__proto__']) {
    const key = `${folder}/${name}`;
    await rejects(kv.get(key), 'ERR_KV_KEY_NOT_FOUND');
    assert.equal(await kv.exists(key), false);
    const written = await kv.put(key, `value of ${name}`);
    const read = await other.get(key);
    assert.deepEqual({ ...read }, { key, value: bytes(`value of ${name}`), lastIndex: written.lastIndex });
    assert.equal(await other.exists(key), true);
    assert.equal(text((await kv.get(key, { stale: true })).value), `value of ${name}`);
    const again = await kv.put(key, 'again');
    assert.ok(again.lastIndex > written.lastIndex);
    await kv.delete(key);
    await rejects(kv.delete(key), 'ERR_KV_KEY_NOT_FOUND');
    await rejects(other.get(key), 'ERR_KV_KEY_NOT_FOUND');
    assert.equal(await other.exists(key), false);
  }
}

/** Checks the longest key, invalid keys, and slashes at the ends of a key. */
export async function keysAtTheEdge({ kv, folder }: ContractContext): Promise<void> {
  const longest = `${folder}/${'k'.repeat(1024 - folder.length - 1)}`;
  assert.equal((await kv.put(longest, 'long')).key, longest);
  await rejects(kv.put(`${longest}k`, 'longer'), 'ERR_KV_INVALID_KEY');
  for (const key of [
    '',
    '/',
    `${folder}//x`,
    `//${folder}`,
    `${folder}//`,
    `${folder}/./x`,
    `${folder}/..`,
    `${folder}/\0`,
    `${folder}/\ud800`,
  ]) {
    await rejects(kv.put(key, 'x'), 'ERR_KV_INVALID_KEY');
    await rejects(kv.get(key), 'ERR_KV_INVALID_KEY');
    await rejects(kv.transaction([], [{ type: 'delete', key }]), 'ERR_KV_INVALID_KEY');
  }
  await kv.put(`/${folder}/slashes/`, 'normal');
  assert.equal((await kv.get(`${folder}/slashes`)).key, `${folder}/slashes`);
}

/** Checks empty, binary, largest and too large values, and that values are copied. */
export async function values({ kv, other, folder }: ContractContext): Promise<void> {
  const key = `${folder}/value`;
  const every = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  for (const value of [new Uint8Array(), every, new Uint8Array(kv.maxValueBytes).fill(7)]) {
    const given = value.slice();
    const writing = kv.put(key, given);
    given.fill(1);
    // Returned values are copies as well: changing them must not change the stored value.
    (await writing).value.fill(2);
    (await kv.get(key)).value.fill(3);
    (await kv.list(folder))[0]?.value.fill(4);
    const read = await other.get(key);
    assert.equal(Buffer.compare(read.value, value), 0);
  }
  const exactly = new Uint8Array(kv.maxValueBytes - 1);
  await kv.transaction(
    [],
    [
      { type: 'put', key: `${key}1`, value: exactly },
      { type: 'put', key: `${key}2`, value: 'x' },
    ],
  );
  const { lastIndex } = await kv.get(key);
  await rejects(kv.put(key, new Uint8Array(kv.maxValueBytes + 1)), 'ERR_KV_VALUE_TOO_LARGE');
  const half = new Uint8Array(Math.ceil((kv.limits.transactionBytes + 1) / 2));
  const both = [1, 2].map((number) => ({ type: 'put' as const, key: `${key}${number}`, value: half }));
  await rejects(kv.transaction([], both), 'ERR_KV_VALUE_TOO_LARGE');
  assert.equal((await kv.get(key)).lastIndex, lastIndex);
  await rejects(kv.put(key, 5 as unknown as string), 'ERR_KV_INVALID_ARGUMENT');
}

/** Checks `list` and `deleteTree`: whole segments, every depth, the order of UTF-8 bytes. */
export async function listing({ kv, other, folder }: ContractContext): Promise<void> {
  await rejects(kv.list(folder), 'ERR_KV_KEY_NOT_FOUND');
  const keys = ['a', 'a/b', 'a/b/c', 'a.b', 'ab/c', 'a/\uffff', 'a/😀'].map((name) => `${folder}/${name}`);
  for (const key of keys) await kv.put(key, key);
  const inOrder = (await other.list(`${folder}/a`)).map((pair) => {
    assert.equal(text(pair.value), pair.key);
    return pair.key;
  });
  assert.deepEqual(inOrder, [`${folder}/a/b`, `${folder}/a/b/c`, `${folder}/a/\uffff`, `${folder}/a/😀`]);
  assert.deepEqual(await kv.list(`/${folder}/a/`), await kv.list(`${folder}/a`));
  const [first] = await kv.list(`${folder}/a`, { stale: true });
  assert.equal((await kv.get(`${folder}/a/b`)).lastIndex, first?.lastIndex);
  await kv.deleteTree(`${folder}/a`);
  await rejects(kv.deleteTree(`${folder}/a`), 'ERR_KV_KEY_NOT_FOUND');
  await rejects(other.list(`${folder}/a`), 'ERR_KV_KEY_NOT_FOUND');
  assert.deepEqual(
    (await other.list(folder)).map(({ key }) => key),
    [`${folder}/a`, `${folder}/a.b`, `${folder}/ab/c`],
  );
}

/** Checks `atomicPut` and `atomicDelete`, and their error codes. */
export async function atomicCalls({ kv, other, folder }: ContractContext): Promise<void> {
  const key = `${folder}/new/atomic`;
  await rejects(kv.atomicPut(key, 'x', { lastIndex: 1n }), 'ERR_KV_KEY_MODIFIED');
  await rejects(kv.atomicDelete(key, { lastIndex: 1n }), 'ERR_KV_KEY_NOT_FOUND');
  const created = await kv.atomicPut(key, 'one', undefined);
  await rejects(other.atomicPut(key, 'two', undefined), 'ERR_KV_KEY_EXISTS');
  const replaced = await other.atomicPut(key, 'two', created);
  assert.equal((await kv.get(key)).lastIndex, replaced.lastIndex);
  await rejects(kv.atomicPut(key, 'three', created), 'ERR_KV_KEY_MODIFIED');
  await rejects(kv.atomicPut(key, 'three', { lastIndex: replaced.lastIndex + 6744n }), 'ERR_KV_KEY_MODIFIED');
  assert.equal(text((await kv.get(key)).value), 'two');
  await rejects(kv.atomicDelete(key, created), 'ERR_KV_KEY_MODIFIED');
  await rejects(kv.atomicDelete(key, undefined as unknown as typeof created), 'ERR_KV_PREVIOUS_NOT_SPECIFIED');
  await kv.atomicDelete(key, replaced);
  await rejects(kv.atomicDelete(key, replaced), 'ERR_KV_KEY_NOT_FOUND');
  const recreated = await kv.atomicPut(key, 'one', undefined);
  assert.ok(recreated.lastIndex > replaced.lastIndex, 'a key that was created again has a new lastIndex');
  await rejects(kv.atomicPut(key, 'old', replaced), 'ERR_KV_KEY_MODIFIED');
  // An identical value is a write as well.
  const same = await kv.atomicPut(key, 'one', recreated);
  await rejects(kv.atomicPut(key, 'one', recreated), 'ERR_KV_KEY_MODIFIED');
  assert.ok(same.lastIndex > recreated.lastIndex);
}

/** Checks that every key that is listed can be read, also when other programs keep keys of other forms beside ours. */
export async function listingEverything({ kv, other, folder }: ContractContext): Promise<void> {
  const written = await kv.put(`${folder}/listed`, 'x');
  const listed = await other.list('');
  assert.ok(listed.some(({ key, lastIndex }) => key === written.key && lastIndex === written.lastIndex));
  for (const { key } of listed) await kv.exists(key);
}

/** Checks transactions over several keys: all or nothing, the first failing condition, the limits. */
export async function transactions({ kv, other, folder }: ContractContext): Promise<void> {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => `${folder}/${name}`) as [string, string, string];
  const before = await kv.put(a, 'a1');
  const pairs = await kv.transaction(
    [
      { key: a, lastIndex: before.lastIndex },
      { key: b, exists: false },
    ],
    [
      { type: 'put', key: a, value: 'a2' },
      { type: 'put', key: b, value: 'b2' },
      { type: 'delete', key: c },
    ],
  );
  assert.deepEqual(pairs, [await other.get(a), await other.get(b)]);
  const nothing = [{ type: 'put' as const, key: c, value: 'c' }];
  await rejects(
    kv.transaction(
      [
        { key: a, exists: true },
        { key: b, exists: false },
      ],
      nothing,
    ),
    'ERR_KV_KEY_EXISTS',
  );
  await rejects(kv.transaction([{ key: c, exists: true }], nothing), 'ERR_KV_KEY_NOT_FOUND');
  await rejects(kv.transaction([{ key: a, lastIndex: before.lastIndex }], nothing), 'ERR_KV_KEY_MODIFIED');
  assert.equal(await kv.exists(c), false);
  await rejects(kv.transaction([], [...nothing, ...nothing]), 'ERR_KV_INVALID_ARGUMENT');
  const many = (count: number): { type: 'put'; key: string; value: string }[] =>
    Array.from({ length: count }, (_, number) => ({
      type: 'put',
      key: `${folder}/many/${number}`,
      value: String(number),
    }));
  await rejects(kv.transaction([], many(kv.limits.transactionOperations + 1)), 'ERR_KV_INVALID_ARGUMENT');
  assert.equal((await kv.transaction([], many(64))).length, 64);
  assert.equal((await kv.list(`${folder}/many`)).length, 64);
}

/** Checks that eight concurrent writers lose no update, on one counter and on two that change together. */
export async function concurrentWriters({ kv, other, folder }: ContractContext): Promise<void> {
  const single = `${folder}/counter`;
  const [left, right] = [`${folder}/left`, `${folder}/right`];
  await kv.transaction(
    [],
    [single, left, right].map((key) => ({ type: 'put', key, value: '0' })),
  );
  const add = async (store: typeof kv, keys: readonly string[]): Promise<void> => {
    for (;;) {
      const read = await Promise.all(keys.map((key) => store.get(key)));
      const operations = read.map(({ key, value }) => ({
        type: 'put' as const,
        key,
        value: String(Number(text(value)) + 1),
      }));
      try {
        await store.transaction(
          read.map(({ key, lastIndex }) => ({ key, lastIndex })),
          operations,
        );
        return;
      } catch (error) {
        if ((error as { code?: string }).code !== 'ERR_KV_KEY_MODIFIED') throw error;
      }
    }
  };
  await Promise.all(
    Array.from({ length: 8 }, async (_, writer) => {
      for (let round = 0; round < 3; round++) {
        await add(writer % 2 === 0 ? kv : other, [single]);
        await add(writer % 2 === 0 ? kv : other, [left, right]);
      }
    }),
  );
  const results = await Promise.all([single, left, right].map(async (key) => text((await kv.get(key)).value)));
  assert.deepEqual(results, ['24', '24', '24']);
}
