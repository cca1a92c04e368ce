import assert from 'node:assert/strict';
import { bytes, hasCode, rejects, text } from './contract.ts';
import type { ContractContext } from './contract.ts';
import type { KvListOptions, KvOperation, KvPair, KvReadOptions } from '../../kv/api/calls.ts';

/** Names in the order of their UTF-8 bytes, which is not that of JavaScript. */
const names = ['a', 'a.b', 'a/b', 'a/b/c', 'ab', 'b', '\uffff', '😀'];

/** Checks the bounds, the limit and the order of `list`, alone and together, against a plain computation. */
export async function listingRanges({ kv, other, folder }: ContractContext): Promise<void> {
  const keys = names.map((name) => `${folder}/in/${name}`);
  for (const key of keys) await kv.put(key, key);
  for (const name of ['in', 'in.', 'in0', 'in/a']) await kv.put(`${folder}/${name}`, `${folder}/${name}`);
  const bounds = [undefined, folder, `${folder}/in/A`, ...keys, `${folder}/in/z`, `${folder}/in0`, '😀'];
  for (const after of bounds) {
    for (const before of bounds) {
      for (const [limit, reverse] of [
        [undefined, undefined],
        [2, false],
        [3, true],
      ] as const) {
        const wanted = keys.filter((key) => isBetween(key, after, before));
        if (reverse === true) wanted.reverse();
        const options = { after, before, limit, reverse };
        const given = Object.values(options).some((value) => value !== undefined);
        const listed = await other.list(`${folder}/in`, given ? options : undefined);
        assert.deepEqual(
          listed.map(({ key }) => key),
          wanted.slice(0, limit),
          `between ${String(after)} and ${String(before)}`,
        );
        for (const { key, value } of listed) assert.equal(text(value), key);
      }
    }
  }
  const [whole] = await kv.list(`${folder}/in`, { limit: 1 });
  const [keyOnly] = await kv.list(`${folder}/in`, { limit: 1, keysOnly: true });
  assert.deepEqual({ ...keyOnly }, { ...whole, value: new Uint8Array() });
  // Without one of these options an empty answer is an error.
  for (const options of [{ after: folder }, { before: folder }, { limit: 1 }, { reverse: false }, { keysOnly: true }]) {
    assert.deepEqual(await kv.list(`${folder}/none`, options), []);
  }
  await rejects(kv.list(`${folder}/none`, {}), 'ERR_KV_KEY_NOT_FOUND');
  const wrong: readonly unknown[] = [{ limit: 0 }, { limit: 1.5 }, { limit: '1' }, { reverse: 1 }, { keysOnly: 'yes' }];
  for (const options of wrong) await rejects(kv.list(folder, options as KvListOptions), 'ERR_KV_INVALID_ARGUMENT');
  for (const options of [{ after: '' }, { before: 'a//b' }])
    await rejects(kv.list(folder, options), 'ERR_KV_INVALID_KEY');
}

function isBetween(key: string, after: string | undefined, before: string | undefined): boolean {
  return (
    (after === undefined || Buffer.compare(bytes(key), bytes(after)) > 0) &&
    (before === undefined || Buffer.compare(bytes(key), bytes(before)) < 0)
  );
}

/** Checks that `pairs` gives every pair as it was at one moment, while another store writes, and tells its revision. */
export async function streamingPairs({ kv, other, folder }: ContractContext): Promise<void> {
  const key = (number: number): string => `${folder}/s/${String(number).padStart(5, '0')}`;
  const count = 2500;
  await inTransactions(kv, count, (number) => ({ type: 'put', key: key(number), value: String(number) }));
  const stream = other.pairs(`${folder}/s`);
  const revision = await stream.revision;
  const read: KvPair[] = [];
  for await (const pair of stream) {
    if (read.push(pair) === 1) {
      await kv.put(key(1), 'changed');
      await kv.put(key(count), 'new');
      await kv.delete(key(count - 1));
    }
  }
  assert.equal(read.length, count);
  for (const [number, { key: name, value, lastIndex }] of read.entries()) {
    assert.deepEqual([name, text(value)], [key(number), String(number)]);
    assert.ok(lastIndex <= revision);
  }
  const after: string[] = [];
  for await (const pair of kv.pairs(`${folder}/s`, { after: key(count - 3), reverse: true, keysOnly: true })) {
    assert.equal(pair.value.byteLength, 0);
    after.push(pair.key);
  }
  assert.deepEqual(after, [key(count), key(count - 2)]);
  const few = kv.pairs(`${folder}/s`, { limit: 1, before: key(2), after: key(0) });
  assert.equal(text((await few.next()).value?.value), 'changed');
  assert.deepEqual(await few.next(), { done: true, value: undefined });
  // Nothing is an empty stream, which has a revision as well.
  const none = kv.pairs(`${folder}/none`);
  assert.ok((await none.revision) > revision);
  assert.deepEqual(await none.next(), { done: true, value: undefined });
  const left = kv.pairs(`${folder}/s`);
  await left.next();
  left.close();
  assert.deepEqual(await left.next(), { done: true, value: undefined });
  assert.throws(() => kv.pairs('a//b'), hasCode('ERR_KV_INVALID_KEY'));
  assert.throws(() => kv.pairs(folder, { limit: -1 }), hasCode('ERR_KV_INVALID_ARGUMENT'));
}

