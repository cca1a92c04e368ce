import assert from 'node:assert/strict';
import { isKvError } from '../../errors/kv-error.ts';
import { hasCode, outcomeOf, rejects, text, until } from './contract.ts';
import type { ContractContext } from './contract.ts';
import type { KvChange } from '../../kv/api/changes.ts';
import type { KvPair } from '../../kv/api/calls.ts';

const short = ({ type, key, pair }: KvChange): string =>
  `${type} ${key.slice(key.lastIndexOf('/') + 1)}${pair === undefined ? '' : `=${String(text(pair.value))}`}`;

async function take(changes: AsyncIterator<KvChange>, count: number): Promise<readonly KvChange[]> {
  let left = count;
  return until(changes, () => --left === 0);
}

/**
 * Checks that `changes` tells every change below a prefix, in order, with its revision; and goes on from any of them.
 */
export async function everyChange({ kv, other, folder }: ContractContext): Promise<void> {
  const tree = `${folder}/tree`;
  const before = await kv.put(`${tree}/old`, 'x');
  const changes = kv.changes(tree);
  assert.equal(changes.seen, undefined);
  const started = await changes.started;
  assert.ok(started >= before.lastIndex);
  const a = await other.put(`${tree}/a`, '1');
  await other.put(tree, 'not below');
  await other.put(`${tree}x`, 'not below either');
  await other.put(`${tree}/a`, '2');
  await other.put(`${tree}/a`, '2');
  await other.transaction(
    [],
    [
      { type: 'put', key: `${tree}/deep/b`, value: '3' },
      { type: 'delete', key: `${tree}/a` },
      { type: 'delete', key: `${tree}/absent` },
      { type: 'put', key: `${tree}/c`, value: '4' },
    ],
  );
  await other.atomicPut(`${tree}/a`, '5', undefined);
  await rejects(other.atomicPut(`${tree}/a`, '6', undefined), 'ERR_KV_KEY_EXISTS');
  await other.deleteRange(tree, { after: `${tree}/c` });
  await other.deleteTree(tree);
  const told = await take(changes, 11);
  const groups = [
    ['put a=1'],
    ['put a=2'],
    ['put a=2'],
    ['delete a', 'put b=3', 'put c=4'],
    ['put a=5'],
    ['delete b', 'delete old'],
    ['delete a', 'delete c'],
  ];
  // The order within a transaction is the backend's own.
  const revisions = [...new Set(told.map(({ revision }) => revision))];
  assert.deepEqual(
    revisions.map((revision) =>
      told
        .filter((change) => change.revision === revision)
        .map(short)
        .sort(),
    ),
    groups,
  );
  assert.deepEqual(revisions, revisions.toSorted(byNumber));
  for (const { key, pair, revision } of told) {
    assert.ok(revision > started);
    if (pair !== undefined) assert.deepEqual([pair.key, pair.lastIndex], [key, revision]);
  }
  assert.deepEqual(told[0], { type: 'put', key: a.key, pair: a, revision: a.lastIndex });
  assert.equal(changes.seen, revisions.at(-1));
  // From any revision on the rest is told, the same for every reader.
  for (const from of [started, ...revisions.slice(0, -1)]) {
    const again = kv.changes(tree, { from });
    assert.equal(await again.started, from);
    const rest = told.filter(({ revision }) => revision > from);
    assert.deepEqual(await take(again, rest.length), rest);
    again.close();
  }
  // In the middle of a transaction only the revision before it has been seen.
  const partly = kv.changes(tree, { from: revisions[2] });
  await take(partly, 2);
  assert.equal(partly.seen, (revisions[3] as bigint) - 1n);
  await partly.return();
  changes.close();
  assert.deepEqual(await changes.next(), { done: true, value: undefined });
}

/** Checks that readers which begin between the writes of another store get every change once, and can hand over. */
export async function changesWhileWriting({ kv, other, folder }: ContractContext): Promise<void> {
  const writes = 60;
  const written: bigint[] = [];
  const counter = `${folder}/busy/counter`;
  const writing = (async () => {
    for (let number = 0; number < writes; number++) {
      const [pair] = await other.transaction(
        [],
        [
          { type: 'put', key: counter, value: String(number) },
          { type: 'put', key: `${folder}/busy/${number % 7}`, value: String(number) },
        ],
      );
      written.push((pair as KvPair).lastIndex);
    }
  })();
  const readers = Array.from({ length: 10 }, async () => {
    // The state at a moment, and the changes from its revision on: nothing between, nothing twice.
    const pairs = kv.pairs(`${folder}/busy`);
    const state = new Map<string, string | undefined>();
    for await (const { key, value } of pairs) state.set(key, text(value));
    const changes = kv.changes(`${folder}/busy`, { from: await pairs.revision });
    const seen = state.has(counter) ? Number(state.get(counter)) : -1;
    let next = seen + 1;
    while (next < writes) {
      const change = (await changes.next()).value;
      if (change?.key === counter) assert.equal(text(change.pair?.value), String(next++));
    }
    changes.close();
    await new Promise(setImmediate);
  });
  await Promise.all([writing, ...readers]);
  const all = kv.changes(`${folder}/busy`, { from: (written[0] as bigint) - 1n });
  const told = await take(all, 2 * writes);
  assert.deepEqual([...new Set(told.map(({ revision }) => revision))], written);
  all.close();
}

/**
 * Checks what a stream of changes does at its ends: unknown revisions, signals, `close`, expired keys, slow readers.
 */
