import { expect, test } from '@jest/globals';
import { createStore } from 'swarmstate/kv';
import type { KvStore } from 'swarmstate/kv';
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
