import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { all, MemoryStore } from 'swarmstate';
import type { Task } from 'swarmstate';
import { makeTask, nextOf } from '../lib/objects.ts';
import { collectedHeap, heap } from '../lib/timing.ts';
import type { Figures, Run, Suite } from './suite.ts';

/** How long the event loop and writers wait, and how large the heap gets, while a store is saved, walked and restored. */
export const longWork: Suite = {
  name: 'long-work',
  entrants: (quick) => [{ contender: 'swarmstate', sizes: quick ? [20_000] : [1_000_000] }],
  run,
};

/** Ample for the threads that sweep some gigabytes. */
const SWEEPING_MS = 3000;

async function run({ size }: Run): Promise<Figures> {
  const figures: Record<string, number> = {};
  const folder = mkdtempSync(join(tmpdir(), 'swarmstate-bench-'));
  try {
    const file = join(folder, 'snapshot');
    await save(figures, size, file);
    await restoreTwice(figures, size, file);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return figures;
}

async function restoreTwice(figures: Record<string, number>, size: number, file: string): Promise<void> {
  const store = new MemoryStore();
  await restore(figures, 'restore into an empty store', store, file);
  // Not one object is equal to what is restored over it.
  for (let start = 0; start < size; start += 10_000) {
    await store.update((tx) => {
      for (let number = start; number < Math.min(size, start + 10_000); number += 1) {
        tx.tasks.update(nextOf(tx.tasks.get(makeTask(number, size).id) as Task));
      }
    });
  }
  await restore(figures, 'restore over a full store', store, file);
}

async function save(figures: Record<string, number>, size: number, file: string): Promise<void> {
  const store = new MemoryStore();
  for (let start = 0; start < size; start += 10_000) {
    await store.update((tx) => {
      for (let number = start; number < Math.min(size, start + 10_000); number += 1) tx.tasks.create(makeTask(number, size));
    });
  }
  const someId = makeTask(0, size).id;
  await watched(figures, 'save', store, someId, () => store.saveTo(createWriteStream(file)));
  await watched(figures, 'iterate', store, someId, async () => {
    using snapshot = store.snapshot();
    for await (const task of snapshot.tasks.iterate(all, { yieldAfterMs: 5 })) read(task);
  });
}

/** Notes how long the loop was kept from its timers, and a writer who goes on from its turn, while `work` ran: nanoseconds. */
async function watched(
  figures: Record<string, number>,
  name: string,
  store: MemoryStore,
  someId: string,
  work: () => Promise<unknown>,
): Promise<void> {
  const ended = new AbortController();
  let longestWait = 0;
  const writing = (async () => {
    while (!ended.signal.aborted) {
      const start = performance.now();
      await store.update((tx) => {
        const task = tx.tasks.get(someId);
        if (task !== undefined) tx.tasks.update(nextOf(task));
      });
      longestWait = Math.max(longestWait, performance.now() - start);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  })();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  await work();
  figures[`${name}, all of it`] = (performance.now() - start) * 1e6;
  delay.disable();
  ended.abort();
  await writing;
  figures[`${name}, loop delay, 99 %`] = delay.percentile(99);
  figures[`${name}, loop delay, longest`] = delay.max;
  figures[`${name}, longest wait of a writer`] = longestWait * 1e6;
}

async function restore(figures: Record<string, number>, name: string, store: MemoryStore, file: string): Promise<void> {
  let peak = collectedHeap();
  // V8 sweeps what was collected by force bit by bit, and whoever allocates first would have to do it all at once.
  await new Promise((resolve) => setTimeout(resolve, SWEEPING_MS));
  const sampler = setInterval(() => {
    peak = Math.max(peak, heap());
  }, 20);
  await watched(figures, name, store, '', () => store.restoreFrom(createReadStream(file)));
  clearInterval(sampler);
  peak = Math.max(peak, heap());
  figures[`${name}, peak heap to collected heap`] = peak / collectedHeap();
}

/** Uses what was read: nothing else is done with it. */
function read(_read: object): void {
  return;
}
