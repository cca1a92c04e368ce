import { PassThrough, Readable, Writable } from 'node:stream';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { all, MemoryStore } from 'swarmstate';
import type { Task } from 'swarmstate';
import { makeTask, nextOf } from '../lib/objects.ts';
import { collectedHeap } from '../lib/timing.ts';
import type { Figures, Run, Suite } from './suite.ts';

/** How long the event loop waits, and how large the heap gets, while a store is saved, walked and restored. */
export const longWork: Suite = {
  name: 'long-work',
  entrants: (quick) => [{ contender: 'swarmstate', sizes: quick ? [20_000] : [100_000, 1_000_000] }],
  run,
};

async function run({ size }: Run): Promise<Figures> {
  const figures: Record<string, number> = {};
  const store = await filled(size);
  const chunks: Buffer[] = [];
  const file = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      setImmediate(done);
    },
  });
  let saving = true;
  const writing = writeOn(store, () => saving);
  await watched(figures, 'save', () => store.saveTo(file));
  saving = false;
  await writing;

  const fresh = await filled(size);
  await watched(figures, 'iterate', async () => {
    using snapshot = fresh.snapshot();
    for await (const task of snapshot.tasks.iterate(all, { yieldAfterMs: 5 })) read(task);
  });

  // The whole store is let go before the heap is looked at.
  await store.restoreTable('task', []);
  await fresh.restoreTable('task', []);
  const empty = new MemoryStore();
  await restore(figures, 'restore into an empty store', empty, chunks);
  await empty.update((tx) => {
    for (let number = 0; number < size; number += 97) tx.tasks.delete(makeTask(number, size).id);
  });
  await restore(figures, 'restore over a full store', empty, chunks);
  return figures;
}

async function filled(size: number): Promise<MemoryStore> {
  const store = new MemoryStore();
  for (let start = 0; start < size; start += 50_000) {
    await store.update((tx) => {
      for (let number = start; number < Math.min(size, start + 50_000); number += 1) tx.tasks.create(makeTask(number, size));
    });
  }
  return store;
}

/** A writer that goes on at its leisure. */
async function writeOn(store: MemoryStore, going: () => boolean): Promise<void> {
  for (let number = 0; going(); number += 1) {
    await store.update((tx) => tx.tasks.update(nextOf(tx.tasks.get(makeTask(number, 1000).id) as Task)));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Notes how long the loop was kept from its timers while `work` ran: nanoseconds. */
async function watched(figures: Record<string, number>, name: string, work: () => Promise<unknown>): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  await work();
  figures[`${name}, all of it`] = (performance.now() - start) * 1e6;
  delay.disable();
  figures[`${name}, loop delay, 99 %`] = delay.percentile(99);
  figures[`${name}, loop delay, longest`] = delay.max;
}

/** Restores from a stream; the last step, which is synchronous, is timed apart. */
async function restore(figures: Record<string, number>, name: string, store: MemoryStore, chunks: readonly Buffer[]): Promise<void> {
  const total = chunks.reduce((bytes, chunk) => bytes + chunk.length, 0);
  const before = collectedHeap();
  let peak = before;
  const sampler = setInterval(() => {
    peak = Math.max(peak, heap());
  }, 20);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  let prepared = 0;
  const start = performance.now();
  const through = Readable.from(chunks).pipe(new PassThrough());
  await store.restoreFrom(through, {
    onProgress: ({ bytes }) => {
      peak = Math.max(peak, heap());
      if (bytes < total) return;
      prepared = performance.now();
      delay.disable();
    },
  });
  figures[`${name}, preparing`] = (prepared - start) * 1e6;
  figures[`${name}, the switch`] = (performance.now() - prepared) * 1e6;
  figures[`${name}, loop delay, 99 %`] = delay.percentile(99);
  figures[`${name}, loop delay, longest`] = delay.max;
  clearInterval(sampler);
  peak = Math.max(peak, heap());
  figures[`${name}, peak heap to collected heap`] = peak / collectedHeap();
}

function heap(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Uses what was read: nothing else is done with it. */
function read(_read: object): void {
  return;
}
