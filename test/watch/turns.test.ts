import { expect, test } from '@jest/globals';
import { MemoryStore } from 'swarmstate';
import type { Watcher } from 'swarmstate';

const COUNT = 5000;

/** A store's watcher with this many events to read: one transaction each, or all in one. */
async function buffered(transactions: number): Promise<{ readonly store: MemoryStore; readonly watcher: Watcher }> {
  const store = new MemoryStore();
  const watcher = store.watch({ limit: Infinity, events: [{ kind: 'node' }] });
  for (let transaction = 0; transaction < transactions; transaction += 1) {
    await store.update((tx) => {
      for (let n = 0; n < COUNT / transactions; n += 1) tx.nodes.create({ id: `n${transaction}-${n}` });
    });
  }
  return { store, watcher };
}

/** Reads with a few microseconds of work after each read, and tells how much was read when a timer of 1 ms fired. */
async function readUntilTimer(reads: AsyncIterable<unknown>, all: number): Promise<number> {
  let read = 0;
  let atTimer = Infinity;
  setTimeout(() => (atTimer = read), 1);
  for await (const _ of reads) {
    read += 1;
    for (const end = performance.now() + 0.01; performance.now() < end;);
    if (read === all) break;
  }
  return atTimer;
}

test.each([1, 500])(
  '[Y46] a loop over the long buffer of a watcher, from %d transactions, lets timers fire',
  async (transactions) => {
    const { store, watcher } = await buffered(transactions);
    expect(await readUntilTimer(watcher, COUNT)).toBeLessThan(COUNT);
    await store.close();
  },
);

test('[Y46] a loop over many commits of a watcher lets timers fire', async () => {
  const { store, watcher } = await buffered(500);
  const busy = (async function* () {
    for await (const commit of watcher.commits()) yield* commit.events;
  })();
  expect(await readUntilTimer(busy, COUNT)).toBeLessThan(COUNT);
  await store.close();
});

test('[Y46] reads side by side settle in their order, also when one waits for a turn', async () => {
  const { store, watcher } = await buffered(1);
  const order: number[] = [];
  const ids: string[] = [];
  const reads = Array.from({ length: COUNT }, (_, n) =>
    watcher.next().then(({ value }) => {
      order.push(n);
      if (value !== undefined && 'object' in value) ids.push(value.object?.id ?? '');
    }),
  );
  await Promise.all(reads);
  expect(order).toEqual(order.map((_, n) => n));
  expect(ids).toEqual(order.map((n) => `n0-${n}`));
  await store.close();
});

test('[Y46] [W18] a watcher that is closed while reads wait for a turn is done at once', async () => {
  const { store, watcher } = await buffered(1);
  const end = performance.now() + 20;
  const reads: Promise<unknown>[] = [];
  while (performance.now() < end && reads.length < COUNT) reads.push(watcher.next());
  watcher.close();
  await Promise.all(reads);
  expect(await watcher.next()).toEqual({ done: true, value: undefined });
  await store.close();
});
