import { expect, test } from '@jest/globals';
import { FaultyKvStore } from 'swarmstate/testing';
import { createStore, isKvError } from 'swarmstate/kv';

test('[Q170] a pair tells its value as text and JSON, and JSON.stringify takes it, however it was read', async () => {
  const kv = await createStore('memory');
  const watched = kv.watch('a/b');
  const tree = kv.watchTree('a');
  const changes = kv.changes('a');
  await changes.started;
  const put = await kv.put('/a/b/', '{"port": 80, "name": "größe"}');
  const expected = { key: 'a/b', value: Buffer.from(put.value).toString('base64'), lastIndex: String(put.lastIndex) };
  const refused: unknown = await kv.atomicPut('a/b', 'x', undefined).catch((error: unknown) => error);
  if (!isKvError(refused, 'ERR_KV_KEY_EXISTS')) throw refused;
  const streamed = [];
  for await (const pair of kv.pairs('a')) streamed.push(pair);
  let listing = (await tree.next()).value;
  while (listing?.length === 0) listing = (await tree.next()).value;
  const pairs = [
    put,
    await kv.get('a/b'),
    await kv.getOrUndefined('a/b/'),
    ...(await kv.list('a')),
    ...(await kv.read(['a/b'])).pairs,
    ...streamed,
    ...(listing ?? []),
    (await watched.next()).value?.pair,
    (await changes.next()).value?.pair,
  ];
  expect(pairs).toHaveLength(9);
  for (const pair of pairs) {
    expect(pair?.json()).toEqual({ port: 80, name: 'größe' });
    expect(pair?.text()).toContain('größe');
    expect(JSON.parse(JSON.stringify(pair))).toEqual(expected);
  }
  expect((await kv.put('a/c', Uint8Array.of(0xff))).text()).toBe('\u{FFFD}');
  const words = await kv.put('a/c', 'no JSON');
  expect(() => words.json()).toThrow(SyntaxError);
  expect(refused.pair?.lastIndex).toBe(put.lastIndex);
  await kv.close();
});

test('[Q170] getOrUndefined gives undefined for an absent key, and rejects for every other reason', async () => {
  const kv = await createStore('memory');
  expect(await kv.getOrUndefined('absent')).toBeUndefined();
  await expect(kv.getOrUndefined('a//b')).rejects.toMatchObject({ code: 'ERR_KV_INVALID_KEY' });
  await expect(kv.getOrUndefined('a', { limit: 1 } as object)).rejects.toMatchObject({
    code: 'ERR_KV_INVALID_ARGUMENT',
  });
  const faulty = new FaultyKvStore(kv, { seed: 1, rates: {} });
  expect(await faulty.getOrUndefined('absent')).toBeUndefined();
  await kv.close();
  await expect(kv.getOrUndefined('a')).rejects.toMatchObject({ code: 'ERR_KV_CLOSED' });
});

test('[Q171] keepValue leaves the last holder’s value at the key of the lock, without it nothing stays', async () => {
  const kv = await createStore('memory');
  const plain = await kv.newLock('lock', { value: 'nobody sees it later' });
  await plain.lock();
  await plain.unlock();
  expect(await kv.getOrUndefined('lock')).toBeUndefined();
  for (const value of ['first', 'second']) {
    const lock = await kv.newLock('lock', { value, keepValue: true });
    await lock.lock();
    await lock.unlock();
    expect((await kv.get('lock')).text()).toBe(value);
  }
  const lost = await kv.newLock('lock', { value: 'third', keepValue: true });
  await lost.lock();
  await kv.deleteTree('lock');
  await expect(lost.unlock()).rejects.toMatchObject({ code: 'ERR_KV_CANNOT_LOCK' });
  expect((await kv.get('lock')).text()).toBe('second');
  await expect(kv.newLock('lock', { keepValue: 1 as unknown as boolean })).rejects.toMatchObject({
    argument: 'keepValue',
  });
  await kv.close();
});
