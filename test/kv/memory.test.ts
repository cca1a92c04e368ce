import { expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import type { KvPair } from 'swarmstate/kv';
import type { KvStore } from 'swarmstate/kv';
import { openMemoryStore } from 'swarmstate/kv/memory';
import { testContract } from './contract.ts';

let shared: Promise<KvStore> | undefined;
let opened = 0;

// A store in memory has no second connection. The third call gets a store of its own, because its test closes it.
testContract('memory', () => {
  if (++opened > 2) return createStore('memory');
  shared ??= createStore('memory');
  return shared;
});

test('[Q8] a watcher on memory that is far behind gets the state instead of every change', async () => {
  const kv = await createStore('memory');
  const watcher = kv.watch('a');
  await Promise.all(Array.from({ length: 3000 }, (_, number) => kv.put('a', String(number))));
  let told = 1;
  while (Buffer.from((await watcher.next()).value?.pair?.value ?? []).toString() !== '2999') told++;
  expect(told).toBeLessThan(1100);
  await kv.close();
});

test('[Q8] a watch on memory that fell behind never goes back, and ends on the last value', async () => {
  const kv = await createStore('memory');
  const [single, tree] = [kv.watch('a'), kv.watchTree('t')];
  expect((await tree.next()).value).toEqual([]);
  // 1,024 changes are kept; the state takes the place of more, and changes after it are told again.
  for (const writes of [1025, 1500, 2049, 3000]) {
    await Promise.all(
      Array.from({ length: writes }, async (_, number) => {
        await kv.put('a', String(number));
        await kv.put('t/a', String(number));
      }),
    );
    const last = await kv.get('a');
    let told = 0n;
    let value: KvPair | undefined;
    do {
      value = (await single.next()).value?.pair;
      expect(value!.lastIndex).toBeGreaterThan(told);
      told = value!.lastIndex;
    } while (told < last.lastIndex);
    let listed = 0n;
    const end = (await kv.get('t/a')).lastIndex;
    while (listed < end) {
      const index = (await tree.next()).value![0]!.lastIndex;
      expect(index).toBeGreaterThan(listed);
      listed = index;
    }
    // Whatever the watch still holds back would come now.
    const next = await kv.put('a', 'next');
    expect((await single.next()).value?.pair).toEqual(next);
    const below = await kv.put('t/a', 'next');
    expect((await tree.next()).value).toEqual([below]);
  }
  await kv.close();
});

test('[Q90] memory keeps the changes of as many writes as its option says; an overtaken reader is told', async () => {
  const kv = await createStore('memory', [], { history: 10 });
  const [slow, idle, quick] = [kv.changes('a'), kv.changes('b'), kv.changes('a')];
  for (let number = 1; number <= 30; number++) {
    await kv.put('a/x', String(number));
    expect((await quick.next()).value?.revision).toBe(BigInt(number));
  }
  await expect(slow.next()).rejects.toMatchObject({ code: 'ERR_KV_COMPACTED', oldest: 20n, backend: 'memory' });
  expect(await slow.next()).toEqual({ done: true, value: undefined });
  // A stream whose own keys rest is not overtaken.
  const { lastIndex } = await kv.put('b/x', 'y');
  expect((await idle.next()).value?.revision).toBe(lastIndex);
  await expect(kv.changes('a', { from: 3n }).next()).rejects.toMatchObject({ code: 'ERR_KV_COMPACTED', oldest: 21n });
  expect((await kv.changes('a', { from: 21n }).next()).value?.revision).toBe(22n);
  await kv.close();
});

test('[Q18] a store in memory takes a history of 1 or more, and no other options', async () => {
  for (const options of [{ history: 0 }, { history: 1.5 }, { history: '5' }, { histories: 5 }]) {
    const refusal = { code: 'ERR_KV_INVALID_ARGUMENT', argument: Object.keys(options)[0] };
    await expect(createStore('memory', [], options)).rejects.toMatchObject(refusal);
    expect(() => openMemoryStore(options as never)).toThrow(expect.objectContaining(refusal));
  }
  const kv = openMemoryStore({ history: 1 });
  await kv.put('a', '1');
  expect((await kv.get('a')).key).toBe('a');
  await kv.close();
});
