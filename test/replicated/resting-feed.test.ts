import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { KvChanges, KvStore } from 'swarmstate/kv';
import { Cluster, until } from './cluster.ts';

let cluster: Cluster;

beforeEach(async () => {
  cluster = await Cluster.start();
});

afterEach(() => cluster.end());

/** The key/value store with a count of its feeds that are open. */
function counted(inner: KvStore): { readonly kv: KvStore; readonly feeds: { open: number; opened: number } } {
  const feeds = { open: 0, opened: 0 };
  const kv = new Proxy(inner, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (name !== 'changes') return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      return (prefix: string, options: { readonly signal: AbortSignal }): KvChanges => {
        feeds.open += 1;
        feeds.opened += 1;
        options.signal.addEventListener('abort', () => (feeds.open -= 1));
        return target.changes(prefix, options);
      };
    },
  });
  return { kv, feeds };
}

test('[J55] the feed of a member rests while it writes alone, and opens again behind its last entry', async () => {
  const { kv, feeds } = counted(cluster.inner);
  // No poll helps.
  const one = await cluster.open({ pollMs: 3_600_000 }, kv);
  const two = await cluster.open();
  for (let number = 0; feeds.open > 0; number += 1) await one.update((tx) => tx.nodes.create({ id: `a${number}` }));
  await until(() => feeds.open === 1);
  expect(feeds.opened).toBe(2);
  await two.update((tx) => tx.nodes.create({ id: 'b' }));
  await one.waitFor(two.version ?? { index: 0 });
  expect(one.view((tx) => tx.nodes.get('b')?.id)).toBe('b');
});

test('[J55] a member whose feed rests meets the entry of another one in its next slot, and builds again', async () => {
  const { kv, feeds } = counted(cluster.inner);
  const one = await cluster.open({ pollMs: 3_600_000 }, kv);
  const two = await cluster.open();
  for (let number = 0; feeds.open > 0; number += 1) await one.update((tx) => tx.nodes.create({ id: `a${number}` }));
  await two.update((tx) => tx.nodes.create({ id: 'b' }));
  const seen = await one.update((tx) => {
    tx.nodes.create({ id: 'c' });
    return tx.nodes.get('b')?.id;
  });
  expect(seen).toBe('b');
});
