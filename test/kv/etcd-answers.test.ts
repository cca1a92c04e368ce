import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import type { KvStore } from 'swarmstate/kv';
import { rangeAnswer, watchAnswer } from '../../src/kv/etcd/answers.ts';
import { Keyspace } from '../../src/kv/etcd/keyspace.ts';
import {
  FakeEtcd,
  changed,
  created,
  grant,
  header,
  listing,
  pair,
  refused,
  watchAsked,
  written,
} from '../support/fake-etcd.ts';
import { MessageWriter } from '../support/message-bytes.ts';

let fake: FakeEtcd;
let kv: KvStore;
beforeEach(async () => {
  fake = await FakeEtcd.start();
  kv = await createStore('etcd', [fake.endpoint], { timeoutMs: 250, reconnectMs: 250 });
});
afterEach(async () => {
  await kv.close();
  fake.stop();
});

const withoutHeader = new MessageWriter().message(2, pair('a', 5n)).finish();
const emptyPair = new MessageWriter().message(1, header(9n)).message(2, Buffer.alloc(0)).finish();
const bytes = Buffer.from('garbage');
const cutOff = listing(9n, pair('a', 5n)).subarray(0, -3);

test('[Q71] an answer of etcd to a read that no server gives is an error', async () => {
  for (const answer of [
    bytes,
    cutOff,
    Buffer.alloc(0),
    withoutHeader,
    emptyPair,
    listing(0n),
    listing(9n, pair('a', 0n)),
    listing(9n, pair('a', 10n)),
    listing(9n, pair('b', 5n)),
    listing(9n, pair('a', 5n), pair('a', 6n)),
  ]) {
    fake.answer('KV/Range', () => answer);
    await expect(kv.get('a')).rejects.toMatchObject({
      code: 'ERR_KV_NOT_REACHABLE',
      message: expect.stringMatching(/it gave |cannot be read|it is empty/) as unknown,
    });
  }
  for (const answer of [
    listing(9n, pair('t/b', 5n), pair('t/a', 6n)),
    listing(9n, pair('t/a', 5n), pair('u', 6n)),
    new MessageWriter().message(1, header(9n)).flag(3, true).finish(),
  ]) {
    fake.answer('KV/Range', () => answer);
    await expect(kv.list('t')).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
  }
  fake.answer('KV/Txn', () => refused(9n, listing(9n, pair('a', 5n)), listing(9n)));
  await expect(kv.read(['a', 'b'])).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
}, 30_000);

test('[Q71] a read from etcd whose answer makes no sense is asked of another server', async () => {
  const wrong = await FakeEtcd.start();
  wrong.answer('KV/Range', () => bytes);
  fake.answer('KV/Range', () => listing(9n, pair('a', 5n)));
  const both = await createStore('etcd', [wrong.endpoint, fake.endpoint]);
  expect((await both.get('a')).lastIndex).toBe(5n);
  await both.close();
  wrong.stop();
});

test('[Q72] an answer of etcd to a write that no server gives is an unknown outcome', async () => {
  for (const answer of [
    bytes,
    Buffer.alloc(0),
    written(0n),
    written(5n, 0),
    written(5n, 2),
    // A refusal of a transaction without conditions.
    refused(5n),
    new MessageWriter().flag(2, true).message(3, Buffer.alloc(0)).finish(),
  ]) {
    fake.answer('KV/Txn', () => answer);
    await expect(kv.put('a', 'x')).rejects.toMatchObject({ code: 'ERR_KV_OUTCOME_UNKNOWN' });
  }
  for (const answer of [
    // No result, another key, a key that is as the condition wants it.
    refused(5n),
    refused(5n, listing(5n, pair('b', 3n))),
    refused(5n, listing(5n)),
    refused(5n, emptyPair),
  ]) {
    fake.answer('KV/Txn', () => answer);
    await expect(kv.atomicPut('a', 'x', undefined)).rejects.toMatchObject({ code: 'ERR_KV_OUTCOME_UNKNOWN' });
  }
  const own = await createStore('etcd', [fake.endpoint], { timeoutMs: 250, prefix: 'app' });
  for (const answer of [bytes, Buffer.alloc(0), new MessageWriter().integer(2, 5n).finish()]) {
    fake.answer('KV/DeleteRange', () => answer);
    await expect(own.deleteTree('a')).rejects.toMatchObject({ code: 'ERR_KV_OUTCOME_UNKNOWN' });
  }
  await own.close();
}, 30_000);

test('[Q71] a lease of etcd that is not the one that was asked for is an error, and nothing is written', async () => {
  for (const answer of [
    (id: bigint) => grant(id + 1n, 5n),
    (id: bigint) => grant(id, 4n),
    () => bytes,
    () => Buffer.alloc(0),
  ]) {
    fake.answer('Lease/LeaseGrant', (request) => answer(request.integer(2)));
    await expect(kv.put('a', 'x', { ttl: 5000 })).rejects.toMatchObject({ code: 'ERR_KV_NOT_REACHABLE' });
  }
  expect(fake.calls).not.toContain('KV/Txn');
}, 30_000);

test('[Q71] a message of a watch on etcd that no server sends ends the stream, not the process', async () => {
  fake.answer('KV/Range', () => listing(9n, pair('a', 5n)));
  for (const messages of [
    () => [bytes],
    (id: bigint) => [new MessageWriter().integer(2, id).flag(3, true).finish()],
    (id: bigint) => [changed(id, 10n, [pair('a', 10n)])],
    (id: bigint) => [created(id, 9n), changed(id, 10n, [pair('b', 10n)])],
    (id: bigint) => [created(id, 9n), changed(id, 10n, [pair('a', 0n)])],
    (id: bigint) => [created(id, 9n), changed(id, 12n, [pair('a', 12n), pair('a', 11n)])],
    (id: bigint) => [
      created(id, 9n),
      new MessageWriter().message(1, header(10n)).integer(2, id).message(11, Buffer.alloc(0)).finish(),
    ],
  ]) {
    let streams = 0;
    fake.stream('Watch/Watch', (stream) => {
      streams++;
      stream.on('data', (request: Buffer) => {
        const asked = watchAsked(request);
        if ('create' in asked) for (const message of messages(asked.create.id)) stream.write(message);
      });
    });
    const watcher = kv.watch('a');
    await watcher.next();
    const next = watcher.next();
    while (streams < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    watcher.close();
    expect(await next).toEqual({ done: true, value: undefined });
  }
}, 30_000);

test('[Q73] an answer of etcd takes memory in proportion to its size: an empty pair ends the reading', () => {
  const range = new Keyspace('').rangeOf({ prefix: '' });
  const empty = Buffer.alloc(2 * 1024 * 1024);
  for (const [field, read] of [
    [2, (answer: Buffer) => rangeAnswer(answer, range, Infinity, false)],
    [11, (answer: Buffer) => watchAnswer(answer)],
  ] as const) {
    for (let at = 0; at < empty.length; at += 2) empty.set([(field << 3) | 2, 0], at);
    const before = process.memoryUsage().heapUsed;
    expect(() => read(empty)).toThrow(/^a (pair|change) without a key$/);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(4 * empty.length);
  }
  // Nor does an answer with more pairs than were asked for.
  const many = listing(9n, ...Array.from({ length: 100 }, (_, number) => pair(`k${100 + number}`, 5n)));
  expect(() => rangeAnswer(many, range, 99, false)).toThrow('more pairs');
  expect(rangeAnswer(many, range, 100, false).pairs).toHaveLength(100);
});