export async function changesAtTheEdge(context: ContractContext): Promise<void> {
  const { kv, other, folder } = context;
  const { lastIndex } = await kv.put(`${folder}/x`, 'x');
  // A store that has never come so far has lost data, or is another one.
  const ahead = kv.changes(folder, { from: lastIndex + 1_000_000n });
  const outcome = await outcomeOf(ahead.next());
  assert.ok('error' in outcome && isKvError(outcome.error, 'ERR_KV_COMPACTED'), 'a revision of the future was taken');
  assert.ok(outcome.error.oldest <= (await kv.read([])).revision);
  await rejects(ahead.started, 'ERR_KV_COMPACTED');
  assert.deepEqual(await ahead.next(), { done: true, value: undefined });
  for (const from of [-1n, 2n ** 63n, 5, null]) {
    assert.throws(() => kv.changes(folder, { from: from as bigint }), hasCode('ERR_KV_INVALID_ARGUMENT'));
  }
  assert.throws(() => kv.changes('a//b'), hasCode('ERR_KV_INVALID_KEY'));
  const reason = new Error('enough');
  const is = (error: unknown): boolean => error === reason;
  const aborted = kv.changes(folder, { signal: AbortSignal.abort(reason) });
  await assert.rejects(aborted.next(), is);
  await assert.rejects(aborted.started, is);
  const stop = new AbortController();
  const waiting = kv.changes(folder, { signal: stop.signal });
  await waiting.started;
  const next = assert.rejects(waiting.next(), is);
  stop.abort(reason);
  await next;
  // An expired key is a delete, a renewed one is no change. The timer keeps the process awake: a store need not.
  const awake = setInterval(() => undefined, 1000);
  const expiring = other.changes(`${folder}/ttl`);
  await expiring.started;
  const pair = await kv.put(`${folder}/ttl/short`, 'x', { ttl: 1000 });
  const kept = kv.keepAlive(pair, { ttl: 1000 });
  assert.deepEqual((await take(expiring, 1)).map(short), ['put short=x']);
  kept.stop();
  assert.deepEqual((await take(expiring, 1)).map(short), ['delete short']);
  expiring.close();
  clearInterval(awake);
  // A reader that reads nothing for a while misses nothing.
  const slow = other.changes(`${folder}/slow`);
  await slow.started;
  for (let number = 0; number < 200; number++) await kv.put(`${folder}/slow/x`, String(number));
  assert.deepEqual(
    (await take(slow, 200)).map(({ pair: told }) => Number(text(told?.value))),
    Array.from({ length: 200 }, (_, number) => number),
  );
  slow.close();
  const own = await context.open();
  const ending = [own.changes(folder), own.pairs(folder)];
  const last = (ending[0] as AsyncIterator<unknown>).next();
  await own.close();
  assert.deepEqual(await last, { done: true, value: undefined });
  for (const stream of ending) assert.equal((await stream.next()).done, true);
  for (const call of [() => own.changes(folder), () => own.pairs(folder)])
    assert.throws(call, hasCode('ERR_KV_CLOSED'));
  for (const call of [own.read([]), own.deleteRange(folder)]) await rejects(call, 'ERR_KV_CLOSED');
}

/** Checks that numbers of writes are ordered over the whole store, whatever keys they concern. */
export async function indexesOfTheStore({ kv, other, folder }: ContractContext): Promise<void> {
  let before = (await kv.read([])).revision;
  for (let number = 0; number < 12; number++) {
    const store = number % 2 === 0 ? kv : other;
    const { key, lastIndex } = await store.put(`${folder}/${number % 5}/key`, 'x');
    assert.ok(lastIndex > before, 'a write has a number that is not larger than that of a write before it');
    const { revision, pairs } = await (number % 3 === 0 ? kv : other).read([key]);
    assert.equal(pairs[0]?.lastIndex, lastIndex);
    assert.equal(revision, lastIndex);
    before = lastIndex;
    if (number % 4 === 3) await store.delete(key);
  }
}

/** Checks that the error of a refused condition has the pair that stands in the way, hidden from loggers. */
export async function refusals({ kv, other, folder }: ContractContext): Promise<void> {
  const [there, absent] = [`${folder}/there`, `${folder}/absent`];
  const pair = await other.put(there, 'a secret');
  const put = [{ type: 'put' as const, key: `${folder}/new`, value: 'x' }];
  const errorOf = async (call: Promise<unknown>): Promise<{ readonly pair?: KvPair }> => {
    const outcome = await outcomeOf(call);
    assert.ok('error' in outcome && isKvError(outcome.error), 'the call was not refused');
    assert.ok(!JSON.stringify(outcome.error).includes('value'), 'the value shows in a log');
    assert.ok(!Object.keys(outcome.error).includes('pair'));
    return outcome.error as { readonly pair?: KvPair };
  };
  const stale = { lastIndex: pair.lastIndex + 1n };
  for (const call of [
    kv.atomicPut(there, 'x', undefined),
    kv.atomicPut(there, 'x', stale),
    kv.atomicDelete(there, stale),
    kv.transaction([{ key: there, exists: false }], put),
    kv.transaction(
      [
        { key: absent, exists: false },
        { key: there, exists: true },
        { key: there, ...stale },
        { key: absent, exists: true },
      ],
      put,
    ),
  ]) {
    assert.deepEqual((await errorOf(call)).pair, pair);
  }
  for (const call of [
    kv.atomicPut(absent, 'x', stale),
    kv.atomicDelete(absent, stale),
    kv.get(absent),
    kv.delete(absent),
    kv.transaction([{ key: absent, exists: true }], put),
  ]) {
    assert.equal((await errorOf(call)).pair, undefined);
  }
  // The pair belongs to the caller.
  (await errorOf(kv.atomicPut(there, 'x', undefined))).pair?.value.fill(1);
  assert.deepEqual(await kv.get(there), pair);
}

function byNumber(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