/** Checks that `read` reads all its keys at one moment, in their order, and tells the revision of the store. */
export async function readingAtOneMoment({ kv, other, folder }: ContractContext): Promise<void> {
  const [left, right, absent] = [`${folder}/left`, `${folder}/right`, `${folder}/absent`];
  const both = (value: string): Promise<readonly KvPair[]> =>
    kv.transaction(
      [],
      [left, right].map((key) => ({ type: 'put', key, value })),
    );
  const [first] = await both('0');
  assert.deepEqual(await other.read([right, absent, left, right]), {
    revision: first?.lastIndex,
    pairs: [await kv.get(right), undefined, await kv.get(left), await kv.get(right)],
  });
  const writes = { areDone: false };
  const writing = (async () => {
    for (let number = 1; number <= 30; number++) await both(String(number));
    writes.areDone = true;
  })();
  let before = 0n;
  while (!writes.areDone) {
    const { revision, pairs } = await other.read([left, right]);
    assert.equal(text(pairs[0]?.value), text(pairs[1]?.value), 'two keys of one transaction, read at two moments');
    assert.ok(revision >= before && revision >= (pairs[0]?.lastIndex ?? 0n));
    before = revision;
    // A store may answer without waiting. The writes need the event loop.
    await new Promise(setImmediate);
  }
  await writing;
  // A delete is a write as well.
  const { revision } = await kv.read([]);
  await kv.delete(left);
  assert.ok((await other.read([], { stale: false })).revision > revision);
  await rejects(kv.read([left, 'a//b']), 'ERR_KV_INVALID_KEY');
  await rejects(kv.read('ab' as unknown as string[]), 'ERR_KV_INVALID_ARGUMENT');
  await rejects(kv.read([left], { limit: 1 } as KvReadOptions), 'ERR_KV_INVALID_ARGUMENT');
  const many = Array.from({ length: kv.limits.transactionOperations + 1 }, () => right);
  await rejects(kv.read(many), 'ERR_KV_INVALID_ARGUMENT');
  assert.equal((await kv.read(many.slice(1))).pairs.length, many.length - 1);
}

/** Checks that `deleteRange` deletes what lies between two keys, in one step, and counts it. */
export async function deletingRanges({ kv, other, folder }: ContractContext): Promise<void> {
  const key = (name: string): string => `${folder}/in/${name}`;
  await kv.transaction(
    [],
    [...names.map(key), `${folder}/in`, `${folder}/in.`].map((name) => ({ type: 'put', key: name, value: name })),
  );
  const left = async (): Promise<readonly string[]> =>
    (await other.list(`${folder}/in`, { limit: 99 })).map((pair) => pair.key.slice(folder.length + 4));
  assert.equal(await kv.deleteRange(`${folder}/in`, { after: key('a'), before: key('ab') }), 3);
  assert.deepEqual(await left(), ['a', 'ab', 'b', '\uffff', '😀']);
  assert.equal(await kv.deleteRange(`${folder}/in`, { after: key('a'), before: key('ab') }), 0);
  assert.equal(await kv.deleteRange(`${folder}/in`, { after: key('\uffff') }), 1);
  assert.equal(await kv.deleteRange(`${folder}/in`, { after: '\u0001', before: key('b') }), 2);
  assert.deepEqual(await left(), ['b', '\uffff']);
  assert.equal(await kv.deleteRange(`${folder}/in`), 2);
  assert.equal(await kv.deleteRange(`${folder}/in`), 0);
  assert.deepEqual((await other.list(folder)).map((pair) => pair.key).sort(), [`${folder}/in`, `${folder}/in.`]);
  await rejects(kv.deleteRange(folder, { after: 'a//b' }), 'ERR_KV_INVALID_KEY');
  await rejects(kv.deleteRange(folder, { limit: 1 } as object), 'ERR_KV_INVALID_ARGUMENT');
}

/** Checks the limits that the store states: a transaction of that size is done, one more is refused. */
export async function statedLimits({ kv, folder }: ContractContext): Promise<void> {
  const { valueBytes, transactionBytes, transactionOperations } = kv.limits;
  assert.equal(kv.maxValueBytes, valueBytes);
  assert.ok(valueBytes <= transactionBytes && transactionOperations >= 64);
  const puts = (count: number, size: number): KvOperation[] =>
    Array.from({ length: count }, (_, number) => ({
      type: 'put',
      key: `${folder}/limit/${number}`,
      value: new Uint8Array(size),
    }));
  await rejects(kv.transaction([], puts(transactionOperations + 1, 0)), 'ERR_KV_INVALID_ARGUMENT');
  const conditions = [{ key: `${folder}/limit`, exists: false }];
  await rejects(kv.transaction(conditions, puts(transactionOperations, 0)), 'ERR_KV_INVALID_ARGUMENT');
  const written = await kv.transaction(conditions, puts(transactionOperations - 1, 0));
  assert.equal(written.length, transactionOperations - 1);
  const parts = Math.ceil(transactionBytes / valueBytes);
  const size = Math.floor(transactionBytes / parts);
  await rejects(kv.transaction([], puts(parts, size + 1)), 'ERR_KV_VALUE_TOO_LARGE');
  assert.equal((await kv.transaction([], puts(parts, size))).length, parts);
  assert.equal(await kv.deleteRange(`${folder}/limit`), Math.max(parts, transactionOperations - 1));
}

/** Writes many pairs, as many at once as the store takes. */
async function inTransactions(
  kv: ContractContext['kv'],
  count: number,
  operation: (number: number) => KvOperation,
): Promise<void> {
  const size = Math.min(kv.limits.transactionOperations, 1000);
  for (let start = 0; start < count; start += size) {
    const length = Math.min(size, count - start);
    await kv.transaction(
      [],
      Array.from({ length }, (_, number) => operation(start + number)),
    );
  }
}
