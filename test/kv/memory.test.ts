import { createStore } from 'swarmstate/kv';
import type { KvStore } from 'swarmstate/kv';
import { testContract } from './contract.ts';

let shared: Promise<KvStore> | undefined;
let opened = 0;

// A memory store has no second connection; the last test closes the one that it gets.
testContract('memory', () => {
  if (++opened > 2) return createStore('memory');
  shared ??= createStore('memory');
  return shared;
});
